"""A file that a person gives: kept, its columns guessed, its trial made when there are none."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from base.basics.sessions import Session
from base.desk.imports import engine, work
from base.desk.imports.access import reader
from base.desk.imports.declaration import Importer
from base.desk.imports.kept_options import options_text, remembered_options
from base.desk.imports.reading import recognise_file, shape_of
from base.desk.imports.rows import Options
from base.face.attached.file_kinds import KINDS, accept_source
from base.papers.files.store import Stored, current_store
from base.papers.tables import sniff
from base.papers.tables.packed import head_of
from base.store.models.imports import ImportBatch, ImportState

#: Files whose columns a person tells apart.
TABLES = (KINDS["csv"].media_type, KINDS["xlsx"].media_type)


def keep(upload: Any, sources: Collection[str], limit: int) -> Stored:
    """Put an uploaded file in the store, as it came.

    Raises:
        FileRefused: it is of no kind that is taken, or too big.
    """
    upload.stream.seek(0)
    return accept_source(
        current_store(), upload.stream, upload.filename, kinds=sources, limit=limit
    )


class Looked(NamedTuple):
    """A file that was read for one kind, before anything is written."""

    importer: Importer
    entity_id: int
    stored: Stored
    options: Options
    #: A person tells its columns apart first.
    plain: bool
    examination: engine.Examination | None
    #: The report of the trial, in the store.
    kept: engine.Kept | None


def look_at(importer: Importer, entity_id: int, stored: Stored) -> Looked:
    """Read a file for one kind, which may last: nothing of the register is held meanwhile.

    Raises:
        DomainError: the file cannot be opened as what the kind takes.
    """
    store = current_store()
    source = engine.Source.of(store, stored)
    examination = None
    with reader() as session:
        columns = list(importer.columns(session, entity_id))
        plain = columns and _is_table(stored, source.path) and importer.is_plain(source.path)
        if plain:
            found = recognise_file(columns, source.path, stored.label, Options(), lenient=True)[1]
            shape = shape_of(found.headers)
            options = remembered_options(session, importer, entity_id, shape)
        else:
            # Nothing to tell apart: the trial comes at once.
            options = Options()
            if source.size <= work.SMALL_BYTES and not importer.streams:
                examination = engine.examine(session, importer, entity_id, source)
    kept = engine.keep_report(store, examination) if examination is not None else None
    return Looked(importer, entity_id, stored, options, bool(plain), examination, kept)


def receive(session: Session, looked: Looked, batch_id: int | None = None) -> ImportBatch:
    """The import of a file; ``batch_id`` names one that changes its kind."""
    batch = _row(session, looked, batch_id)
    if looked.examination is not None and looked.kept is not None:
        work.keep_trial(session, batch, looked.examination, looked.kept)
    elif not looked.plain:
        work.enqueue_import(session, batch, dry_run=True)
    return batch


def _is_table(stored: Stored, path: Path) -> bool:
    """Whether a file is a table, perhaps compressed.

    Raises:
        PackedRefused: it is compressed and damaged.
    """
    if stored.media_type == KINDS["gz"].media_type:
        return sniff(head_of(path)) == "csv"
    return stored.media_type in TABLES


def _row(session: Session, looked: Looked, batch_id: int | None) -> ImportBatch:
    importer, options = looked.importer, looked.options
    if batch_id is None:
        return work.receive(session, importer, looked.entity_id, looked.stored, options)
    batch: ImportBatch = session.get_one(ImportBatch, batch_id)
    batch.kind = importer.kind
    batch.options = options_text(options)
    batch.state = ImportState.RECEIVED
    batch.shape, batch.report_digest, batch.errors_digest = "", None, None
    session.flush()
    return batch


def next_step(batch: ImportBatch) -> str:
    """The page that follows: the columns of a table, else what the trial says."""
    return "columns" if batch.state == ImportState.RECEIVED else "show"
