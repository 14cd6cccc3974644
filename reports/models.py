"""Runs of reports: what was asked, on which data, and the document that came out."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.basics import facts
from base.basics.i18n import _l
from base.papers.reporting.render import FORMATS
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, column, tracked
from base.store.models.documents import Document
from base.store.models.jobs import JobRun
from reports import domain
from reports.domain import RunState


class ReportRun(Scoped, Stamped, Model):
    """One request for a report.

    A run on data that have not changed since an earlier run of the same question gives the
    document of that run: ``same_as`` leads to it.
    """

    __word__ = _l("Rapport")
    __tablename__ = "reports_report_run"
    __stands_alone__ = "a question on many records; the evidence file adds its own"
    __table_args__ = (
        UniqueConstraint("entity_id", "number"),
        UniqueConstraint("verification_code"),
        one_of("format", FORMATS),
        CheckConstraint("(document_id is null) = (finished_at is null)", name="finished"),
        CheckConstraint("same_as_id is null or same_as_id <> id", name="not_itself"),
        Index("ix_reports_report_run_question", "question", "id"),
        Index("ix_reports_report_run_list", "entity_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Printed on the document: "RAP-2026-00412".
    number: Mapped[str] = tracked(String(20), info={"series": "RAP"}, label=_l("N°"))
    #: Code of the report in the catalogue.
    code: Mapped[str] = tracked(String(40), label=_l("Rapport"))
    format: Mapped[str] = tracked(String(4), label=_l("Format"))
    #: Canonical JSON of the parameters as read, defaults included.
    params: Mapped[str] = tracked(Text, default="{}", label=_l("Paramètres"))
    #: Name of who asked, as printed.
    asked_by: Mapped[str] = column(String(120), default="", label=_l("Demandé par"))
    requested_at: Mapped[datetime] = tracked(info=facts.stamp(), label=_l("Demandé le"))
    #: What /verifier/ finds the run by: sixteen digits that only the document bears.
    verification_code: Mapped[str] = mapped_column(String(16))

    #: Number and instant of the last event of the trail that the data can show; empty while the
    #: run is not finished, or when nothing had ever been written.
    cut_seq: Mapped[int | None] = tracked(label=_l("Arrêté à l’entrée"))
    cut_at: Mapped[datetime | None] = tracked(info=facts.stamp(), label=_l("Arrêté le"))
    #: Digest of code, format, parameters, scope and cut.
    question: Mapped[str | None] = mapped_column(String(64))
    #: SHA-256 of what the report says, whatever its format.
    content_digest: Mapped[str | None] = tracked(String(64), label=_l("Empreinte du contenu"))
    #: SHA-256 of the file.
    file_digest: Mapped[str | None] = tracked(String(64), label=_l("Empreinte du fichier"))
    document_id: Mapped[int | None] = column(ForeignKey("base_document.id"), label=_l("Document"))
    finished_at: Mapped[datetime | None] = tracked(info=facts.stamp(), label=_l("Terminé le"))
    #: The earlier run whose document this one gives.
    same_as_id: Mapped[int | None] = tracked(
        ForeignKey("reports_report_run.id"), label=_l("Même document que")
    )
    job_id: Mapped[int | None] = mapped_column(ForeignKey("base_job.id"))

    document: Mapped[Document | None] = relationship()
    same_as: Mapped[ReportRun | None] = relationship(remote_side=[id])
    job: Mapped[JobRun | None] = relationship()

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        if self.finished_at is not None:
            return RunState.DONE
        if self.job is None:
            return RunState.RUNNING
        state = domain.STATE_OF_JOB[self.job.state]
        return RunState.RUNNING if state is RunState.DONE else state

    @property
    def progress(self) -> int:
        """Percent."""
        if self.finished_at is not None:
            return 100
        return self.job.progress if self.job is not None else 0

    @property
    def values(self) -> dict[str, str]:
        """The parameters, by name."""
        read: dict[str, str] = json.loads(self.params)
        return read

    @property
    def printed(self) -> ReportRun:
        """The run whose number and code stand on the document."""
        return self.same_as or self

    def __repr__(self) -> str:
        return self.number
