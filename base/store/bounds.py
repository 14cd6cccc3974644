"""What a figure may be: one rule for every door.

A column says it beside its words: ``tracked(unit=EUROS, info=within(most=500))``. Verbs read it
from the column of their argument (``base.rules.verbs``), files from that of theirs
(``column_from``), OpenAPI shows it; what none of them asked is refused when the row is written.
A figure that stood before its bound did is left alone: only what changes is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Column, inspect
from sqlalchemy.orm import Mapper

from base.basics import formats
from base.basics.i18n import _
from base.store.mixins import EUROS, PRICE, Said
from base.store.written_values import ask_at_flush


def within(
    least: Decimal | int | None = None, most: Decimal | int | None = None, *, copied: bool = False
) -> dict[str, Any]:
    """``info`` of a column whose figures are from ``least`` to ``most``, both included.

    A column that is ``copied`` also takes what stands elsewhere (the rate of a line put right, the
    price of what leaves a store): doors ask, the row that is written is not.
    """
    return {"bound": Bound(least, most, copied)}


class Bound(NamedTuple):
    """From where to where the figures of a column go, in its unit."""

    least: Decimal | int | None
    most: Decimal | int | None
    copied: bool = False
    #: Printed after the bound.
    unit: str = ""

    def sentence(self, value: Decimal | int) -> str | None:
        """Why a figure cannot be; None when it can."""
        if self.most is not None and value > self.most:
            return _(
                "%(value)s est trop grand pour être juste : au plus %(most)s.",
                value=formats.number(value),
                most=formats.quantity(self.most, self.unit),
            )
        if self.least is not None and value < self.least:
            return _(
                "%(value)s est trop petit pour être juste : au moins %(least)s.",
                value=formats.number(value),
                least=formats.quantity(self.least, self.unit),
            )
        return None

    def for_files(self) -> dict[str, Any]:
        """The same as the readers of cells take it."""
        found = {"low": self.least, "high": self.most}
        return {name: value for name, value in found.items() if value is not None}

    def for_programs(self) -> dict[str, Any]:
        """The same in a JSON schema."""
        found = {"minimum": self.least, "maximum": self.most}
        # Only whole ones are bounds so far; JSON has no exact number for the others.
        return {name: int(value) for name, value in found.items() if value is not None}


def bound_of(column: Column[Any] | None) -> Bound | None:
    """What a column says of its figures; None when it says nothing."""
    found: Bound | None = None if column is None else column.info.get("bound")
    if column is None or found is None:
        return None
    unit = column.info.get("said", Said()).unit
    return found._replace(unit="€" if unit in (EUROS, PRICE) else unit)


@functools.cache
def bounded(mapper: Mapper[Any]) -> Mapping[str, Bound]:
    """The columns of a class whose figures are bounded."""
    found = {a.key: bound_of(mapper.columns.get(a.key)) for a in mapper.column_attrs}
    return {name: bound for name, bound in found.items() if bound is not None}


def faults(model: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Column -> why a row of the model cannot hold its figure; empty when it can."""
    bounds = bounded(inspect(model))
    return {
        name: why
        for name, value in values.items()
        if value is not None
        and (bound := bounds.get(name)) is not None
        and (why := bound.sentence(value)) is not None
    }


def _asked(mapper: Mapper[Any]) -> list[str]:
    return [name for name, bound in bounded(mapper).items() if not bound.copied]


ask_at_flush(_asked, faults)
