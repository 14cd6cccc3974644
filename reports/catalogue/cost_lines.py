"""How a figure of the cost report was made: the lines of the ledger behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from base.basics.i18n import _, _l
from base.basics.sessions import Session
from reports import queries
from reports.catalogue.costs import asked_of, in_days, limits
from reports.catalogue.sources import Piece, with_pieces
from reports.queries import Named, Sums

#: Lines shown beside the report; the others are summed in one.
SHOWN = 40
#: Measure -> how it is called.
MEASURES = {
    "net": _l("net"),
    "ht": _l("hors taxes"),
    "vat": _l("TVA"),
    "ttc": _l("toutes taxes comprises"),
}


@dataclass(frozen=True)
class Part:
    """One line behind a figure."""

    date_on: date
    label: str
    piece: Piece
    asset: str
    amount_eur: Decimal


@dataclass(frozen=True)
class MadeOf:
    """A figure and the lines that make it."""

    title: str
    period: str
    measure: str
    amount_eur: Decimal
    sums: Sums
    parts: list[Part]
    #: Lines that are not shown, and what they add up to.
    others: int
    others_eur: Decimal


def made_of(session: Session, params: Mapping[str, Any], measure: str) -> MadeOf:
    """The lines behind a figure, latest first; an unknown measure is read as "net".

    The sum of what is shown and of the others is the figure: it is worked out from the lines
    for those shown, and by the database for the whole.

    Raises:
        InvalidInput: no asset, or no service, has the code.
    """
    measure = measure if measure in MEASURES else "net"
    asked, where = asked_of(session, params)
    sums = queries.sums_of(session, asked)
    of = _measure(measure)
    lines = queries.first_lines(session, asked, limit=SHOWN)
    parts = [
        Part(line.date_on, line.label, piece, _asset(asset), of(line))
        for line, asset, piece in with_pieces(session, lines)
    ]
    amount = of(sums)
    title = ", ".join([where.title, *(text for _label, text in limits(session, params))])
    return MadeOf(
        title=title,
        period=_("du %(period)s", period=in_days(asked.start, asked.end)),
        measure=str(MEASURES[measure]),
        amount_eur=amount,
        sums=sums,
        parts=parts,
        others=sums.lines - len(parts),
        others_eur=amount - sum((part.amount_eur for part in parts), queries.ZERO),
    )


def _asset(asset: Named) -> str:
    return ", ".join(filter(None, (f"{asset.name} ({asset.code})", asset.place)))


def _measure(measure: str) -> Callable[[Any], Decimal]:
    """What gives the amount of a line, or of sums."""
    if measure == "ht":
        return lambda row: row.amount_ht_eur
    if measure == "vat":
        return lambda row: row.vat_eur
    if measure == "ttc":
        return lambda row: row.amount_ht_eur + row.vat_eur
    return lambda row: row.net_eur
