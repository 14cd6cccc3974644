"""The people who do the work, and what an hour of theirs costs."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.rules.rights.withheld import Right
from base.store import bounds
from base.store.database import Euros, Model
from base.store.mixins import PRICE, Archivable, Scoped, Stamped, Versioned, tracked
from base.store.models import Department
from base.store.models.entities import same_entity

#: Euros: what an hour of nobody costs.
MOST_AN_HOUR = 500
#: Who reads what an hour of somebody costs: the rates, and the amounts that tell them.
RATES = Right(
    "can_rates",
    "AgentApi",
    _l("Hors main-d’œuvre : vos droits ne donnent pas à lire les taux horaires."),
)


class Agent(Scoped, Stamped, Archivable, Versioned, Model):
    """A person whose time is costed; may have a user account, need not."""

    __word__ = _l("Agent")
    __words__ = {"archived_on": _l("Parti le"), "name": _l("Nom")}
    __tablename__ = "interventions_agent"
    __stands_alone__ = "a person: what was done is told by the labour"
    folded_code: ClassVar[str] = "code"
    __table_args__ = (
        UniqueConstraint("entity_id", "code"),
        UniqueConstraint("entity_id", "user_id"),
        UniqueConstraint("id", "entity_id"),
        same_entity("service_id", "base_service"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Staff number (*matricule*).
    code: Mapped[str] = tracked(String(32), label=_l("Matricule"))
    last_name: Mapped[str] = tracked(String(100), personal=True, label=_l("Nom"))
    first_name: Mapped[str] = tracked(String(100), personal=True, default="", label=_l("Prénom"))
    #: Trade: mason, electrician, gardener.
    trade: Mapped[str | None] = tracked(String(100), label=_l("Métier"))
    service_id: Mapped[int | None] = tracked(label=_l("Service"))
    #: The account this person signs in with.
    user_id: Mapped[int | None] = tracked(Integer, ForeignKey("ab_user.id"), label=_l("Compte"))
    email: Mapped[str | None] = tracked(String(254), personal=True, label=_l("Courriel"))

    service: Mapped[Department | None] = relationship(
        primaryjoin="foreign(Agent.service_id) == remote(Department.id)"
    )
    rates: Mapped[list[AgentRate]] = relationship(
        back_populates="agent",
        primaryjoin="foreign(AgentRate.agent_id) == Agent.id",
        order_by="AgentRate.valid_from",
        passive_deletes="all",
    )

    @property
    def name(self) -> str:
        """First name, then name, as people say it."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        """Two letters for the small round mark of lists."""
        return "".join(word[0].upper() for word in (self.first_name, self.last_name) if word)

    def __repr__(self) -> str:
        return self.name


class AgentRate(Scoped, Stamped, Model):
    """What an hour of the agent costs from a day on; never overwritten, a new row follows."""

    __word__ = _l("Taux horaire")
    __tablename__ = "interventions_agent_rate"
    __stands_alone__ = "the price of a person's hour: what it cost is told by the labour"
    __table_args__ = (
        UniqueConstraint("agent_id", "valid_from"),
        CheckConstraint("hourly_rate_eur > 0", name="hourly_rate_positive"),
        same_entity("agent_id", "interventions_agent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = tracked(label=_l("Agent"))
    valid_from: Mapped[date] = tracked(info=facts.plan(), label=_l("Valable du"))
    hourly_rate_eur: Mapped[Euros] = tracked(
        unit=PRICE, info=bounds.within(most=MOST_AN_HOUR), label=_l("Taux horaire")
    )

    agent: Mapped[Agent] = relationship(
        back_populates="rates", primaryjoin="foreign(AgentRate.agent_id) == Agent.id"
    )

    def __repr__(self) -> str:
        return f"{self.hourly_rate_eur} €/h, {self.valid_from:%d/%m/%Y}"
