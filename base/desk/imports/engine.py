"""The steps of an import: read and compare outside the writing, then write as one.

``examine`` needs a session that only reads; ``commit`` a session that writes, and holds it for
the writing alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from base.basics import clock
from base.basics.folding import code_key
from base.basics.i18n import _
from base.basics.memory import seldom_collected
from base.basics.sessions import Session
from base.cards import BadCard
from base.desk.imports import departed, turns
from base.desk.imports.dating import refuse_dates
from base.desk.imports.declaration import Importer
from base.desk.imports.error_file import error_file
from base.desk.imports.kept_options import options_from, options_text
from base.desk.imports.meaning import meaning_of
from base.desk.imports.reading import shape_of
from base.desk.imports.report import Report, line_of, report_of
from base.desk.imports.returning import settle
from base.desk.imports.rows import Options, Reading, Record, Stale
from base.desk.imports.undo.deeds import mark, remember
from base.papers.files.store import Store, Stored
from base.papers.tables.texts import as_text
from base.store.models.imports import Effect, ImportBatch, ImportState

_CHUNK = 500


@dataclass(frozen=True)
class Source:
    """A file in the store, to be imported."""

    path: Path
    label: str
    digest: str
    size: int
    media_type: str

    @classmethod
    def of(cls, store: Store, stored: Stored) -> Source:
        """The source made of a file that is kept.

        Raises:
            FileMissing: the store does not hold its bytes; its sentence names the file.
        """
        lost = _(
            "Le fichier « %(name)s » de cet import manque dans la réserve : donnez-le à nouveau.",
            name=stored.label,
        )
        path = store.held(stored.digest, lost)
        return cls(path, stored.label, stored.digest, stored.size, stored.media_type)


@dataclass
class Examination:
    """A file read and compared with the records: all that writing needs."""

    importer: Importer
    entity_id: int
    source: Source
    options: Options
    reading: Reading
    report: Report
    #: Imports of the same records that had ended when the records were looked at (``turns``).
    ended: tuple[int, ...] = ()


def former_of(
    session: Session, importer: Importer, entity_id: int, source: Source, options: Options
) -> ImportBatch | None:
    """The last import of this very file, read the same way, that stands; undone ones left out."""
    same = session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.entity_id == entity_id,
            ImportBatch.kind == importer.kind,
            ImportBatch.digest == source.digest,
            ImportBatch.state == ImportState.APPLIED,
        )
        .order_by(ImportBatch.id.desc())
    ).all()
    if not same:
        return None
    columns = importer.columns(session, entity_id) if importer.is_plain(source.path) else ()
    meant = meaning_of(columns, source.path, source.label, options)
    known: dict[str, str] = {}
    for batch in same:
        if batch.options not in known:
            known[batch.options] = meaning_of(
                columns, source.path, source.label, options_from(batch.options)
            )
        if known[batch.options] == meant:
            return batch
    return None


@seldom_collected()
def examine(
    session: Session,
    importer: Importer,
    entity_id: int,
    source: Source,
    options: Options | None = None,
    *,
    dry_run: bool = True,
    partial: bool = False,
    progress: Callable[[float, str], None] | None = None,
) -> Examination:
    """Read the file, refuse what is wrong, compare the rest with what is recorded.

    An importer that streams writes here, unless it is a trial: nothing is left for ``commit``
    but the import's own row.

    Raises:
        InvalidInput: the file as a whole cannot be read.
    """
    options = options or Options()
    say = progress or (lambda share, words: None)
    start = time.perf_counter()
    seen = turns.ended(session, importer, entity_id)
    former = former_of(session, importer, entity_id, source, options)
    if former is not None and importer.once and not former.rejected:
        report = Report(
            kind=importer.kind,
            file=source.label,
            dry_run=dry_run,
            applied=False,
            total=former.total,
            unchanged=former.total,
            former_id=former.id,
        )
        return Examination(importer, entity_id, source, options, Reading([]), report, seen)
    if importer.streams:
        return _streamed(
            session, importer, entity_id, source, options, former, dry_run, partial, say
        )
    say(0.05, _("Lecture du fichier"))
    reading = importer.read(session, entity_id, source.path, source.label, options)
    settle(session, importer, entity_id, reading, options)
    refuse_dates(reading.columns, reading.records)
    refuse_doubles(importer, reading.records)
    say(0.4, _("Comparaison avec le registre"))
    accepted = [record for record in reading.records if record.effect is None]
    if accepted or reading.listed is None:
        importer.plan_with(session, entity_id, accepted, options)
    for record in accepted:
        if record.effect is None:
            raise RuntimeError(f"{type(importer).__name__}.plan left row {record.number} undecided")
    if (model := departed.model_of(importer.record)) is not None:
        departed.refuse_departed(session, model, accepted, importer.pointed_at)
    say(0.7, _("Rapport"))
    report = report_of(
        importer,
        reading,
        file=source.label,
        dry_run=dry_run,
        seconds=time.perf_counter() - start,
    )
    report.former_id = former.id if former is not None else None
    return Examination(importer, entity_id, source, options, reading, report, seen)


def _streamed(
    session: Session,
    importer: Importer,
    entity_id: int,
    source: Source,
    options: Options,
    former: ImportBatch | None,
    dry_run: bool,
    partial: bool,
    say: Callable[[float, str], None],
) -> Examination:
    """The examination of an importer that writes by itself."""
    start = time.perf_counter()
    found = importer.stream(
        session,
        entity_id,
        source.path,
        source.label,
        source.digest,
        dry_run=dry_run,
        partial=partial,
        progress=say,
        options=options,
    )
    reading = Reading(found.refused, found.recognition, shape=found.shape, header=found.header)
    report = report_of(
        importer,
        reading,
        file=source.label,
        dry_run=dry_run,
        seconds=time.perf_counter() - start,
    )
    report.created, report.updated = found.created, found.updated
    report.unchanged, report.rejected = found.unchanged, found.rejected
    report.total = found.created + found.updated + found.unchanged + found.rejected
    report.notes = [*report.notes, *found.notes]
    report.suspect = found.suspect
    report.warnings = [{"row": row or None, "reason": words} for row, words in found.warnings]
    report.totals = found.totals
    report.columns |= found.columns
    report.lines += [line_of(importer, record) for record in found.sample]
    report.cells_changed = found.updated
    report.former_id = former.id if former is not None else None
    return Examination(importer, entity_id, source, options, reading, report)


def refuse_doubles(importer: Importer, records: list[Record]) -> None:
    """Refuse a row whose record an earlier row of the file already is."""
    first: dict[Hashable, int] = {}
    for record in records:
        if not record.accepted or record.record_id is not None:
            continue  # a row of an exported list was found by its number
        if (identity := importer.identity(record)) is None:
            continue
        earlier = first.setdefault(identity, record.number)
        if earlier != record.number:
            record.refuse(
                _(
                    "« %(value)s » est déjà à la ligne %(row)d de ce fichier.",
                    value=next(
                        (
                            as_text(record.values[k])
                            for k in importer.match_keys
                            if record.values.get(k) is not None
                        ),
                        importer.label(record),
                    ),
                    row=earlier,
                ),
                importer.match_keys[0] if importer.match_keys else None,
            )


@dataclass(frozen=True)
class Kept:
    """The report and the error file, in the store before the writing begins."""

    report: Stored
    errors: Stored | None


def keep_report(store: Store, examination: Examination) -> Kept:
    """Put the report and, if there are any, the refused rows in the store."""
    report = examination.report
    data = json.dumps(report.as_json(), ensure_ascii=False, default=str).encode()
    kept = store.put(data, media_type="application/json", label="rapport.json")
    errors = None
    if report.rejected:
        content, label, media_type = error_file(examination.reading, examination.source.label)
        errors = store.put(content, media_type=media_type, label=label)
    return Kept(kept, errors)


def may_commit(examination: Examination, *, partial: bool) -> bool:
    """Whether the writing may begin: all rows are accepted, or some may be left out."""
    return not examination.report.rejected or partial


@seldom_collected()
def commit(
    session: Session,
    examination: Examination,
    kept: Kept,
    *,
    partial: bool = False,
    batch: ImportBatch | None = None,
) -> ImportBatch:
    """Write the accepted rows and the import's own row, in the session's transaction.

    When rows were refused and ``partial`` is not given, only the import's row is written: state
    *refused*. A file that changes nothing is applied too, and says so.

    Raises:
        Stale: a record changed since it was compared: examine again.
    """
    report, importer = examination.report, examination.importer
    applied = may_commit(examination, partial=partial)
    if applied and not importer.streams:
        turns.require_unchanged(session, importer, examination.entity_id, examination.ended)
    batch = fill_batch(session, examination, kept, batch)
    batch.state = ImportState.APPLIED if applied else ImportState.REFUSED
    batch.applied_at = clock.now() if applied else None
    session.flush()
    report.batch_id, report.applied, report.dry_run = batch.id, applied, False
    if not applied:
        return batch
    todo = [
        record
        for record in examination.reading.records
        if record.effect in (Effect.CREATED, Effect.UPDATED)
    ]
    batch.deeds = 0
    if todo:
        session.flush()
        start = mark(session)
        importer.write(session, examination.entity_id, todo)
        session.flush()
        entity_id = examination.entity_id
        batch.deeds = remember(session, importer, entity_id, batch.id, todo, start)
        session.flush()
    return batch


def fill_batch(
    session: Session, examination: Examination, kept: Kept, batch: ImportBatch | None
) -> ImportBatch:
    """The import's own row with what the examination found; made when there is none yet."""
    report, source, options = examination.report, examination.source, examination.options
    if batch is None:
        batch = ImportBatch(
            entity_id=examination.entity_id,
            kind=examination.importer.kind,
            label=source.label,
            digest=source.digest,
            size=source.size,
            media_type=source.media_type,
        )
        session.add(batch)
    recognition = examination.reading.recognition
    if recognition is not None:
        batch.shape = shape_of(recognition.headers)
    batch.options = options_text(options)
    batch.total, batch.created, batch.updated = report.total, report.created, report.updated
    batch.unchanged, batch.rejected = report.unchanged, report.rejected
    batch.report_digest = kept.report.digest
    batch.errors_digest = kept.errors.digest if kept.errors else None
    batch.errors_label = kept.errors.label if kept.errors else None
    batch.former_id = report.former_id
    return batch


def in_chunks(values: Any, size: int = _CHUNK) -> Any:
    """Lists of at most ``size`` values, for ``IN``."""
    found = list(values)
    for start in range(0, len(found), size):
        yield found[start : start + size]


def found_in(session: Session, statement: Any, column: Any, values: Any) -> Iterator[Any]:
    """The rows of a statement of which a column is one of many values."""
    for chunk in in_chunks(values):
        yield from session.execute(statement.where(column.in_(chunk)))


def by_id(session: Session, model: Any, ids: Any, *options: Any) -> dict[int, Any]:
    """The rows of a model by their ids, in few statements."""
    statement = select(model).options(*options)
    return {row.id: row for (row,) in found_in(session, statement, model.id, ids)}


def named_by(model: Any) -> str:
    """The column by which files name a record: its code, or its number.

    Raises:
        BadCard: it has neither.
    """
    found = next((name for name in ("code", "number") if hasattr(model, name)), "")
    if not found:
        raise BadCard(f"files name {model.__name__} by a code or a number, and it has neither")
    return found


def ids_by_code(session: Session, model: Any, entity_id: int, keys: set[str]) -> dict[str, int]:
    """Key of a code or number -> id, of the records of an authority that these keys name."""
    own = select(model.id, getattr(model, named_by(model))).where(model.entity_id == entity_id)
    if hasattr(model, "code_key"):  # many rows, with the key of their code beside it
        rows: Any = found_in(session, own, model.code_key, keys)
    else:  # a small table, compared whole
        rows = session.execute(own) if keys else ()
    return {code_key(code): key for key, code in rows}


def load_targets(session: Session, model: Any, records: list[Record]) -> dict[int, Any]:
    """The rows that records change, by id, in few statements.

    Raises:
        Stale: one is gone, or has another version than when it was compared.
    """
    versions = {r.record_id: r.version for r in records if r.effect is Effect.UPDATED}
    rows = by_id(session, model, versions)
    for key, version in versions.items():
        if key not in rows or (version is not None and rows[key].version != version):
            raise Stale(_("Une fiche a changé pendant l’import : recommencez."))
    return rows
