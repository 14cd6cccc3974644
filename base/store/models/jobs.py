"""Background work: the row is the truth, Redis only rings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from base.basics import clock
from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.choice_columns import one_of
from base.store.database import Model
from base.store.mixins import column


class JobState(Choice):
    """Where a job stands."""

    QUEUED = "queued", _l("En attente"), "clock", "idle"
    RUNNING = "running", _l("En cours"), "player-play", "run"
    DONE = "done", _l("Terminé"), "check", "ok"
    #: Failed for good; shown to the administrator, may be re-run or closed with a reason.
    DEAD = "dead", _l("Échec"), "x", "late"
    CANCELLED = "cancelled", _l("Arrêté"), "player-stop", "idle"


#: States that nothing leaves by itself.
FINAL_STATES = (JobState.DONE, JobState.DEAD, JobState.CANCELLED)


class JobRun(Model):
    """One piece of background work, asked for in the transaction of what causes it."""

    __tablename__ = "base_job"
    __table_args__ = (
        one_of("state", JobState),
        CheckConstraint("progress between 0 and 100", name="progress"),
        UniqueConstraint("idempotency_key"),
        Index("ix_base_job_due", "state", "run_at"),
        Index("ix_base_job_entity", "entity_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: One of the declared kinds; nothing else is ever called.
    kind: Mapped[str] = column(String(80), label=_l("Type"))
    title: Mapped[str] = column(String(200), label=_l("Objet"))
    #: JSON: ids and plain values, never a secret.
    args: Mapped[str] = mapped_column(Text, default="{}")
    state: Mapped[str] = column(String(12), default=JobState.QUEUED, label=_l("État"))
    run_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = column(Integer, default=0, label=_l("Essais"))
    max_attempts: Mapped[int] = mapped_column(Integer, default=8)
    #: Rises at each claim: a worker that lost its lease cannot finish the work of the next one.
    fence: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = column(Text, label=_l("Dernière erreur"))
    #: Two requests with one key make one job.
    idempotency_key: Mapped[str | None] = mapped_column(String(160))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    #: Why an administrator put a dead job away.
    closed_reason: Mapped[str | None] = mapped_column(String(300))

    #: Percent.
    progress: Mapped[int] = column(Integer, default=0, label=_l("Avancement"))
    progress_text: Mapped[str] = column(String(200), default="", label=_l("Étape en cours"))
    #: JSON: what the job gives back; ``document_ids`` lists the files it made.
    result: Mapped[str] = column(Text, default="{}", label=_l("Résultat"))

    #: Empty for the work of the system, which only administrators see.
    entity_id: Mapped[int | None] = column(ForeignKey("base_entity.id"), label=_l("Entité"))
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    #: JSON list: the entities the person worked for when asking; never widened later.
    scope: Mapped[str] = mapped_column(Text, default="[]")
    created_at: Mapped[datetime] = column(default=clock.now, label=_l("Créé le"))
    started_at: Mapped[datetime | None] = column(label=_l("Commencé le"))
    finished_at: Mapped[datetime | None] = column(label=_l("Terminé le"))

    def __repr__(self) -> str:
        return self.title


class LogLevel(Choice):
    """What a line of a job's log is."""

    INFO = "info", _l("Information")
    #: A part of the work begins.
    STEP = "step", _l("Étape")
    WARNING = "warning", _l("Attention"), "alert-triangle", "run"
    ERROR = "error", _l("Échec"), "x", "late"


class JobLog(Model):
    """One line that a job wrote about itself."""

    __tablename__ = "base_job_log"
    __table_args__ = (one_of("level", LogLevel),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("base_job.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    level: Mapped[str] = mapped_column(String(8), default=LogLevel.INFO)
    text: Mapped[str] = mapped_column(String(500))


class Periodic(Model):
    """The last period for which a periodic task was asked; one row a task."""

    __tablename__ = "base_periodic"

    task: Mapped[str] = mapped_column(String(80), primary_key=True)
    last_period_at: Mapped[datetime]


class Process(Model):
    """A worker or scheduler that says it is alive."""

    __tablename__ = "base_process"

    #: Machine and process number.
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
