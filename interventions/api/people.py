"""``/api/v1/agent``: people whose time is costed, and their dated rates."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import User
from werkzeug.wrappers import Response

from base.basics.i18n import _l
from base.basics.sessions import Session
from base.face.api import Below, Row, as_json, verb
from base.face.api.card_api import CardApi
from interventions import services
from interventions.models import Agent, AgentRate
from interventions.records import AGENT


class AgentApi(CardApi, card=AGENT):
    """Agents."""

    right_words = {
        "can_account": _l("lier un compte"),
        "can_rates": _l("lire les taux horaires et le coût de la main-d’œuvre"),
    }
    made_columns = {AgentRate: ["id", "agent_id", "valid_from", "hourly_rate_eur"]}
    below = (
        Below(
            "rate",
            "rates",
            AgentRate,
            "The hourly rates, oldest first.",
            right="rates",
            read=lambda session, row: row.rates,
        ),
    )

    @verb("account", Row("user_id", User, required=True))
    def account(self, session: Session, row: Agent, given: dict[str, Any]) -> Response:
        """Say with which account the agent signs in."""
        services.link_account(session, row, given["user_id"].id)
        return self.response(200, id=row.id, result=as_json(row, ["id", "code", "user_id"]))  # type: ignore[no-any-return]
