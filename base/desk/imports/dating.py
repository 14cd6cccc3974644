"""Days and instants of a file, held against the rule of facts before anything is compared."""

from __future__ import annotations

from collections.abc import Sequence

from base.basics import clock, facts
from base.basics.i18n import headed
from base.desk.imports.rows import Record
from base.papers.tables import Column
from base.store.models.imports import Effect


def refuse_dates(columns: Sequence[Column], records: Sequence[Record]) -> None:
    """Refuse rows with a fact after today, an end before its beginning, a year that cannot be.

    What a date is stands in its column's ``dated``. A row that has another fault is asked too, so
    that its author reads all of them at once, unless it is refused as a whole. One that says
    what is recorded is left alone, whatever that is.
    """
    asked = [facts.Dated.of(column.key, column.dated) for column in columns if column.dated]
    if not asked:
        return
    labels = {column.key: column.label for column in columns}
    today = clock.today()
    for record in records:
        if record.effect is Effect.UNCHANGED or any(f.key is None for f in record.faults):
            continue
        for key, why in facts.faults(asked, record.values, today=today).items():
            record.refuse(headed(labels[key], why), key)
