"""Imports: one row a file, and one for each record it made or changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, tracked


class ImportState(Choice):
    """How far an import has come."""

    #: Received; its columns wait to be told apart.
    RECEIVED = "received", _l("Colonnes à associer"), "columns-3", "idle"
    #: Tried: what it would do is known, nothing is written.
    TRIED = "tried", _l("Essayé, rien n’est écrit"), "eye", "plan"
    #: Handed to a background job.
    RUNNING = "running", _l("En cours"), "player-play", "run", _l("Import en cours")
    #: Written.
    APPLIED = "applied", _l("Importé"), "check", "ok", _l("Import terminé")
    #: Not written, for some rows were refused.
    REFUSED = "refused", _l("Refusé, rien n’est écrit"), "x", "late", _l("Rien n’a été importé")
    #: Written, then taken back.
    UNDONE = "undone", _l("Annulé"), "arrow-back-up", "idle", _l("Import annulé")

    #: What the page of such an import is called.
    heading: Any

    def tell(self, word: Any, icon: str = "", tone: str = "", heading: Any = None, /) -> None:
        """As every choice, and the heading of the page."""
        super().tell(word, icon, tone)
        self.heading = _l("Vérifier avant d’importer") if heading is None else heading


#: States of a file that was given and that nobody has finished with.
WAITING = (ImportState.RECEIVED, ImportState.TRIED)


class ImportBatch(Scoped, Stamped, Model):
    """One file given to one importer for one authority."""

    __word__ = _l("Import")
    __tablename__ = "base_import_batch"
    __stands_alone__ = "a file of many records; each tells its own creation"
    __table_args__ = (
        one_of("state", ImportState),
        Index("ix_base_import_batch_same", "entity_id", "kind", "digest"),
        Index("ix_base_import_batch_shape", "entity_id", "kind", "shape"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Name of the importer: "assets".
    kind: Mapped[str] = tracked(String(40), label=_l("Contenu"))
    #: The file as its author calls it.
    label: Mapped[str] = tracked(String(150), label=_l("Fichier"))
    #: SHA-256 of the file, which the store keeps.
    digest: Mapped[str] = tracked(String(64), info={"stored": True}, label=_l("Empreinte"))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = tracked(String(12), default=ImportState.RECEIVED, label=_l("État"))
    #: Digest of the header line: files of one shape share their mapping.
    shape: Mapped[str] = mapped_column(String(64), default="")
    #: JSON: what the person chose: {"mapping": {header: key}, "american": false}.
    options: Mapped[str] = mapped_column(Text, default="{}")
    total: Mapped[int] = tracked(Integer, default=0, label=_l("Lignes"))
    created: Mapped[int] = tracked(Integer, default=0, label=_l("Créées"))
    updated: Mapped[int] = tracked(Integer, default=0, label=_l("Modifiées"))
    unchanged: Mapped[int] = tracked(Integer, default=0, label=_l("Inchangées"))
    rejected: Mapped[int] = tracked(Integer, default=0, label=_l("Rejetées"))
    #: The report as JSON, in the store.
    report_digest: Mapped[str | None] = mapped_column(String(64), info={"stored": True})
    #: The refused rows with their reasons, in the store.
    errors_digest: Mapped[str | None] = mapped_column(String(64), info={"stored": True})
    errors_label: Mapped[str | None] = mapped_column(String(150))
    #: The last import of the same file that was applied.
    former_id: Mapped[int | None] = mapped_column(ForeignKey("base_import_batch.id"))
    #: The background job that applies it.
    job_id: Mapped[int | None]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    #: Who took it back, as the trail names people: "user:12", "cli".
    undone_by: Mapped[str | None] = mapped_column(String(80))
    #: The background job that takes it back.
    undo_job_id: Mapped[int | None]
    #: How many rows remember what it did; empty when it was written before that was kept.
    deeds: Mapped[int | None]

    former: Mapped[ImportBatch | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return self.label


class Effect(Choice):
    """What one row of a file does."""

    CREATED = "created", _l("Créé"), "plus", "ok"
    UPDATED = "updated", _l("Modifié"), "pencil", "plan"
    UNCHANGED = "unchanged", _l("Inchangé"), "equal", "idle"
    REJECTED = "rejected", _l("Rejeté"), "x", "late"


class ImportRow(Scoped, Model):
    """What one row of a file did to one record: what undoing it needs."""

    __tablename__ = "base_import_row"
    __table_args__ = (
        one_of("effect", (Effect.CREATED, Effect.UPDATED)),
        Index("ix_base_import_row_record", "record", "record_id"),
        Index("ix_base_import_row_fate", "batch_id", "fate", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("base_import_batch.id"), index=True)
    #: The row as a spreadsheet numbers it; 0 for a record made along the way.
    number: Mapped[int]
    effect: Mapped[str] = mapped_column(String(8))
    #: Root table of the record's class.
    record: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    #: JSON: {"attribute": [before, after]} of a change; of a record that was made, what the
    #: trail does not say.
    changes: Mapped[str] = mapped_column(Text)
    #: What undoing did to the record, on its first row; empty before.
    fate: Mapped[str | None] = mapped_column(String(10))
    #: Why it was kept, or some of it, in words.
    note: Mapped[str | None] = mapped_column(Text)
