"""What the framework has searched beside its cards: files."""

from __future__ import annotations

from typing import Any

from base.basics.i18n import _, _l
from base.engine.search.declaration import searchable
from base.rules.modules.actions import open_tables
from base.store.models import Document


def _document(row: Document) -> tuple[str, str]:
    return row.label, _("Pièce jointe")


def _open_documents() -> list[Any]:
    """Files still there, of records whose page this person may open."""
    return [Document.removed_at.is_(None), Document.record.in_(open_tables())]


searchable(
    "do",
    Document,
    ("label",),
    page="DocumentView.download",
    title=_l("Pièces jointes"),
    icon="paperclip",
    order=90,
    shown=_document,
    limits=_open_documents,
)
