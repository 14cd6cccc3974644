"""People whose time is costed, and their dated rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import object_session

from base.basics import clock
from base.basics.errors import DomainError, InvalidInput
from base.basics.formats import day, euros
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.face.attached import inbox
from base.rules.rights import retired, withheld
from base.rules.verbs import Ask, Door, verb
from interventions import domain, queries
from interventions.models import Agent, AgentRate

retired.retires(Agent)
retired.dated(AgentRate, lambda row: row.valid_from)


class RateExists(DomainError):
    """Another rate begins on that day."""


def _rate_said(agent: Agent, made: AgentRate, values: Mapping[str, Any]) -> str:
    return _(
        "%(rate)s de l’heure à partir du %(day)s.",
        rate=euros(made.hourly_rate_eur),
        day=day(made.valid_from),
    )


@verb(
    Agent,
    _l("Fixer le taux horaire"),
    "coin-euro",
    name="rate",
    doors=Door.DESK | Door.REST,
    asks={"valid_from": Ask(_l("À partir du")), "hourly_rate_eur": Ask(_l("Euros de l’heure"))},
    said=_rate_said,
)
def set_rate(
    session: Session, agent: Agent, *, hourly_rate_eur: Decimal, valid_from: date | None = None
) -> AgentRate:
    """The rate that holds from a day on, today when none is given; twice the same is one row.

    A rate is never overwritten: time already costed keeps the rate copied to its line.

    Raises:
        InvalidInput: the rate is not above zero.
        RateExists: another rate begins on the same day.
    """
    valid_from = valid_from or clock.today()
    if hourly_rate_eur <= 0:
        raise InvalidInput.at("hourly_rate_eur", _("Le taux horaire est supérieur à zéro."))
    for rate in agent.rates:
        if rate.valid_from != valid_from:
            continue
        if rate.hourly_rate_eur == hourly_rate_eur:
            return rate
        raise RateExists(
            _(
                "%(agent)s a déjà un taux de %(rate)s au %(day)s.",
                agent=agent.name,
                rate=euros(rate.hourly_rate_eur),
                day=day(valid_from),
            )
        )
    rate = AgentRate(
        entity_id=agent.entity_id,
        agent=agent,
        valid_from=valid_from,
        hourly_rate_eur=hourly_rate_eur,
    )
    session.add(rate)
    session.flush()
    return rate


def link_account(session: Session, agent: Agent, user_id: int | None) -> Agent:
    """Say with which account a person signs in, or that they have none any more.

    The time that they log on the phone is then this agent's.

    Raises:
        InvalidInput: the account does not work for the agent's authority, or is another agent's.
    """
    if user_id is not None:
        inbox.require_person(agent.entity_id, user_id, field="user_id")
        taken = session.scalar(
            select(Agent.id).where(
                Agent.user_id == user_id, Agent.entity_id == agent.entity_id, Agent.id != agent.id
            )
        )
        if taken is not None:
            raise InvalidInput.at("user_id", _("Ce compte est déjà relié à un autre agent."))
    agent.user_id = user_id
    session.flush()
    return agent


def own_agent(session: Session, row: Any) -> Agent:
    """The agent of whoever asks, in the authority of a row; their time is counted.

    Raises:
        InvalidInput: the account is linked to none.
    """
    agent = queries.my_agent(session, row)
    if agent is None:
        raise InvalidInput(
            _(
                "Votre compte n’est relié à aucun agent : votre temps ne peut pas être "
                "compté. Demandez à votre responsable de faire le lien."
            )
        )
    return agent


def rate_on(agent: Agent, on: date) -> Decimal | None:
    """The agent's rate in force on the day, if any, whoever asks: for verbs, not for screens."""
    session = cast(Session | None, object_session(agent))
    if session is None or withheld.readable(session, AgentRate.hourly_rate_eur):
        rate = domain.in_force(agent.rates, on)
        return rate.hourly_rate_eur if rate else None
    with withheld.lifted(session):
        return session.scalar(
            select(AgentRate.hourly_rate_eur)
            .where(AgentRate.agent_id == agent.id, AgentRate.valid_from <= on)
            .order_by(AgentRate.valid_from.desc())
            .limit(1)
        )
