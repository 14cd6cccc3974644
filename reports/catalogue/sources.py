"""The piece behind a line of the ledger: its number, and the record it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from base.basics.i18n import _
from base.basics.sessions import Session
from base.face.attached.documents import record_models
from base.store.history import belonging
from patrimoine.models import CostLine
from patrimoine.queries import places
from reports import queries
from reports.queries import Detail, Named

_PAGE = 2_000


class Piece(NamedTuple):
    """What the line stands on."""

    number: str
    #: Table and id of the record that opens: ``interventions_work_order/12``.
    record: str


def _numbered(table: str, ids: set[int]) -> tuple[Select[Any], str] | None:
    """Source id, number and record id of some sources, and the table of the record.

    The record is the source itself when it has a number, else the first that it hangs on and
    that has one: labour opens its work order. None when there is no such record.
    """
    source = record_models().get(table)
    if source is None:
        return None
    if hasattr(source, "number"):
        return select(source.id, source.number, source.id).where(source.id.in_(ids)), table
    for edge in belonging.owners(source):
        owner = record_models().get(edge.parent)
        if owner is not None and hasattr(owner, "number") and edge.found is source.id:
            statement = select(source.id, owner.number, owner.id).join(owner, owner.id == edge.key)
            return statement.where(source.id.in_(ids)), edge.parent
    return None


def with_pieces(session: Session, lines: Iterable[Detail]) -> Iterator[tuple[Detail, Named, Piece]]:
    """Each line with its asset and its piece; some at a time, one statement per kind of source."""
    source = iter(lines)
    typed, numbered = _("saisie"), _("n° %(id)s", id="{}")  # once: there may be many lines
    while chunk := list(islice(source, _PAGE)):
        here = sorted({line.asset_id for line in chunk})
        where, assets = places(session, here), queries.named(session, here)
        known: dict[tuple[str, int], Piece] = {}
        sources: dict[str, set[int]] = {}
        for line in chunk:
            if line.source_id is not None:
                sources.setdefault(line.source_type, set()).add(line.source_id)
        for kind, ids in sources.items():
            if found := _numbered(kind, ids):
                rows = session.execute(found[0])
                known.update({(kind, i): Piece(n, f"{found[1]}/{r}") for i, n, r in rows if n})
        for line in chunk:
            piece = known.get((line.source_type, line.source_id or 0))
            if piece is None:  # without a number of its own, or booked by hand: the line opens
                number = typed if line.source_id is None else numbered.format(line.source_id)
                piece = Piece(number, f"{CostLine.__tablename__}/{line.id}")
            asset = assets[line.asset_id]._replace(place=where[line.asset_id].words)
            yield line, asset, piece
