"""``/api/v1/agent``: people whose time is costed, and their dated rates."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name, protect
from flask_appbuilder.security.sqla.models import User
from werkzeug.wrappers import Response

from base import clock
from base.api import Day, Number, Row, as_json, verb
from base.api.card_api import CardApi
from interventions import services
from interventions.models import Agent
from interventions.records import AGENT

RATE_COLUMNS = ["id", "agent_id", "valid_from", "hourly_rate_eur"]


class AgentApi(CardApi, card=AGENT):
    """Agents."""

    @expose("/<int:pk>/rate", methods=["GET"])
    @protect()
    @permission_name("rates")
    def rates(self, pk: int) -> Response:
        """The hourly rates, oldest first."""
        return self.listed_below(
            pk, lambda _session, row: [as_json(rate, RATE_COLUMNS) for rate in row.rates]
        )

    @verb(
        "rate",
        Number("hourly_rate_eur", places=2, required=True),
        Day("valid_from"),
        answers=201,
    )
    def rate(self, session: Any, row: Agent, given: dict[str, Any]) -> Response:
        """Add a rate, from today unless said otherwise."""
        made = services.set_rate(
            session,
            row,
            valid_from=given["valid_from"] or clock.today(),
            hourly_rate_eur=given["hourly_rate_eur"],
        )
        return self.response(  # type: ignore[no-any-return]
            201, id=made.id, result=as_json(made, RATE_COLUMNS)
        )

    @verb("account", Row("user_id", User, required=True))
    def account(self, session: Any, row: Agent, given: dict[str, Any]) -> Response:
        """Say with which account the agent signs in."""
        services.link_account(session, row, given["user_id"].id)
        return self.response(200, id=row.id, result=as_json(row, ["id", "code", "user_id"]))  # type: ignore[no-any-return]
