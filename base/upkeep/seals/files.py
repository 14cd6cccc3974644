"""The documents against the digests that rows promise."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from base.basics.formats import counted
from base.papers.files.store import Store
from base.store.models.documents import Document
from base.store.models.history import Event
from base.upkeep.backups.dumps import required_digests
from base.upkeep.seals.findings import Findings


def documents(app: Any, connection: Connection, findings: Findings) -> str:
    """Every file that a row names is there, byte for byte."""
    store = Store(app.settings.data_dir / "documents")
    wanted = sorted(required_digests(connection))
    for digest in wanted:
        if digest not in store:
            findings.add(
                "document_deleted",
                f"Le fichier {_named(connection, digest)} manque.",
                _entry(connection, digest),
            )
        elif not store.is_intact(digest):
            findings.add(
                "document_changed",
                f"Le fichier {_named(connection, digest)} n’est plus ce qu’il était.",
                _entry(connection, digest),
            )
    return counted(len(wanted), "fichier a été relu.", "fichiers ont été relus.")


def _named(connection: Connection, digest: str) -> str:
    row = connection.execute(
        select(Document.id, Document.label).where(Document.digest == digest).order_by(Document.id)
    ).first()
    return f"« {row.label} » (document n° {row.id}, {digest})" if row is not None else digest


def _entry(connection: Connection, digest: str) -> int | None:
    """The entry of the trail that says the document came."""
    found: int | None = connection.execute(
        select(Event.seq)
        .join(Document, Event.record_id == Document.id)
        .where(Event.record == Document.__tablename__, Event.op == "I", Document.digest == digest)
        .order_by(Event.seq)
        .limit(1)
    ).scalar_one_or_none()
    return found
