"""Files of readings: what each gave, what it left unsaid, and taking one back."""

from __future__ import annotations

from typing import Any

from flask import url_for

from base.basics.sessions import Session
from base.face.views import verb_pages
from base.face.views.card_views import CardView
from energie import queries
from energie.domain.code_words import format_in_words
from energie.models import BatchState, ReadingBatch
from energie.records import BATCH
from energie.views.offers import import_url


class ReadingBatchView(CardView, card=BATCH):
    """Files of readings that were received."""

    list_template = "energie/batches.html"
    show_template = "energie/batch.html"
    formatters = {"format": lambda row: format_in_words(row.format)}

    def import_url(self) -> str | None:
        """Where a file is given; none without the right."""
        return import_url("readings")

    def record_context(self, session: Session, row: ReadingBatch) -> dict[str, Any]:
        """The refused rows and whether the file may be taken back."""
        return {
            "rejects": queries.rejects_of(session, row.id, limit=50),
            "notes": row.notes.splitlines(),
            "forms": verb_pages.forms(self.endpoint, row),
        }

    def page_after(self, row: ReadingBatch, *, refused: bool = False) -> str:
        """The list, once an import is asked for: the row of the file gives way to the import’s."""
        if not refused and row.state == BatchState.TO_ATTACH:
            return url_for("ReadingBatchView.list")
        return super().page_after(row, refused=refused)
