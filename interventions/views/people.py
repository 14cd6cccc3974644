"""Agents and their dated rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, jsonify, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, validators

from base.basics import arguments, clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.attached import inbox
from base.face.views.acting import act_once
from base.face.views.card_views import CardView
from base.face.views.forms import RemoteSelectField, TypedDecimalField
from base.face.views.routes import route
from base.rules.modules.actions import may
from base.rules.rights.people import names_of
from base.store.database import db
from base.store.history import wording
from base.store.history.trail import record_name
from interventions import services
from interventions.models import Agent, AgentRate
from interventions.records import AGENT


@dataclass(frozen=True)
class Account:
    """Somebody who signs in, as a field shows them."""

    id: int
    name: str

    def __str__(self) -> str:
        return self.name


class AccountField(RemoteSelectField):
    """The account with which an agent signs in: people who work for the authority."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs |= {"datamodel": None, "column": "user_id", "endpoint": "AgentView"}
        super().__init__(label, validators, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the number chosen; whether it is that of a colleague is said by the service."""
        raw = valuelist[0].strip() if valuelist else ""
        self._bad = bool(raw) and not (raw.isdecimal() and len(raw) < 10)
        name = names_of([int(raw)]).get(int(raw), raw) if raw and not self._bad else ""
        self.data = Account(int(raw), name) if name else None


#: Fields of a new agent that are no columns of the agent: the first rate, and who signs in.
FIRST_FIELDS = {
    "hourly_rate_eur": TypedDecimalField(
        wording.said_of(AgentRate, "hourly_rate_eur").label,
        [validators.Optional()],
        description=_l(
            "Euros de l’heure. Sans taux, le temps de cet agent ne peut pas être compté."
        ),
        places=None,
    ),
    "valid_from": DateField(
        wording.said_of(AgentRate, "valid_from").label,
        [validators.Optional()],
        description=_l("Le temps passé avant ce jour n’a pas de taux."),
    ),
    "user_id": AccountField(
        wording.said_of(Agent, "user_id").label,
        [validators.Optional()],
        description=_l(
            "Celui avec lequel cette personne note son temps ; il se relie aussi plus tard."
        ),
    ),
}


class AgentView(CardView, card=AGENT):
    """Agents."""

    made_by = ("admin",)
    add_columns = [*AGENT.names("add"), *FIRST_FIELDS]
    add_form_extra_fields = FIRST_FIELDS

    def prefill_add(self, form: Any) -> None:
        """The first rate holds since the year began, for what was done before it was told."""
        super().prefill_add(form)
        form["valid_from"].data = clock.today().replace(month=1, day=1)

    def create(self, session: Session, values: dict[str, Any]) -> Agent:
        """A new agent, with the first rate and the account that were told."""
        first = {name: values.pop(name, None) for name in FIRST_FIELDS}
        for name, right in (("hourly_rate_eur", "rate"), ("user_id", "account")):
            if first[name] is not None and not self.permitted(right):
                raise InvalidInput.at(name, _("Vous n’avez pas ce droit : laissez ce champ vide."))
        row: Agent = super().create(session, values)
        self.datamodel.add(row)
        if first["hourly_rate_eur"] is not None:
            services.set_rate(
                session,
                row,
                hourly_rate_eur=first["hourly_rate_eur"],
                valid_from=first["valid_from"],
            )
        if first["user_id"] is not None:
            services.link_account(session, row, first["user_id"].id)
        return row

    @route("/choices/<column>", "list")
    def choices(self, column: str) -> Response:
        """Rows of a relation; accounts are those of people of the authority."""
        if column != "user_id":
            return super().choices(column)  # type: ignore[no-any-return]
        if not self.permitted("account"):
            abort(403)
        words = request.args.get("q", "").strip()[:100]
        people = {p.id: p for e in db.session().scope for p in inbox.people_of(e, words)}
        return jsonify([{"value": str(p.id), "text": p.name} for p in people.values()])

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
