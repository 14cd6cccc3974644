"""What reports read: sums of the ledger, events of a record, runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, extract, func, select
from sqlalchemy.orm import Session

from base.models import Entity, Event, Service
from patrimoine.domain import tree
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tree import in_branch
from reports.models import ReportRun

ZERO = Decimal("0.00")
#: Ids asked for in one statement.
_CHUNK = 500


class Sums(NamedTuple):
    """Euros of a group of lines, and how many there are."""

    amount_ht_eur: Decimal
    vat_eur: Decimal
    net_eur: Decimal
    lines: int

    def __add__(self, other: object) -> Sums:
        """The sums of both groups."""
        if not isinstance(other, Sums):
            return NotImplemented
        return Sums(
            self.amount_ht_eur + other.amount_ht_eur,
            self.vat_eur + other.vat_eur,
            self.net_eur + other.net_eur,
            self.lines + other.lines,
        )


NOTHING = Sums(ZERO, ZERO, ZERO, 0)
_SUMS = (
    func.sum(CostLine.amount_ht_eur),
    func.sum(CostLine.vat_eur),
    func.sum(CostLine.net_eur),
    func.count(CostLine.id),
)


class Detail(NamedTuple):
    """One line of the ledger with its asset."""

    id: int
    asset_id: int
    code: str
    name: str
    date_on: date
    label: str
    nature: str
    account: str | None
    source_type: str
    source_id: int | None
    is_reversal: bool
    amount_ht_eur: Decimal
    vat_eur: Decimal
    net_eur: Decimal


class Named(NamedTuple):
    """How an asset reads in a table, and where it sorts."""

    code: str
    name: str
    sort_key: str


def _criteria(path: str | None, start: date, end: date) -> list[ColumnElement[bool]]:
    """The period is half open: the day ``end`` is left out."""
    found = [CostLine.date_on >= start, CostLine.date_on < end]
    return [*found, in_branch(path)] if path is not None else found


def _sums(*by: Any) -> Select[Any]:
    return (
        select(*by, *_SUMS)
        .select_from(CostLine)
        .join(Asset, Asset.id == CostLine.asset_id)
        .group_by(*by)
    )


def cost_by_branch(
    session: Session, *, path: str | None, start: date, end: date
) -> dict[tuple[int | None, str], Sums]:
    """Sums by asset just below the top of the perimeter, with what is below it, and by nature.

    The key of what was booked on the top itself has no asset.
    """
    length = len(path or "") + tree.WIDTH + 1
    branch = func.substr(Asset.path, 1, length)
    rows = session.execute(_sums(branch, CostLine.nature).where(*_criteria(path, start, end)))
    found: dict[tuple[int | None, str], Sums] = {}
    for text, nature, *sums in rows:
        below = len(text) == length
        key = int(text.rstrip("/").rsplit("/", 1)[-1], 36) if below else None
        found[key, nature] = Sums(*sums)
    return found


def cost_by_account(
    session: Session, *, path: str | None, start: date, end: date
) -> list[tuple[str | None, Sums]]:
    """Sums by account, those without one last."""
    rows = session.execute(_sums(CostLine.account).where(*_criteria(path, start, end)))
    found = [(account, Sums(*sums)) for account, *sums in rows]
    return sorted(found, key=lambda row: (row[0] is None, row[0] or ""))


def cost_by_month(
    session: Session, *, path: str | None, start: date, end: date
) -> list[tuple[date, Sums]]:
    """Sums by month, each known by its first day, in order; months without lines are left out."""
    year, month = extract("year", CostLine.date_on), extract("month", CostLine.date_on)
    rows = session.execute(_sums(year, month).where(*_criteria(path, start, end)))
    return sorted((date(int(y), int(m), 1), Sums(*sums)) for y, m, *sums in rows)


def cost_by_service(
    session: Session, *, path: str | None, start: date, end: date
) -> list[tuple[str | None, Sums]]:
    """Sums by service, by its name; those without one last."""
    rows = session.execute(_sums(CostLine.service_id).where(*_criteria(path, start, end)))
    sums = {service: Sums(*found) for service, *found in rows}
    names = dict(
        session.execute(
            select(Service.id, Service.name).where(Service.id.in_([i for i in sums if i]))
        ).all()
    )
    found = [(names.get(i) if i else None, value) for i, value in sums.items()]
    return sorted(found, key=lambda row: (row[0] is None, row[0] or ""))


def reversals(session: Session, *, path: str | None, start: date, end: date) -> int:
    """How many lines of the period take another one back."""
    statement = (
        select(func.count(CostLine.id))
        .join(Asset, Asset.id == CostLine.asset_id)
        .where(CostLine.reversal_of_id.is_not(None), *_criteria(path, start, end))
    )
    return session.scalar(statement) or 0


def cost_detail(session: Session, *, path: str | None, start: date, end: date) -> Iterator[Detail]:
    """The lines, by asset in the order of the tree, then by day; read as they are asked for."""
    return _details(session, *_criteria(path, start, end))


def cost_of_asset(session: Session, asset_id: int) -> Iterator[Detail]:
    """The lines of one asset alone, by day; read as they are asked for."""
    return _details(session, CostLine.asset_id == asset_id)


def _details(session: Session, *criteria: ColumnElement[bool]) -> Iterator[Detail]:
    columns = (
        CostLine.id,
        Asset.id,
        Asset.code,
        Asset.name,
        CostLine.date_on,
        CostLine.label,
        CostLine.nature,
        CostLine.account,
        CostLine.source_type,
        CostLine.source_id,
        CostLine.reversal_of_id.is_not(None),
        CostLine.amount_ht_eur,
        CostLine.vat_eur,
        CostLine.net_eur,
    )
    statement = (
        select(*columns)
        .join(Asset, Asset.id == CostLine.asset_id)
        .where(*criteria)
        .order_by(Asset.path, CostLine.date_on, CostLine.id)
        .execution_options(yield_per=_CHUNK)
    )
    for row in session.execute(statement):
        yield Detail._make(row)


def named(session: Session, ids: Sequence[int]) -> dict[int, Named]:
    """Code, name and sort key of assets, by id."""
    found: dict[int, Named] = {}
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        rows = session.execute(
            select(Asset.id, Asset.code, Asset.name, Asset.sort_key).where(Asset.id.in_(part))
        )
        found.update({row[0]: Named(*row[1:]) for row in rows})
    return found


def assets_with_code(session: Session, code: str) -> Sequence[Asset]:
    """The assets of that inventory number in the scope: one per authority at most."""
    return session.scalars(select(Asset).where(Asset.code == code).order_by(Asset.id)).all()


def asset_count(session: Session, path: str | None) -> int:
    """How many assets there are at and below a path, archived ones left out."""
    statement = select(func.count(Asset.id)).where(Asset.archived_on.is_(None))
    if path is not None:
        statement = statement.where(in_branch(path))
    return session.scalar(statement) or 0


def entities(session: Session, ids: Sequence[int]) -> Sequence[Entity]:
    """The authorities of a scope, by name."""
    return session.scalars(select(Entity).where(Entity.id.in_(ids)).order_by(Entity.name)).all()


# --- the trail ------------------------------------------------------------------------------


def data_cut(
    session: Session, *, records: Sequence[str], entity_ids: Sequence[int]
) -> tuple[int | None, datetime | None]:
    """Number and instant of the last event of these tables in these authorities."""
    row = session.execute(
        select(Event.seq, Event.at)
        .where(Event.record.in_(records), Event.entity_id.in_(entity_ids))
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (None, None)


def events_of(
    session: Session, keys: Sequence[tuple[str, Sequence[int]]], *, last: int | None
) -> Iterator[Event]:
    """Events of the records named by table and ids, in the order of the trail."""
    found: dict[int, Event] = {}
    for record, ids in keys:
        for first in range(0, len(ids), _CHUNK):
            statement = select(Event).where(
                Event.record == record, Event.record_id.in_(ids[first : first + _CHUNK])
            )
            if last is not None:
                statement = statement.where(Event.seq <= last)
            found.update({event.seq: event for event in session.scalars(statement)})
    for seq in sorted(found):
        yield found[seq]


# --- runs -----------------------------------------------------------------------------------


def finished_with_question(session: Session, question: str) -> ReportRun | None:
    """The first finished run of the same question on the same data."""
    return session.scalars(
        select(ReportRun)
        .where(
            ReportRun.question == question,
            ReportRun.finished_at.is_not(None),
            ReportRun.same_as_id.is_(None),
        )
        .order_by(ReportRun.id)
        .limit(1)
    ).first()


def run_by_document(session: Session, document_id: int) -> ReportRun | None:
    """The run that made a document."""
    return session.scalars(
        select(ReportRun).where(ReportRun.document_id == document_id).order_by(ReportRun.id)
    ).first()
