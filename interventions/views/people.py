"""Agents and their dated rates."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from base.basics import arguments, clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.views.acting import act_once
from base.face.views.card_views import CardView
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.rules.rights.people import names_of
from base.store.history.trail import record_name
from interventions import services
from interventions.models import Agent
from interventions.records import AGENT


class AgentView(CardView, card=AGENT):
    """Agents."""

    made_by = ("admin",)

    def change_words(self, session: Session, name: str, value: Any) -> str:
        """An account by the name of who has it."""
        if name == "user_id" and value:
            return names_of([int(value)]).get(int(value), str(value))
        return super().change_words(session, name, value)

    @route("/account/<pk>", "edit", methods=["POST"])
    def account(self, pk: str) -> Response:
        """Say with which account the agent signs in; nothing chosen: with none."""
        row = self.get_or_404(pk)
        back = url_for("AgentView.show", pk=row.id)
        chosen = arguments.text(request.form, "user_id")

        def work(session: Session) -> str:
            if chosen and not (chosen.isdecimal() and len(chosen) < 10):
                raise InvalidInput(_("Choisissez une valeur de la liste."))
            services.link_account(session, row, int(chosen) if chosen else None)
            words = (
                _("Le temps noté avec ce compte revient désormais à %(agent)s.", agent=row.name)
                if chosen
                else _("%(agent)s n’est plus relié à un compte.", agent=row.name)
            )
            flash(words, "success")
            return back

        return act_once(work, back)


def account_section(session: Session, row: Agent) -> dict[str, Any]:
    """The account with which an agent signs in, and the form that says another."""
    return {
        "row": row,
        "account": names_of([row.user_id]).get(row.user_id or 0, ""),
        "people": url_for("InboxView.people", record=record_name(row), pk=row.id),
        "may_link": may("AgentView.account"),
    }


def rates_section(session: Session, row: Agent) -> dict[str, Any]:
    """The dated rates of an agent, newest first, and the form of a new one."""
    today = clock.today()
    return {
        "row": row,
        "rates": sorted(row.rates, key=lambda rate: rate.valid_from, reverse=True),
        "rate_now": services.rate_on(row, today),
        "today": today,
        "may_rate": may("AgentView.rate"),
    }
