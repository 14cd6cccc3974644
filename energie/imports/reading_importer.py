"""Readings by the common import: recognised by content, written in chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from base.basics.errors import DomainError
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.desk.imports import Guess, Importer, Options, Record, Streamed
from base.desk.imports.kept_options import options_from, remembered_options
from base.desk.imports.meaning import meaning_of
from base.desk.imports.reading import recognise_file, shape_of
from base.papers.files.store import current_store
from base.papers.tables import Column
from energie import queries
from energie.domain.blocks import Reject
from energie.domain.code_words import format_in_words
from energie.imports.attaching import Who
from energie.imports.plain_columns import COLUMNS, QUESTIONS
from energie.imports.preview import columns
from energie.imports.readings import Outcome, import_readings
from energie.imports.recognise import is_plain, read_file
from energie.imports.refusals import WithoutReadings
from energie.services.readings import undo_batch

#: Bytes up to which a file of no table is read to tell whether it holds readings.
MOST_GUESSED = 5 * 1024 * 1024
#: How sure it is that a file of a known kind that holds no reading was meant for this import.
KNOWN = 0.6


class ReadingImporter(Importer):
    """Files of distributors: load curves, indexes, daily energies."""

    kind = "readings"
    title = _l("Relevés d’énergie")
    help = _l(
        "Courbes, index et consommations d’Enedis, exports de gaz de GRDF : le format est "
        "reconnu. Tout autre tableau se lit par ses titres."
    )
    icon = "chart-line"
    record = "energie_series"
    sources = ("csv", "xlsx", "json", "xml", "gz", "xls")
    max_rows = 2_000_000
    #: Who may take a file back may give one.
    right = ("can_undo", "ReadingBatchView")
    streams = True
    telling = ("reference", "energy", "power", "volume", "index")
    questions = QUESTIONS

    def columns(self, session: Session, entity_id: int) -> Sequence[Column]:
        """The columns of a table of unknown make."""
        return COLUMNS

    def is_plain(self, path: Path) -> bool:
        """Whether the file is such a table, one row a reading."""
        return is_plain(path)

    def guess(self, session: Session, entity_id: int, path: Path, label: str) -> Guess | None:
        """A distributor's form is known for sure; any other table by its titles.

        Raises:
            DomainError: the file holds no reading in any form that is read.
        """
        if is_plain(path):
            return super().guess(session, entity_id, path, label)
        if path.stat().st_size > MOST_GUESSED:
            return Guess(0.5, (_("grand fichier, de la forme d’un export de distributeur"),))
        try:
            form = read_file(path, label).format
        except WithoutReadings as known:
            return Guess(KNOWN, (str(known),))
        return Guess(1.0, (_("relevés reconnus : %(form)s", form=format_in_words(form)),))

    def stream(
        self,
        session: Session,
        entity_id: int,
        path: Path,
        label: str,
        digest: str,
        *,
        dry_run: bool,
        partial: bool,
        progress: Callable[[float, str], None],
        options: Options,
    ) -> Streamed:
        """Import the file in the name of the person of the session."""
        who = Who(entity_id, session.scope, session.actor)
        if options.mapping is None and not options.answers and is_plain(path):
            options = self._remembered(session, entity_id, path, label, options)
        outcome = import_readings(
            path,
            label=label,
            digest=digest,
            who=who,
            dry_run=dry_run,
            partial=partial,
            progress=progress,
            options=options,
        )
        return Streamed(
            created=outcome.created,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            rejected=outcome.rejected,
            refused=[_refused(reject) for reject in outcome.rejects],
            header=tuple(outcome.header) or (_("Ligne"),),
            shape=format_in_words(outcome.format),
            notes=_notes(outcome),
            recognition=outcome.recognition,
            warnings=[(found.line, found.reason) for found in outcome.suspects],
            suspect=outcome.suspected,
            sample=outcome.sample,
            columns=columns() if outcome.sample else {},
            totals=list(outcome.totals),
        )

    def take_back(self, session: Session, entity_id: int, file: Any, *, dry_run: bool) -> int:
        """Take the file's readings back, by their own verb.

        Raises:
            DomainError: no reading of the file is in place, or a later file corrected one.
        """
        path = current_store().held(file.digest)
        options = options_from(file.options)
        known = COLUMNS if is_plain(path) else ()
        meaning = meaning_of(known, path, file.label, options)
        batch = queries.applied_batch(
            session, file.digest, entity_id=entity_id, meaning=meaning
        ) or queries.applied_batch(session, file.digest, entity_id=entity_id)
        if batch is None:
            raise DomainError(_("Les relevés de ce fichier ne sont plus en place."))
        if not dry_run:
            undo_batch(session, batch)
        return int(batch.inserted)

    def _remembered(
        self, session: Session, entity_id: int, path: Path, label: str, options: Options
    ) -> Options:
        """What was told of the last table of the same titles."""
        try:
            _table, found, _header = recognise_file(COLUMNS, path, label, options)
        except DomainError:  # the reading itself will say what is wrong
            return options
        kept = remembered_options(session, self, entity_id, shape_of(found.headers))
        return replace(kept, american=options.american)


def _refused(reject: Reject) -> Record:
    record = Record(reject.line, cells=reject.cells or (reject.text,))
    record.refuse(reject.reason, hint=reject.hint)
    return record


def _notes(outcome: Outcome) -> list[str]:
    if outcome.points:
        return [_("Point %(p)s.", p=", ".join(outcome.points)), *outcome.notes]
    return list(outcome.notes)
