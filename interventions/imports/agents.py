"""Agents: one row per agent, or one per agent and dated rate."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from base.basics.folding import code_key
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports import departed
from base.desk.imports.columns import column_from
from base.desk.imports.declaration import Importer
from base.desk.imports.engine import found_in, load_targets
from base.desk.imports.rows import Effect, Record
from base.papers.tables import Column
from base.papers.tables.texts import code, email, fold, text
from base.store.codes import respell
from base.store.models import Department
from interventions import services
from interventions.models import Agent, AgentRate

#: A first rate without a day holds for all the past.
ALWAYS = date(2000, 1, 1)
OWN = ("last_name", "first_name", "trade", "service_id", "email", "user_id")


class AgentImporter(Importer):
    """Agents and their hourly rates."""

    kind = "agents"
    title = _l("Agents")
    help = _l(
        "Matricule, nom, prénom, métier, service, taux horaire et jour où il prend effet ; "
        "un agent peut avoir plusieurs lignes, une par taux."
    )
    match_keys = ("code",)
    telling = ("hourly_rate_eur", "trade", "valid_from")
    record = "interventions_agent"
    makes = ("interventions_agent_rate",)
    icon = "users"
    right = ("can_add", "AgentView")

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """What such a file holds."""
        of = partial(column_from, Agent)
        return (
            of("code", "code agent | numéro agent | n° agent | id agent | agent", required=True),
            of("last_name", "nom de famille | nom usuel | name"),
            of("first_name", "prenom | firstname"),
            of("trade", "corps de métier | fonction | poste | emploi | grade | équipe"),
            of("service", "code service | direction | pôle", parse=text),
            of("email", "mail | e-mail | adresse mail", parse=email),
            Column(
                "user",
                _l("Compte"),
                code,
                aliases=("identifiant", "login", "utilisateur", "nom d’utilisateur"),
            ),
            column_from(
                AgentRate,
                "hourly_rate_eur",
                "taux | coût horaire | cout horaire | taux horaire eur | taux horaire (€) | "
                "taux_horaire | €/h | rate",
                low=Decimal("0.01"),
            ),
            column_from(
                AgentRate,
                "valid_from",
                "valable depuis | date d’effet | date effet | date_effet | à partir du | "
                "depuis | date de début | valid from | effet",
                label=_l("Taux valable à partir du"),
            ),
        )

    def identity(self, record: Record) -> Hashable | None:
        """A row is an agent and the day of a rate."""
        code_ = code_key(record.values.get("code") or "")
        return (code_, record.values.get("valid_from") or ALWAYS)

    def plan(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Find agents by number, compare columns and rates."""
        respell(session, Agent, entity_id, records, "code")
        self._resolve(session, entity_id, records)
        known = self._known(session, entity_id, {r.values["code"] for r in records})
        # Before the rows of one agent are told apart: what the first one brings, all need.
        departed.refuse_named(session, self._services(records, known))
        begun: set[str] = set()
        for record in records:
            if not record.accepted:
                continue
            number_ = record.values["code"]
            old = known.get(number_)
            self._compare(record, old, first=number_ not in begun)
            if record.accepted:
                begun.add(number_)
        departed.refuse_named(session, self._rates(records))

    @staticmethod
    def _services(
        records: Sequence[Record], known: dict[str, dict[str, Any]]
    ) -> Iterator[departed.Named]:
        for record in records:
            key = record.values.get("service_id")
            old = known.get(record.values["code"])
            if record.accepted and (old is None or old["service_id"] != key):
                yield departed.Named(record, "service", Department, key)

    @staticmethod
    def _rates(records: Sequence[Record]) -> Iterator[departed.Named]:
        """A rate is a word about an agent, of the day on which it begins."""
        for record in records:
            if record.accepted and "hourly_rate_eur" in record.changes:
                since = record.changes["valid_from"][1]
                yield departed.Named(record, "valid_from", Agent, record.record_id, since)

    def _compare(self, record: Record, old: dict[str, Any] | None, *, first: bool) -> None:
        values = {k: record.values[k] for k in OWN if record.values.get(k) is not None}
        rate, since = record.values.get("hourly_rate_eur"), record.values.get("valid_from")
        if old is None:
            if first and "last_name" not in values:
                record.refuse(_("Un nouvel agent a un nom."), "last_name")
                return
            found = {"code": record.values["code"], **values} if first else {}
            if rate is not None:
                found |= {"hourly_rate_eur": rate, "valid_from": since or ALWAYS}
            if not found:
                record.effect = Effect.UNCHANGED
                return
            record.creates(found)
            record.extra = {"first": first}
            return
        record.record_id, record.version = old["id"], old["version"]
        new = {k: v for k, v in values.items() if old[k] != v}
        before: dict[str, Any] = {k: old[k] for k in new}
        if rate is not None:
            kept = old["rates"].get(since) if since else self._latest(old["rates"])
            if kept is None:
                new |= {"hourly_rate_eur": rate, "valid_from": since or ALWAYS}
            elif kept != rate:
                record.refuse(
                    _("Le taux change : donnez le jour où le nouveau prend effet.")
                    if since is None
                    else _(
                        "Un autre taux prend effet ce jour-là : %(rate)s €.",
                        rate=str(kept).replace(".", ","),
                    ),
                    "hourly_rate_eur" if since else "valid_from",
                )
                return
        record.compare(before, new)
        record.extra = {"first": first}

    @staticmethod
    def _latest(rates: dict[date, Decimal]) -> Decimal | None:
        return rates[max(rates)] if rates else None

    def _known(
        self, session: Session, entity_id: int, codes: set[str]
    ) -> dict[str, dict[str, Any]]:
        own = select(*[getattr(Agent, name) for name in ("id", "code", "version", *OWN)])
        own = own.where(Agent.entity_id == entity_id)
        rows = found_in(session, own, Agent.code, codes)
        found = {row.code: {**row._mapping, "rates": {}} for row in rows}
        agents = {values["id"]: values for values in found.values()}
        rates = select(AgentRate.agent_id, AgentRate.valid_from, AgentRate.hourly_rate_eur)
        for agent_id, since, rate in found_in(session, rates, AgentRate.agent_id, agents):
            agents[agent_id]["rates"][since] = rate
        return found

    def _resolve(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Services by code or name, accounts by user name."""
        by_word: dict[str, int] = {}
        for key, code_, name in session.execute(
            select(Department.id, Department.code, Department.name).where(
                Department.entity_id == entity_id
            )
        ):
            by_word[fold(name)] = key
            by_word[fold(code_)] = key
        asked = {r.values["user"].lower() for r in records if r.values.get("user")}
        users = select(User.id, User.username)
        named = found_in(session, users, func.lower(User.username), asked)
        accounts = {name.lower(): key for key, name in named}
        for record in records:
            if word := record.values.get("service"):
                record.values["service_id"] = by_word.get(fold(word))
                if record.values["service_id"] is None:
                    record.refuse(_("Le service « %(name)s » n’existe pas.", name=word), "service")
            if word := record.values.get("user"):
                record.values["user_id"] = accounts.get(word.lower())
                if record.values["user_id"] is None:
                    record.refuse(_("Le compte « %(name)s » n’existe pas.", name=word), "user")

    def write(self, session: Session, entity_id: int, records: Sequence[Record]) -> None:
        """Make and change agents, then their rates."""
        rows = load_targets(session, Agent, list(records))
        made: dict[str, Agent] = {}
        for record in records:
            new = {key: value for key, (_old, value) in record.changes.items() if key in OWN}
            number_ = record.values["code"]
            if record.effect is Effect.UPDATED:
                row = rows[record.record_id]  # type: ignore[index]
            elif number_ in made:
                row = made[number_]
            else:
                row = made[number_] = Agent(entity_id=entity_id, code=number_, rates=[])
                session.add(row)
            for name, value in new.items():
                setattr(row, name, value)
        session.flush()
        for record in records:
            row = made.get(record.values["code"]) or rows[record.record_id]  # type: ignore[index]
            record.record_id = row.id
            if "hourly_rate_eur" in record.changes:
                services.set_rate(
                    session,
                    row,
                    valid_from=record.changes["valid_from"][1],
                    hourly_rate_eur=record.changes["hourly_rate_eur"][1],
                )

    def label(self, record: Record) -> str:
        """Number and name."""
        values = record.values
        words = (values.get("code"), values.get("first_name"), values.get("last_name"))
        return " ".join(str(word) for word in words if word)
