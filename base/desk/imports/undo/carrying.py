"""Undoing an import: all in one transaction, once, with a trail of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from base.basics import clock
from base.basics.errors import DomainError, NotFound
from base.basics.i18n import _, headed
from base.basics.sessions import Session
from base.desk.imports import turns
from base.desk.imports.declaration import importer_of
from base.desk.imports.undo.declaration import NAMED, Fate, Step, Undoer, undoer_of
from base.desk.imports.undo.looking import Outcome, look, why_not
from base.store.history import trail
from base.store.models.imports import ImportBatch, ImportRow, ImportState


def undo_import(session: Session, batch: ImportBatch) -> Outcome:
    """Take the import back: what it made is removed, what it changed is put back.

    What served or changed since is kept and named on the import's rows. Two people at once: the
    second waits, then is refused.

    Raises:
        DomainError: it is undone already, wrote nothing, or is of a kind that cannot be undone.
        NotFound: it is not there any more.
    """
    held = held_to_undo(session, batch)
    importer = importer_of(held.kind)
    turns.take(session, importer, held.entity_id)
    if importer.streams:
        values = importer.take_back(session, held.entity_id, held, dry_run=False)
        outcome = Outcome(values=values)
    else:
        outcome = look(session, held)
        _carry_out(session, held, outcome.steps)
    _write_fates(session, outcome.steps)
    held.state = ImportState.UNDONE
    held.undone_at = clock.now()
    held.undone_by = session.actor
    counts = {str(fate): count for fate, count in sorted(outcome.counts().items())}
    if outcome.values:
        counts["values"] = outcome.values
    trail.note(session, held, {"kind": "undo", "counts": counts})
    session.flush()
    return outcome


def held_to_undo(session: Session, batch: ImportBatch) -> ImportBatch:
    """The import, read anew and held until the transaction ends, when it can be taken back.

    Raises:
        DomainError: it cannot.
        NotFound: it is not there any more.
    """
    found: ImportBatch | None = session.scalars(
        select(ImportBatch)
        .where(ImportBatch.id == batch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound(_("Introuvable."))
    if reason := why_not(found):
        raise DomainError(reason)
    return found


def _carry_out(session: Session, batch: ImportBatch, steps: Sequence[Step]) -> None:
    """Put back, reverse, archive, remove; of each table those first that stand on others."""
    by_record: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_record[step.record].append(step)
    undoers = [found for record in by_record if (found := undoer_of(record)) is not None]
    undoers.sort(key=lambda undoer: -undoer.order)
    reason = _("Import n° %(number)d annulé", number=batch.id)
    entity_id = batch.entity_id
    for undoer in undoers:
        mine = by_record[undoer.record]
        _each(session, undoer, mine, (Fate.RESTORED, Fate.PARTLY), "put_back", entity_id)
    for undoer in undoers:
        mine = [s for s in by_record[undoer.record] if s.made and s.fate is Fate.REVERSED]
        if mine:
            undoer.reverse(session, entity_id, mine, reason)
    for undoer in undoers:
        mine = by_record[undoer.record]
        _each(session, undoer, mine, (Fate.ARCHIVED,), "archive", entity_id)
        _each(session, undoer, mine, (Fate.REMOVED,), "remove", entity_id)


def _each(
    session: Session,
    undoer: Undoer,
    steps: Sequence[Step],
    fates: Sequence[Fate],
    verb: str,
    entity_id: int,
) -> None:
    """Do all at once; what the database refuses, one by one, so that only that is kept."""
    mine = [step for step in steps if step.fate in fates]
    if not mine:
        return
    do = getattr(undoer, verb)
    try:
        with session.begin_nested():
            do(session, entity_id, mine)
    except (IntegrityError, DomainError):
        for step in mine:
            try:
                with session.begin_nested():
                    do(session, entity_id, [step])
            except IntegrityError:
                step.keep(_("une autre fiche s’en sert, ou a pris sa place"))
            except DomainError as refusal:
                step.keep(str(refusal).rstrip("."))


def _write_fates(session: Session, steps: Sequence[Step]) -> None:
    """Say on the import's rows what became of each record."""
    table: Any = ImportRow.__table__
    rows = [
        {
            "the_row": step.row_id,
            "fate": str(step.fate),
            "note": headed(step.label, ", ".join(step.reasons)) if step.fate in NAMED else None,
        }
        for step in steps
    ]
    if rows:
        session.core(
            update(table)
            .where(table.c.id == bindparam("the_row"))
            .values(fate=bindparam("fate"), note=bindparam("note")),
            rows,
        )
