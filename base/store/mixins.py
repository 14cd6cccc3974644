"""What many records share: scope, stamps, archive, version, history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from base.basics import clock, facts
from base.basics.i18n import _l
from base.papers.files.exports import Kind

#: Euros, to the cent: amounts, which are added up.
EUROS = "€"
#: Euros for one of something: said like an amount, and never added up.
PRICE = "€/1"
#: An amount in the currency that its row names.
CURRENCY = "¤"
HOURS = "h"
#: Units that the values say, not the word of the column.
SILENT = frozenset({EUROS, PRICE, CURRENCY, HOURS})


@dataclass(frozen=True)
class Said:
    """What is said of a column, once for all doors: ``Column.info["said"]``."""

    #: What it is called, translated when shown.
    label: Any = None
    #: A sentence under its field.
    help: Any = None
    #: Printed after its values and within its word: "kWh"; or one of the units above.
    unit: str = ""
    #: What it holds where its type does not say so: ``Kind.CODE`` for a year.
    kind: Kind | None = None
    #: Parts of its kind's card that it joins by itself: "lists record add edit filters".
    on: str = ""


def column(
    *args: Any,
    label: Any = None,
    help: Any = None,  # noqa: A002 - the word that readers of forms know
    unit: str = "",
    kind: Kind | None = None,
    on: str = "",
    **kwargs: Any,
) -> Any:
    """A mapped column with its words; ``tracked`` is the same with history."""
    if unit and unit not in SILENT:
        label = _l("%(word)s (%(unit)s)", word=label, unit=unit)
    info = {**kwargs.pop("info", {}), "said": Said(label, help, unit, kind, on)}
    return mapped_column(*args, info=info, **kwargs)


def tracked(*args: Any, personal: bool = False, **kwargs: Any) -> Any:
    """A column whose changes are written to the trail, whatever door they come through.

    What says something of a person is ``personal``: the trail bears a digest of it, and the value
    stands beside it where it may be erased. ``active_history`` loads the old value of an expired
    attribute before it is lost.
    """
    info = {**kwargs.pop("info", {}), "tracked": True, "personal": personal}
    return column(*args, active_history=True, info=info, **kwargs)


#: In whose name a background job works.
_acting: ContextVar[int | None] = ContextVar("acting", default=None)


@contextmanager
def acting(user_id: int | None) -> Iterator[None]:
    """Stamp rows in the name of a person, outside a request."""
    token = _acting.set(user_id)
    try:
        yield
    finally:
        _acting.reset(token)


def current_user_id() -> int | None:
    """The id of the person of this request or job, if any; never the object itself."""
    if not has_request_context():
        return _acting.get()
    user = g.get("user")
    return getattr(user, "id", None) if user is not None else None


class Scoped:
    """A row of one authority: only people with that entity in their scope see it."""

    @declared_attr
    def entity_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy passes the class
        """The authority that owns the row."""
        return column(ForeignKey("base_entity.id"), nullable=False, index=True, label=_l("Entité"))


class Stamped:
    """Who made and last changed the row, and when."""

    created_at: Mapped[datetime] = column(default=clock.now, nullable=False, label=_l("Créé le"))
    changed_at: Mapped[datetime] = column(
        default=clock.now, onupdate=clock.now, nullable=False, label=_l("Modifié le")
    )

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The person; empty when the system did it."""
        return column(
            Integer, ForeignKey("ab_user.id"), default=current_user_id, label=_l("Créé par")
        )

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The person; empty when the system did it."""
        return column(
            Integer,
            ForeignKey("ab_user.id"),
            default=current_user_id,
            onupdate=current_user_id,
            label=_l("Modifié par"),
        )


class Archivable:
    """A row that is put away rather than deleted."""

    #: Day on which it left the lists; empty while it is in use.
    archived_on: Mapped[date | None] = tracked(
        nullable=True, info=facts.fact(), label=_l("Archivé le")
    )


class Versioned:
    """A row that two people may not overwrite for each other.

    A class that sets ``__mapper_args__`` itself adds ``"version_id_col"`` to it.
    """

    @declared_attr
    def version(cls) -> Mapped[int]:  # noqa: N805
        """Counts the changes; printed in forms and as ETag."""
        return column(Integer, nullable=False, default=1, label=_l("Version"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}
