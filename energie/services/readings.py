"""Readings: open a file's batch, write its rows in chunks, apply it, undo it.

Rows of a batch count in no sum before it is applied: sums are the days of ``DailyUse``, which
only ``apply_batch`` and ``undo_batch`` compute. A session per chunk keeps the database free for
others; every function here may run again after a cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.verbs import Door, verb
from base.store.bulk import delete_integers, insert_integers
from energie import queries
from energie.domain.blocks import MOST_REJECTS, Block, ParsedFile, Reject, SeriesRows
from energie.domain.days import touched_days
from energie.domain.kinds import Quantity, Step
from energie.domain.quality import may_replace, settled
from energie.domain.versions import Counts
from energie.models import (
    MOST_NAMED,
    BatchState,
    DeliveryPoint,
    Reading,
    ReadingBatch,
    ReadingHistory,
    ReadingReject,
    Series,
)
from energie.services.days import rebuild_days
from energie.services.points import know_dial

#: Suspect values that the row of a file names one by one.
MOST_TOLD = 50
#: Rows written in one transaction.
CHUNK = 20_000
_COLUMNS = ("series_id", "start_at", "value_milli", "quality", "batch_id")
_HISTORY = (*_COLUMNS, "superseded_by_id", "superseded_at")
#: What a series holds for a start: value, quality, batch, end of the interval if it has one.
Known = tuple[int, int, int, int | None]
#: A row to write: start, value, quality, end.
Fresh = tuple[int, int, int, int | None]


class Worse(NamedTuple):
    """A row that may not replace what is known: its place, its start, old and new values."""

    place: int
    start: int
    new: tuple[int, int]
    old: tuple[int, int]


class Compared(NamedTuple):
    """What rows would do to a series."""

    written: list[Fresh]
    replaced: list[int]
    counts: Counts
    #: Rows of a quality that is worse than what is known; told one by one up to a limit.
    worse: list[Worse]


class BatchRefused(DomainError):
    """The state of the file does not allow the verb."""


def open_batch(
    session: Session,
    *,
    entity_id: int,
    label: str,
    digest: str,
    parsed: ParsedFile,
    at: datetime,
    meaning: str = "",
    options: str = "",
    state: BatchState = BatchState.LOADING,
) -> ReadingBatch:
    """The row of a file whose readings are about to be written, with its refused rows.

    A row of the same file that waited for its delivery point gives way to it.
    """
    waiting = queries.batch_to_attach(session, digest, entity_id=entity_id)
    if waiting is not None:
        session.execute(delete(ReadingReject).where(ReadingReject.batch_id == waiting.id))
        session.delete(waiting)
    references = dict.fromkeys(block.reference for block in parsed.blocks if block.reference)
    batch = ReadingBatch(
        entity_id=entity_id,
        label=label[:150],
        digest=digest,
        meaning=meaning,
        options=options,
        format=parsed.format,
        state=state,
        reference_list=" ".join(references)[:MOST_NAMED],
        received_at=at,
        rejected=parsed.rejected,
        empties=sum(block.empties for block in parsed.blocks),
        notes="\n".join(parsed.notes),
        suspected=parsed.suspected,
    )
    session.add(batch)
    session.flush()
    _keep_rejects(session, batch, parsed.rejects)
    session.flush()
    return batch


def _keep_rejects(session: Session, batch: ReadingBatch, rejects: Sequence[Reject]) -> None:
    for reject in rejects:
        session.add(
            ReadingReject(
                batch_id=batch.id,
                line=reject.line,
                text=reject.text[:200],
                reason=reject.reason[:300],
            )
        )


def keep_doubts(
    session: Session,
    batch: ReadingBatch,
    worse: Sequence[Reject],
    suspects: Sequence[Reject],
    suspected: int,
) -> None:
    """Note on the row of a file what is worse than what is known, and what is suspect."""
    _keep_rejects(session, batch, worse)
    batch.suspected = suspected
    told = [
        _("Ligne %(row)d : %(reason)s", row=found.line, reason=found.reason)
        if found.line
        else found.reason
        for found in suspects[:MOST_TOLD]
    ]
    batch.notes = "\n".join(filter(None, [batch.notes, *told]))
    session.flush()


def series_for(session: Session, point: DeliveryPoint, block: Block, step: Step) -> Series:
    """The series of a point for such rows, made when it is the first time."""
    found = queries.series_like(session, point, block, step)
    if found is None:
        found = Series(
            entity_id=point.entity_id,
            point_id=point.id,
            quantity=str(block.quantity),
            step=str(step),
            unit=str(block.unit),
            register_code=str(block.register or ""),
            basis=str(block.basis or ""),
            is_cumulative=block.quantity is Quantity.INDEX,
        )
        session.add(found)
        session.flush()
    if block.dial is not None and block.register is not None:
        know_dial(session, point, block.register, block.unit, block.dial)
    return found


def existing(session: Session, series_id: int, first: int, last: int) -> dict[int, Known]:
    """What a series holds between two instants: start → value, quality, batch, end."""
    rows = session.execute(
        select(
            Reading.start_at,
            Reading.value_milli,
            Reading.quality,
            Reading.batch_id,
            Reading.end_at,
        ).where(
            Reading.series_id == series_id,
            Reading.start_at >= first,
            Reading.start_at <= last,
        )
    )
    return {start: (value, quality, batch, end) for start, value, quality, batch, end in rows}


def compare(known: dict[int, Known], rows: SeriesRows, *, force: bool = False) -> Compared:
    """What rows would do: those to write, the starts they take the place of, the counts."""
    counts = Counts()
    ends = repeat(None) if rows.ends is None else rows.ends
    given = zip(rows.starts, rows.values, rows.qualities, ends, strict=False)
    if not known:
        fresh = list(given)
        counts.inserted = len(fresh)
        return Compared(fresh, [], counts, [])
    written: list[Fresh] = []
    replaced: list[int] = []
    worse: list[Worse] = []
    for place, row in enumerate(given):
        old = known.get(row[0])
        if old is None:
            written.append(row)
        elif old[0] == row[1] and old[3] == row[3] and settled(old[1]) == row[2]:
            counts.identical += 1
        elif may_replace(row[2], old[1], force=force):
            written.append(row)
            replaced.append(row[0])
        else:
            counts.refused += 1
            if len(worse) < MOST_REJECTS:
                worse.append(Worse(place, row[0], (row[1], row[2]), (old[0], settled(old[1]))))
    counts.inserted, counts.superseded = len(written), len(replaced)
    return Compared(written, replaced, counts, worse)


def store_rows(
    session: Session,
    batch: ReadingBatch,
    series: Series,
    rows: SeriesRows,
    *,
    at: datetime,
    force: bool = False,
) -> tuple[Counts, list[int]]:
    """Write at most ``CHUNK`` rows of one series, ascending; the counts, and what was touched.

    A value that changes goes to the history first. Raised again after a cut, the rows that
    are there already are identical.
    """
    if not len(rows.starts):
        return Counts(), []
    known = existing(session, series.id, rows.starts[0], rows.starts[-1])
    written, replaced, counts, _worse = compare(known, rows, force=force)
    if replaced:
        _move_to_history(session, series.id, replaced, known, batch.id, at, stays=rows.ends is None)
    owner, source = series.id, batch.id
    if rows.ends is None:
        plain = [(owner, start, value, quality, source) for start, value, quality, _end in written]
        table: Any = Reading.__table__
        insert_integers(session, table, _COLUMNS, plain, replace=bool(replaced))
    else:
        rows_of = [(owner, s, value, quality, source, end) for s, value, quality, end in written]
        _insert_with_ends(session, Reading, _COLUMNS, rows_of)
    return counts, [row[0] for row in written]


def _insert_with_ends(
    session: Session, model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows of a few readings, the end last: of intervals of unequal length, else none."""
    table = model.__table__
    insert_integers(session, table, columns, [tuple(row[:-1]) for row in rows if row[-1] is None])
    ended = [tuple(row) for row in rows if row[-1] is not None]
    insert_integers(session, table, (*columns, "end_at"), ended)


def _move_to_history(
    session: Session,
    series_id: int,
    starts: Sequence[int],
    known: dict[int, Known],
    batch_id: int,
    at: datetime,
    *,
    stays: bool,
) -> None:
    """Copy rows to the history and take them away; ``stays`` leaves that to their successors."""
    moment = int(at.timestamp())
    rows = []
    for start in starts:
        value, quality, batch, end = known[start]
        rows.append((series_id, start, value, settled(quality), batch, batch_id, moment, end))
    _insert_with_ends(session, ReadingHistory, _HISTORY, rows)
    if stays and session.get_bind().dialect.name == "sqlite":
        return  # the new rows take their place
    delete_integers(
        session,
        Reading.__table__,  # type: ignore[arg-type]
        ("series_id", series_id),
        "start_at",
        starts,
    )


def apply_batch(
    session: Session,
    batch: ReadingBatch,
    touched: dict[int, Sequence[date]],
    counts: Counts,
    *,
    at: datetime,
) -> ReadingBatch:
    """Make the rows of a file count: recompute the days they touch, mark the file applied.

    ``touched`` gives the local days of each series.
    """
    batch.inserted, batch.superseded = counts.inserted, counts.superseded
    batch.identical = counts.identical
    batch.rejected += counts.refused
    batch.state = BatchState.APPLIED
    batch.applied_at = at
    session.flush()
    for series_id, days in sorted(touched.items()):
        rebuild_days(session, session.get_one(Series, series_id, with_for_update=True), days)
    session.flush()
    return batch


@verb(
    ReadingBatch,
    _l("Retirer ce fichier"),
    "arrow-back-up",
    name="undo",
    doors=Door.DESK | Door.REST,
    moves=[(BatchState.APPLIED, BatchState.UNDONE)],
    said=_l("Le fichier est retiré : les valeurs d’avant sont revenues."),
)
def undo_batch(session: Session, batch: ReadingBatch) -> ReadingBatch:
    """Take a file back, applied or cut in the middle: former values return, days recomputed.

    Raises:
        BatchRefused: it is undone already, or a later file changed one of its values.
    """
    if batch.state not in (BatchState.APPLIED, BatchState.LOADING):
        raise BatchRefused(_("« %(f)s » n’est pas en place : rien à annuler.", f=batch.label))
    history, table = ReadingHistory.__table__, Reading.__table__
    later = session.core(
        select(history.c.id).where(history.c.batch_id == batch.id).limit(1)
    ).first()
    if later is not None:
        words = _(
            "Un fichier plus récent a corrigé des valeurs de « %(f)s » : annulez-le d’abord.",
            f=batch.label,
        )
        raise BatchRefused(words)
    for series in _series_of_batch(session, batch):
        mine = (table.c.series_id == series.id, table.c.batch_id == batch.id)
        starts = list(session.core(select(table.c.start_at).where(*mine)).scalars())
        if not starts:
            continue
        session.core(delete(table).where(*mine))
        former = session.core(
            select(
                history.c.series_id,
                history.c.start_at,
                history.c.value_milli,
                history.c.quality,
                history.c.batch_id,
                history.c.end_at,
            ).where(history.c.series_id == series.id, history.c.superseded_by_id == batch.id)
        ).all()
        _insert_with_ends(session, Reading, _COLUMNS, former)
        session.core(
            delete(history).where(
                history.c.series_id == series.id, history.c.superseded_by_id == batch.id
            )
        )
        point = session.get_one(DeliveryPoint, series.point_id)
        rebuild_days(session, series, touched_days(starts, point.timezone))
    batch.state = BatchState.UNDONE
    session.flush()
    return batch


def _series_of_batch(session: Session, batch: ReadingBatch) -> Sequence[Series]:
    """The series that may hold rows of a file: of the points that its row names.

    A file of so many points that its row cannot name them all may have written to any.
    """
    named = [DeliveryPoint.entity_id == batch.entity_id]
    if len(batch.reference_list) < MOST_NAMED:
        named.append(DeliveryPoint.reference.in_(batch.reference_list.split()))
    return session.scalars(  # type: ignore[no-any-return]
        select(Series)
        .join(DeliveryPoint, DeliveryPoint.id == Series.point_id)
        .where(*named)
        .order_by(Series.id)
    ).all()
