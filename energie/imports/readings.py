"""A file of readings, from its bytes to days that count: in chunks, beside people at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.desk.imports import Options, Record
from base.desk.imports.meaning import meaning_of
from base.papers.tables import Recognition
from base.rules.rights.actors import job_session
from base.store.holding import held
from energie import queries
from energie.domain.blocks import ParsedFile, Reject, SeriesRows, series_rows
from energie.domain.days import touched_days
from energie.domain.versions import Counts
from energie.imports.attaching import (
    PointUnknown,
    Who,
    give,
    leave_out_archived,
    name,
    point_of,
    require_points,
    with_reference,
)
from energie.imports.plain_columns import COLUMNS
from energie.imports.preview import Preview, preview
from energie.imports.recognise import is_plain, read_file
from energie.imports.screening import screen
from energie.models import DeliveryPoint, ReadingBatch, Series
from energie.services import readings

#: Seconds left to others between two chunks, on the engine that has one writer.
PAUSE = 0.05
#: Rows written before such a pause: a file of many small series is not held up by each.
PAUSE_ROWS = 5_000
Progress = Callable[[float, str], None]


class ImportRunning(InvalidInput):
    """The same file is being imported by somebody else."""


@dataclass
class Outcome:
    """What an import did, or would do."""

    format: str = ""
    batch_id: int | None = None
    #: The import of the same file that stands already.
    former_id: int | None = None
    dry_run: bool = False
    applied: bool = False
    counts: Counts = field(default_factory=Counts)
    rejected: int = 0
    empties: int = 0
    rejects: Sequence[Reject] = ()
    notes: Sequence[str] = ()
    header: Sequence[object] = ()
    recognition: Recognition | None = None
    #: References of the points.
    points: Sequence[str] = ()
    days: int = 0
    #: Values that were taken and count in no sum: how many, and the first with their reasons.
    suspected: int = 0
    suspects: Sequence[Reject] = ()
    #: The first rows with their values, and what the values of each series add up to.
    sample: Sequence[Record] = ()
    totals: Sequence[dict[str, Any]] = ()

    @property
    def created(self) -> int:
        """Values that were not there."""
        return self.counts.inserted - self.counts.superseded

    @property
    def updated(self) -> int:
        """Values that took the place of others."""
        return self.counts.superseded

    @property
    def unchanged(self) -> int:
        """Values that were there already."""
        return self.counts.identical


class _Target(NamedTuple):
    series_id: int
    rows: SeriesRows
    timezone: str


def import_readings(
    path: Path,
    *,
    label: str,
    digest: str,
    who: Who,
    at: datetime | None = None,
    dry_run: bool = False,
    partial: bool = False,
    reference: str = "",
    options: Options | None = None,
    pause: float = PAUSE,
    progress: Progress | None = None,
) -> Outcome:
    """Import a file of readings; the same file again changes nothing.

    Rows that are refused stop everything unless ``partial``. Nothing is left of an import that
    fails; one that was killed is taken back when its file comes again. ``reference`` names the
    delivery point of a file that names none, or one that is unknown. ``options`` is what a
    person told of a table of unknown make.

    Raises:
        UnreadableFile: the file is none of the formats read here.
        PointUnknown: a delivery point is not in the register; the file waits in a list.
        ImportRunning: the same file is being imported at this very moment.
    """
    moment = at or clock.now()
    say = progress or (lambda share, words: None)
    options = with_reference(options or Options(), reference)
    meaning = meaning_of(COLUMNS if is_plain(path) else (), path, label, options)
    former_id, same = _former(who, digest, meaning)
    if former_id is not None:
        return Outcome(former_id=former_id, dry_run=dry_run, counts=same)
    say(0.05, _("Lecture du fichier"))
    parsed = read_file(path, label, options)
    if reference:
        name(parsed, who, reference)
    elif told := options.answers.get("reference", ""):
        give(parsed, told)
    names = list(dict.fromkeys(block.reference for block in parsed.blocks))
    say(0.3, _("Recherche des points de livraison"))
    require_points(
        parsed,
        who,
        label=label,
        digest=digest,
        at=moment,
        keep=not dry_run,
        meaning=meaning,
        options=options,
    )
    leave_out_archived(parsed, who)
    seen = _seen(parsed, who, whole=dry_run)
    outcome = _outcome(parsed, seen, names, dry_run=dry_run)
    if dry_run or (outcome.rejected and not partial):
        return outcome
    with held(name_of(who.entity_id, digest)) as is_mine:
        if not is_mine:
            raise ImportRunning(
                _("Ce fichier est en cours d’import par ailleurs : attendez qu’il finisse.")
            )
        # Another may have ended while this one was reading.
        former_id, same = _former(who, digest, meaning)
        if former_id is not None:
            return Outcome(parsed.format, former_id=former_id, dry_run=dry_run, counts=same)
        # What is worse than what is known is counted again as it is met.
        outcome.rejected = parsed.rejected
        outcome.counts = Counts()
        sent = _Sent(label, digest, meaning, moment)
        return _write(parsed, who, outcome, sent, seen.worse, pause, say)


class _Sent(NamedTuple):
    """A file as it came."""

    label: str
    digest: str
    meaning: str
    at: datetime


def name_of(entity_id: int, digest: str) -> str:
    """What a running import of a file holds."""
    return f"readings {entity_id} {digest}"


def _former(who: Who, digest: str, meaning: str) -> tuple[int | None, Counts]:
    """The import of the same file, read the same way, that stands; its rows are unchanged.

    One that left rows out is done again: what it refused is said again.
    """
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        former = queries.applied_batch(session, digest, entity_id=who.entity_id, meaning=meaning)
        if former is None or former.rejected:
            return None, Counts()
        return former.id, Counts(identical=former.inserted + former.identical)


def _seen(parsed: ParsedFile, who: Who, *, whole: bool) -> Preview:
    """Judge the rows of a file by their points, then compare them with what is known."""
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        pairs = []
        for block in parsed.blocks:
            point = point_of(session, block, who.entity_id)
            if point is None:
                raise PointUnknown(_("Le point %(r)s a disparu.", r=block.reference))
            screen(parsed, block, point)
            if block.stamps:
                pairs.append((block, point))
        parsed.blocks = [block for block, _found in pairs]
        return preview(session, pairs, whole=whole)


def _outcome(parsed: ParsedFile, seen: Preview, names: Sequence[str], *, dry_run: bool) -> Outcome:
    return Outcome(
        parsed.format,
        dry_run=dry_run,
        counts=seen.counts,
        rejected=parsed.rejected + seen.counts.refused,
        rejects=sorted([*parsed.rejects, *seen.worse], key=lambda found: found.line),
        empties=sum(block.empties for block in parsed.blocks),
        notes=parsed.notes,
        header=parsed.header,
        recognition=parsed.recognition,
        points=names,
        suspected=parsed.suspected + seen.doubted,
        suspects=sorted([*parsed.suspects, *seen.doubts], key=lambda found: found.line),
        sample=seen.sample,
        totals=seen.totals,
    )


def _write(
    parsed: ParsedFile,
    who: Who,
    outcome: Outcome,
    sent: _Sent,
    worse: Sequence[Reject],
    pause: float,
    say: Progress,
) -> Outcome:
    with job_session(who.scope, who.actor, who.door) as session:
        for cut in queries.unfinished_batches(session, entity_id=who.entity_id, digest=sent.digest):
            readings.undo_batch(session, cut)
        batch = readings.open_batch(
            session,
            entity_id=who.entity_id,
            label=sent.label,
            digest=sent.digest,
            meaning=sent.meaning,
            parsed=parsed,
            at=sent.at,
        )
        readings.keep_doubts(session, batch, worse, outcome.suspects, outcome.suspected)
        targets = []
        found = [(block, point_of(session, block, who.entity_id)) for block in parsed.blocks]
        # Two files of one point at once make its series once; in order, so that none waits
        # for another that waits for it.
        for point_id in sorted({point.id for _block, point in found if point is not None}):
            session.get_one(DeliveryPoint, point_id, with_for_update=True)
        for block, point in found:
            if point is None:
                raise PointUnknown(_("Le point %(r)s a disparu.", r=block.reference))
            for rows in series_rows(block):
                series = readings.series_for(session, point, block, rows.step)
                targets.append(_Target(series.id, rows, point.timezone))
        outcome.batch_id = batch.id
        has_one_writer = session.get_bind().dialect.name == "sqlite"
    try:
        touched = _store(targets, who, outcome, sent.at, pause if has_one_writer else 0, say)
        say(0.9, _("Calcul des jours"))
        with job_session(who.scope, who.actor, who.door) as session:
            batch = session.get_one(ReadingBatch, outcome.batch_id)
            readings.apply_batch(session, batch, touched, outcome.counts, at=sent.at)
    except BaseException:
        with job_session(who.scope, who.actor, who.door) as session:
            readings.undo_batch(session, session.get_one(ReadingBatch, outcome.batch_id))
        raise
    outcome.applied = True
    outcome.days = sum(len(days) for days in touched.values())
    return outcome


def _store(
    targets: list[_Target],
    who: Who,
    outcome: Outcome,
    at: datetime,
    pause: float,
    say: Progress,
) -> dict[int, Sequence[date]]:
    """Write all rows, one transaction a chunk; the local days touched, by series."""
    total = sum(len(target.rows.starts) for target in targets) or 1
    done, wrote = 0, 0
    touched: dict[int, Sequence[date]] = {}
    for target in targets:
        starts: list[int] = []
        for piece in target.rows.cut(readings.CHUNK):
            if wrote >= PAUSE_ROWS and pause:
                time.sleep(pause)
                wrote = 0
            with job_session(who.scope, who.actor, who.door) as session:
                batch = session.get_one(ReadingBatch, outcome.batch_id)
                # One file at a time writes to a series; SQLite has one writer anyway.
                series = session.get_one(Series, target.series_id, with_for_update=True)
                counts, changed = readings.store_rows(session, batch, series, piece, at=at)
            wrote += len(changed)
            outcome.counts.add(counts)
            outcome.rejected += counts.refused
            starts += changed
            done += len(piece.starts)
            say(
                0.3 + 0.6 * done / total,
                _("%(n)d relevés sur %(total)d", n=done, total=total),
            )
        touched[target.series_id] = touched_days(starts, target.timezone)
    return touched
