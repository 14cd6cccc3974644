"""Trying and applying an import that a person follows on screen or by the API.

Small files are done in the request, big ones by a background job; the steps are the same.
"""

from __future__ import annotations

import json
from typing import Any

from base.basics.errors import DomainError, NotFound
from base.basics.i18n import SOURCE, _, _l, headed, kept, language, speaking
from base.basics.sessions import Session
from base.desk.imports.declaration import Importer, importer_of
from base.desk.imports.engine import (
    Examination,
    Kept,
    Source,
    commit,
    examine,
    fill_batch,
    keep_report,
)
from base.desk.imports.kept_options import options_from, options_text
from base.desk.imports.report import Report
from base.desk.imports.rows import Options, Stale
from base.desk.imports.undo import held_to_undo, look, undo_import, why_not
from base.desk.imports.ways import Reader, reader, told_to
from base.engine.jobs import enqueue, job
from base.papers.files.exports import XLSX
from base.papers.files.store import Store, Stored, current_store
from base.store.models.imports import ImportBatch, ImportState
from base.store.models.jobs import FINAL_STATES, JobRun

#: Bytes up to which a request does the work itself.
SMALL_BYTES = 1024 * 1024
#: Records up to which a request takes an import back itself.
QUICK_DEEDS = 500


#: Arguments, what was found (nothing when the file cannot be read), and its report.
Prepared = tuple[dict[str, Any], Examination | None, Kept]


class TryAgain(Exception):
    """A record changed under the job: another try compares anew."""


def receive(
    session: Session, importer: Importer, entity_id: int, stored: Stored, options: Options
) -> ImportBatch:
    """The row of a file that was received."""
    batch = ImportBatch(
        entity_id=entity_id,
        kind=importer.kind,
        label=stored.label,
        digest=stored.digest,
        size=stored.size,
        media_type=stored.media_type,
        state=ImportState.RECEIVED,
        options=options_text(options),
    )
    session.add(batch)
    session.flush()
    return batch


def options_of(batch: ImportBatch) -> Options:
    """The choices that a row keeps."""
    return options_from(batch.options)


def stored_of(batch: ImportBatch) -> Stored:
    """The file of an import, in the store."""
    return Stored(batch.digest, batch.size, batch.media_type, batch.label)


def source_of(batch: ImportBatch) -> Source:
    """The file of an import, to be read.

    Raises:
        FileMissing: the store does not hold it.
    """
    return Source.of(current_store(), stored_of(batch))


def refused_rows(batch: ImportBatch) -> Stored:
    """The file of the rows that were refused, with their reasons.

    Raises:
        NotFound: none was.
    """
    if batch.errors_digest is None:
        raise NotFound(_("Aucune ligne n’a été rejetée."))
    label = batch.errors_label or "erreurs.csv"
    media_type = XLSX if label.endswith(".xlsx") else "text/csv"
    return Stored(batch.errors_digest, 0, media_type, label)


def examine_batch(
    session: Session,
    batch: ImportBatch,
    store: Store,
    *,
    dry_run: bool,
    partial: bool = False,
    options: Options | None = None,
    progress: Any = None,
) -> tuple[Examination, Kept]:
    """Read and compare the file of an import, and put the report in the store.

    Raises:
        InvalidInput: the file as a whole cannot be read.
    """
    examination = examine(
        session,
        importer_of(batch.kind),
        batch.entity_id,
        Source.of(store, stored_of(batch)),
        options or options_of(batch),
        dry_run=dry_run,
        partial=partial,
        progress=progress,
    )
    return examination, keep_report(store, examination)


def keep_trial(session: Session, batch: ImportBatch, examination: Examination, kept: Kept) -> None:
    """Write the result of a trial on the import's row."""
    fill_batch(session, examination, kept, batch)
    batch.state = ImportState.TRIED
    session.flush()


def report_of_batch(batch: ImportBatch) -> Report | None:
    """The report that an import's row keeps.

    Raises:
        FileMissing: the store does not hold it.
    """
    if batch.report_digest is None:
        return None
    lost = _(
        "Le compte rendu de cet import manque dans la réserve : l’administrateur peut "
        "le reprendre d’une sauvegarde."
    )
    path = current_store().held(batch.report_digest, lost)
    report = Report.from_json(json.loads(path.read_bytes()))
    report.batch_id = batch.id
    report.applied = batch.state == ImportState.APPLIED
    report.dry_run = batch.state in (ImportState.TRIED, ImportState.RUNNING)
    return report


def is_small(batch: ImportBatch) -> bool:
    """Whether a request may do the work itself."""
    return batch.size <= SMALL_BYTES and not importer_of(batch.kind).streams


def enqueue_import(
    session: Session, batch: ImportBatch, *, dry_run: bool, partial: bool = False
) -> Any:
    """Hand an import to the workers; its row says so."""
    found = enqueue(
        session,
        ImportJob,
        # What is said of each row is for the person who asks.
        {
            "batch_id": batch.id,
            "dry_run": dry_run,
            "partial": partial,
            "language": language(),
            "reader": reader(),
        },
        title=kept(lambda: headed(importer_of(batch.kind).title, batch.label)),
        entity_id=batch.entity_id,
    )
    batch.state = ImportState.RUNNING
    batch.job_id = found.id
    session.flush()
    return found


@job("import", title=_l("Import"), max_attempts=4)
class ImportJob:
    """Try or apply one import in the name of the person who asked."""

    def prepare(self, args: dict[str, Any], ctx: Any) -> Prepared:
        """Read and compare, with no transaction open; a file that cannot be read is an answer."""

        def progress(share: float, words: str) -> None:
            ctx.progress(share * 100, text=words)

        store = current_store()
        to = told_to(Reader(args.get("reader", Reader.SCREEN)))
        with ctx.read() as session, speaking(args.get("language", SOURCE)), to:
            batch = session.get_one(ImportBatch, args["batch_id"])
            try:
                examination, kept = examine_batch(
                    session,
                    batch,
                    store,
                    dry_run=args["dry_run"],
                    partial=args["partial"],
                    progress=progress,
                )
            except (Stale, NotFound):
                raise
            except DomainError as refusal:  # the whole file: its report keeps the sentence
                return args, None, _unreadable(store, batch, str(refusal))
        return args, examination, kept

    def apply(self, session: Session, prepared: Prepared, ctx: Any) -> None:
        """Write the trial, or the rows, in the transaction that ends the job."""
        args, examination, kept = prepared
        batch = session.get_one(ImportBatch, args["batch_id"])
        if examination is None:
            batch.state = ImportState.REFUSED
            batch.report_digest = kept.report.digest
            return
        if args["dry_run"]:
            keep_trial(session, batch, examination, kept)
        else:
            try:
                commit(session, examination, kept, partial=args["partial"], batch=batch)
            except Stale as fault:
                raise TryAgain(str(fault)) from fault
        ctx.result.update(examination.report.summary() | {"errors": []})

    def follow(self, session: Session, args: dict[str, Any], state: Any, sentence: str) -> None:
        """The import ends with a job that ended without effect; it waits again with one that does.

        Nothing was written: the rows of a file are, all or none, in the transaction of the job's
        end; what a file of readings had written so far is taken back (``take_back_cut_imports``).
        """
        batch = session.get(ImportBatch, args["batch_id"])
        if batch is None or batch.state not in (ImportState.RUNNING, ImportState.REFUSED):
            return
        if state not in FINAL_STATES:
            batch.state = ImportState.RUNNING
        elif batch.state == ImportState.RUNNING:
            batch.state = ImportState.REFUSED
            batch.report_digest = _unreadable(current_store(), batch, sentence).report.digest
        session.flush()


def is_quickly_undone(batch: ImportBatch) -> bool:
    """Whether a request may take the import back itself."""
    return (batch.deeds or 0) <= QUICK_DEEDS and not importer_of(batch.kind).streams


def enqueue_undo(session: Session, batch: ImportBatch) -> Any:
    """Hand the undoing of an import to the workers; its row says so.

    Raises:
        DomainError: it cannot be undone, or is being undone already.
    """
    held = held_to_undo(session, batch)
    before = session.get(JobRun, held.undo_job_id) if held.undo_job_id is not None else None
    if before is not None and before.state not in FINAL_STATES:
        raise DomainError(_("Cet import est déjà en cours d’annulation."))
    found = enqueue(
        session,
        UndoJob,
        {"batch_id": held.id},
        title=kept(lambda: _("Annulation : %(file)s", file=held.label)),
        entity_id=held.entity_id,
    )
    held.undo_job_id = found.id
    session.flush()
    return found


@job("import-undo", title=_l("Annulation d’un import"), max_attempts=4)
class UndoJob:
    """Take one import back in the name of the person who asked, in one transaction."""

    def prepare(self, args: dict[str, Any], ctx: Any) -> dict[str, Any]:
        """Look without holding anything: what cannot be undone is refused before the writing."""
        ctx.progress(5, text=_("Examen de chaque fiche"))
        with ctx.read() as session:
            batch = session.get_one(ImportBatch, args["batch_id"])
            if not why_not(batch):
                look(session, batch)
        ctx.progress(50, text=_("Remise en place"))
        return args

    def apply(self, session: Session, prepared: dict[str, Any], ctx: Any) -> None:
        """Undo in the transaction that ends the job; done already, there is nothing to do."""
        batch = session.get_one(ImportBatch, prepared["batch_id"])
        if batch.state == ImportState.UNDONE:
            return
        outcome = undo_import(session, batch)
        ctx.result.update(
            {
                key: value
                for key, value in outcome.summary(batch.id, dry_run=False).items()
                if key != "kept_rows"
            }
        )


def _unreadable(store: Store, batch: ImportBatch, sentence: str) -> Kept:
    """The report of a file that could not be read at all."""
    report = Report(
        kind=batch.kind, file=batch.label, dry_run=False, applied=False, hints=[sentence]
    )
    data = json.dumps(report.as_json(), ensure_ascii=False).encode()
    return Kept(store.put(data, media_type="application/json", label="rapport.json"), None)
