"""The piece behind a line of the ledger: its number, and the record it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from base.i18n import _
from energie.models import Invoice
from interventions.models import Expense, Labour, PartUse, WorkOrder
from patrimoine.models import CostLine
from reports import queries
from reports.queries import Detail, Named

_PAGE = 2_000


class Piece(NamedTuple):
    """What the line stands on."""

    number: str
    #: Table and id of the record that opens: ``interventions_work_order/12``.
    record: str


def _of_work_order(line: Any) -> Select[Any]:
    return select(line.id, WorkOrder.number, WorkOrder.id).join(
        WorkOrder, WorkOrder.id == line.work_order_id
    )


#: source type -> (select of source id, number, record id; table of the record)
_FINDERS = {
    line.__tablename__: (_of_work_order(line), line.id, WorkOrder.__tablename__)
    for line in (Labour, PartUse, Expense)
} | {
    Invoice.__tablename__: (
        select(Invoice.id, Invoice.number, Invoice.id),
        Invoice.id,
        Invoice.__tablename__,
    )
}


def with_pieces(session: Any, lines: Iterable[Detail]) -> Iterator[tuple[Detail, Named, Piece]]:
    """Each line with its asset and its piece; some at a time, one statement per kind of source."""
    source = iter(lines)
    typed, numbered = _("saisie"), _("n° %(id)s", id="{}")  # once: there may be many lines
    while chunk := list(islice(source, _PAGE)):
        assets = queries.named(session, sorted({line.asset_id for line in chunk}))
        known: dict[tuple[str, int], Piece] = {}
        for kind, (statement, column, table) in _FINDERS.items():
            ids = {line.source_id for line in chunk if line.source_type == kind}
            if ids:
                rows = session.execute(statement.where(column.in_(ids)))
                known.update({(kind, i): Piece(n, f"{table}/{r}") for i, n, r in rows})
        for line in chunk:
            found = known.get((line.source_type, line.source_id or 0))
            if found is None:  # of another module, or booked by hand: the line itself opens
                number = typed if line.source_id is None else numbered.format(line.source_id)
                found = Piece(number, f"{CostLine.__tablename__}/{line.id}")
            yield line, assets[line.asset_id], found
