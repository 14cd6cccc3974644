"""Readings by the common import: recognised by content, written in chunks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from base.i18n import _, _l
from base.imports import Importer, Record, Streamed
from energie.imports.readings import Outcome, Who, import_readings


class ReadingImporter(Importer):
    """Files of distributors: load curves, indexes, daily energies."""

    kind = "readings"
    title = _l("Relevés d’énergie")
    help = _l(
        "Courbes, index et puissances d’Enedis, exports de gaz de GRDF : le format est reconnu."
    )
    icon = "chart-line"
    record = "energie_series"
    sources = ("csv", "xlsx", "json", "xml")
    max_rows = 2_000_000
    #: Who may take a file back may give one.
    right = ("can_undo", "ReadingBatchView")
    streams = True

    def stream(
        self,
        session: Any,
        entity_id: int,
        path: Path,
        label: str,
        digest: str,
        *,
        dry_run: bool,
        partial: bool,
        progress: Callable[[float, str], None],
    ) -> Streamed:
        """Import the file in the name of the person of the session."""
        who = Who(entity_id, session.scope, session.actor)
        outcome = import_readings(
            path,
            label=label,
            digest=digest,
            who=who,
            dry_run=dry_run,
            partial=partial,
            progress=progress,
        )
        return Streamed(
            created=outcome.created,
            updated=outcome.updated,
            unchanged=outcome.unchanged,
            rejected=outcome.rejected,
            refused=[_refused(*reject) for reject in outcome.rejects],
            header=(_("Ligne"),),
            shape=outcome.format,
            notes=_notes(outcome),
        )


def _refused(line: int, text: str, reason: str) -> Record:
    record = Record(line, cells=(text,))
    record.refuse(reason)
    return record


def _notes(outcome: Outcome) -> list[str]:
    if outcome.points:
        return [_("Point %(p)s.", p=", ".join(outcome.points)), *outcome.notes]
    return list(outcome.notes)
