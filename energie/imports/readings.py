"""A file of readings, from its bytes to days that count: in chunks, beside people at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from base import clock
from base.errors import InvalidInput
from base.holding import held
from base.i18n import _
from base.imports import Options
from base.sessions import job_session
from base.tables import Recognition
from energie import queries
from energie.domain.blocks import Block, ParsedFile, Reject, SeriesRows, series_rows
from energie.domain.days import touched_days
from energie.domain.kinds import Basis, EnergyKind, Unit
from energie.domain.versions import Counts
from energie.imports.recognise import read_file
from energie.models import BatchState, DeliveryPoint, ReadingBatch, Series
from energie.services import readings

#: Seconds left to others between two chunks, on the engine that has one writer.
PAUSE = 0.05
#: Rows written before such a pause: a file of many small series is not held up by each.
PAUSE_ROWS = 5_000
Progress = Callable[[float, str], None]


class ImportRunning(InvalidInput):
    """The same file is being imported by somebody else."""


class PointUnknown(InvalidInput):
    """The file names a delivery point that the register does not have."""


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


@dataclass(frozen=True)
class Who:
    """In whose name, and for which authority, a file is imported."""

    entity_id: int
    scope: tuple[int, ...]
    actor: str
    door: str = "import readings"


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
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        former = queries.applied_batch(session, digest, entity_id=who.entity_id)
        if former is not None:
            same = Counts(identical=former.inserted + former.identical)
            return Outcome(former.format, None, former.id, dry_run, False, same)
    say(0.05, str(_("Lecture du fichier")))
    parsed = read_file(path, label, options)
    if reference:
        _name(parsed, who, reference)
    outcome = _outcome(parsed, dry_run=dry_run)
    say(0.3, str(_("Recherche des points de livraison")))
    _require_points(parsed, who, label=label, digest=digest, at=moment, keep=not dry_run)
    if dry_run:
        return _tried(parsed, who, outcome)
    if parsed.rejected and not partial:
        return outcome
    with held(name_of(who.entity_id, digest)) as is_mine:
        if not is_mine:
            raise ImportRunning(
                _("Ce fichier est en cours d’import par ailleurs : attendez qu’il finisse.")
            )
        # Another may have ended while this one was reading.
        former_id, same = _former(who, digest)
        if former_id is not None:
            return Outcome(parsed.format, None, former_id, dry_run, False, same)
        return _write(parsed, who, outcome, label, digest, moment, pause, say)


def name_of(entity_id: int, digest: str) -> str:
    """What a running import of a file holds."""
    return f"readings {entity_id} {digest}"


def _former(who: Who, digest: str) -> tuple[int | None, Counts]:
    """The import of the same file that stands, and its rows counted unchanged."""
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        former = queries.applied_batch(session, digest, entity_id=who.entity_id)
        if former is None:
            return None, Counts()
        return former.id, Counts(identical=former.inserted + former.identical)


def _name(parsed: ParsedFile, who: Who, reference: str) -> None:
    """Give the rows of the one point that the file does not name, or names in vain, to another.

    Raises:
        PointUnknown: they are of several points.
    """
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        unknown = [b for b in parsed.blocks if _point(session, b, who.entity_id) is None]
    names = list(dict.fromkeys(block.reference for block in unknown))
    if len(names) > 1:
        raise PointUnknown(
            _(
                "Ce fichier parle de %(n)d points inconnus (%(names)s) : créez-les, puis reprenez "
                "le fichier. Il ne peut pas aller tout entier à un seul point.",
                n=len(names),
                names=", ".join(names[:5]),
            )
        )
    for block in unknown:
        block.reference = reference


def _outcome(parsed: ParsedFile, *, dry_run: bool) -> Outcome:
    return Outcome(
        parsed.format,
        dry_run=dry_run,
        rejected=parsed.rejected,
        rejects=parsed.rejects,
        empties=sum(block.empties for block in parsed.blocks),
        notes=parsed.notes,
        header=parsed.header,
        recognition=parsed.recognition,
        points=list(dict.fromkeys(block.reference for block in parsed.blocks)),
    )


def _point(session: object, block: Block, entity_id: int) -> DeliveryPoint | None:
    if not block.reference:
        return None
    point = queries.point_by_reference(
        session,  # type: ignore[arg-type]
        block.reference,
        entity_id=entity_id,
        energy_kind=block.energy_kind,
    )
    if (
        point is not None
        and block.basis is None
        and point.energy_kind == EnergyKind.GAS
        and block.unit is Unit.KWH
    ):
        block.basis = Basis.PCS  # gas is metered and billed so
    return point


def _require_points(
    parsed: ParsedFile, who: Who, *, label: str, digest: str, at: datetime, keep: bool
) -> None:
    """Refuse a file of which a point is unknown; with ``keep`` it is put in the list."""
    with job_session(who.scope, who.actor, who.door, readonly=not keep) as session:
        missing = [b for b in parsed.blocks if _point(session, b, who.entity_id) is None]
        if not missing:
            return
        if keep and not queries.batch_to_attach(session, digest, entity_id=who.entity_id):
            readings.open_batch(
                session,
                entity_id=who.entity_id,
                label=label,
                digest=digest,
                parsed=parsed,
                at=at,
                state=BatchState.TO_ATTACH,
            )
    names = ", ".join(filter(None, dict.fromkeys(block.reference for block in missing)))
    if not names:
        raise PointUnknown(
            _(
                "Ce fichier ne dit pas de quel point de livraison il est : dites-le sur sa fiche, "
                "dans la liste « À rattacher »."
            )
        )
    raise PointUnknown(
        _(
            "Point de livraison inconnu : %(names)s. Créez-le, puis reprenez ce fichier, qui "
            "attend dans la liste « À rattacher ».",
            names=names,
        )
    )


def _tried(parsed: ParsedFile, who: Who, outcome: Outcome) -> Outcome:
    """What the file would do; nothing is written."""
    with job_session(who.scope, who.actor, who.door, readonly=True) as session:
        for block in parsed.blocks:
            point = _point(session, block, who.entity_id)
            for rows in series_rows(block):
                series = queries.series_like(session, point, block, rows.step)
                for piece in rows.cut(readings.CHUNK):
                    known = (
                        readings.existing(session, series.id, piece.starts[0], piece.starts[-1])
                        if series is not None
                        else {}
                    )
                    _add(outcome, readings.compare(known, piece)[2])
    return outcome


def _write(
    parsed: ParsedFile,
    who: Who,
    outcome: Outcome,
    label: str,
    digest: str,
    at: datetime,
    pause: float,
    say: Progress,
) -> Outcome:
    with job_session(who.scope, who.actor, who.door) as session:
        for cut in queries.unfinished_batches(
            session, entity_id=who.entity_id, digest=digest
        ):
            readings.undo_batch(session, cut)
        batch = readings.open_batch(
            session,
            entity_id=who.entity_id,
            label=label,
            digest=digest,
            parsed=parsed,
            at=at,
        )
        targets = []
        found = [(block, _point(session, block, who.entity_id)) for block in parsed.blocks]
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
        touched = _store(targets, who, outcome, at, pause if has_one_writer else 0, say)
        say(0.9, str(_("Calcul des jours")))
        with job_session(who.scope, who.actor, who.door) as session:
            batch = session.get_one(ReadingBatch, outcome.batch_id)
            readings.apply_batch(session, batch, touched, outcome.counts, at=at)
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
            _add(outcome, counts)
            starts += changed
            done += len(piece.starts)
            say(
                0.3 + 0.6 * done / total,
                str(_("%(n)d relevés sur %(total)d", n=done, total=total)),
            )
        touched[target.series_id] = touched_days(starts, target.timezone)
    return touched


def _add(outcome: Outcome, counts: Counts) -> None:
    outcome.counts.inserted += counts.inserted
    outcome.counts.identical += counts.identical
    outcome.counts.superseded += counts.superseded
    outcome.counts.refused += counts.refused
    outcome.rejected += counts.refused
