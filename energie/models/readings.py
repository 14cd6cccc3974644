"""Series of readings, the files they came from, and what each local day used."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from base.basics import clock
from base.basics.i18n import _l
from base.store.choice import Choice
from base.store.choice_columns import one_of
from base.store.database import KWh, Model
from base.store.mixins import Scoped, Stamped, column, tracked
from energie.domain.kinds import Quantity, RegisterCode, Step, Unit
from energie.models.points import DeliveryPoint
from patrimoine.models.columns import of_same_entity


class Series(Scoped, Model):
    """Readings of one kind at one delivery point: a load curve, an index, daily energies."""

    __word__ = _l("Série de relevés")
    __tablename__ = "energie_series"
    __hangs_on__ = "point_id"
    __table_args__ = (
        of_same_entity("point_id", "energie_delivery_point"),
        UniqueConstraint("id", "entity_id"),
        UniqueConstraint("point_id", "quantity", "step", "unit", "register_code", "basis"),
        one_of("quantity", Quantity),
        one_of("step", Step),
        one_of("unit", Unit),
        CheckConstraint("basis IN ('', 'PCS', 'PCI')", name="basis"),
    )
    __choices__: ClassVar = {"register_code": RegisterCode}

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = tracked(label=_l("Point de livraison"))
    quantity: Mapped[str] = tracked(String(12), label=_l("Quantité"))
    step: Mapped[str] = tracked(String(10), label=_l("Pas"))
    unit: Mapped[str] = tracked(String(8), label=_l("Unité"))
    #: Dial of the meter; empty when the series is of the whole point.
    register_code: Mapped[str] = tracked(String(12), default="", label=_l("Cadran"))
    #: PCS or PCI for kWh of a fuel; empty otherwise.
    basis: Mapped[str] = tracked(String(3), default="", label=_l("Pouvoir calorifique (PCS, PCI)"))
    #: An index only grows: what counts is the difference.
    is_cumulative: Mapped[bool] = tracked(default=False, label=_l("Index"))

    point: Mapped[DeliveryPoint] = relationship(
        primaryjoin=lambda: foreign(Series.point_id) == remote(DeliveryPoint.id), viewonly=True
    )

    def __repr__(self) -> str:
        return " ".join(filter(None, (self.quantity, self.step, self.unit, self.register_code)))


#: Characters of the references that the row of a file keeps; of more points not all are named.
MOST_NAMED = 400


class BatchState(Choice):
    """How far a file of readings has come."""

    #: Its rows are being written and count in no sum.
    LOADING = "loading", _l("En cours"), "loader-2", "run"
    APPLIED = "applied", _l("En place"), "check", "ok"
    UNDONE = "undone", _l("Annulé"), "ban", "idle"
    #: Its delivery point is not in the register: it waits.
    TO_ATTACH = "to_attach", _l("À rattacher"), "link", "late"


class ReadingBatch(Scoped, Stamped, Model):
    """One file of readings."""

    __word__ = _l("Fichier de relevés")
    __tablename__ = "energie_reading_batch"
    __stands_alone__ = "a file of many points; its page tells what it gave"
    __table_args__ = (
        UniqueConstraint("id", "entity_id"),
        one_of("state", BatchState),
        Index("ix_energie_reading_batch_same", "entity_id", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = tracked(String(150), label=_l("Fichier"))
    #: SHA-256 of the file; the store keeps it.
    digest: Mapped[str] = tracked(String(64), label=_l("Empreinte SHA-256"))
    #: What was told of the file beside its bytes, as a digest; empty when nothing was.
    meaning: Mapped[str] = mapped_column(String(64), default="", server_default="")
    #: The same as the import keeps it, of a file that waits: it is read so once it is attached.
    options: Mapped[str] = mapped_column(Text, default="", server_default="")
    format: Mapped[str] = tracked(String(20), label=_l("Format"))
    state: Mapped[str] = tracked(String(12), default=BatchState.LOADING, label=_l("État"))
    #: References that the file names, separated by blanks, as far as they fit.
    reference_list: Mapped[str] = tracked(String(MOST_NAMED), default="", label=_l("Points"))
    received_at: Mapped[datetime] = column(default=clock.now, label=_l("Reçu le"))
    applied_at: Mapped[datetime | None] = column(label=_l("En place depuis"))
    #: Versions written, values found as they were, values replaced, rows refused, empty cells.
    inserted: Mapped[int] = tracked(default=0, label=_l("Valeurs écrites"))
    identical: Mapped[int] = tracked(default=0, label=_l("Valeurs déjà connues"))
    superseded: Mapped[int] = tracked(default=0, label=_l("Valeurs remplacées"))
    rejected: Mapped[int] = tracked(default=0, label=_l("Rejetées"))
    empties: Mapped[int] = column(default=0, label=_l("Valeurs vides"))
    #: Values taken as suspect: they count in no sum.
    suspected: Mapped[int] = column(default=0, server_default="0", label=_l("Valeurs suspectes"))
    #: Sentences on what the file left unsaid, one a line.
    notes: Mapped[str] = column(Text, default="", label=_l("Notes"))

    def __repr__(self) -> str:
        return self.label


class ReadingReject(Model):
    """A row of a file that was not taken, and why."""

    __tablename__ = "energie_reading_reject"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("energie_reading_batch.id"), index=True)
    line: Mapped[int]
    text: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))


#: PostgreSQL asks the parent once for each row: there, triggers ask once for each statement
#: (migration ``energie_0003``).
ONLY_ON_SQLITE = {"only_on": "sqlite"}


class Reading(Model):
    """One value of a series: narrow, for there are millions.

    ``start_at`` is the one instant kept as UTC seconds, for size and speed: the start of the
    interval, or the instant of an index. ``value_milli`` is in thousandths of the unit.
    """

    __tablename__ = "energie_reading"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: Mapped[int] = mapped_column(
        ForeignKey("energie_series.id", info=ONLY_ON_SQLITE), primary_key=True
    )
    start_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value_milli: Mapped[int]
    #: ``domain.quality.Quality``.
    quality: Mapped[int] = mapped_column(SmallInteger)
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("energie_reading_batch.id", info=ONLY_ON_SQLITE)
    )
    #: End of the interval in UTC seconds, for intervals of unequal length only.
    end_at: Mapped[int | None]


class ReadingHistory(Model):
    """A value that another took the place of: nothing measured is erased."""

    __tablename__ = "energie_reading_history"
    __table_args__ = (Index("ix_energie_reading_history_key", "series_id", "start_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("energie_series.id", info=ONLY_ON_SQLITE))
    start_at: Mapped[int]
    value_milli: Mapped[int]
    quality: Mapped[int] = mapped_column(SmallInteger)
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("energie_reading_batch.id", info=ONLY_ON_SQLITE)
    )
    superseded_by_id: Mapped[int] = mapped_column(
        ForeignKey("energie_reading_batch.id", info=ONLY_ON_SQLITE), index=True
    )
    #: UTC seconds, as in the reading.
    superseded_at: Mapped[int]
    end_at: Mapped[int | None]


class DailyUse(Scoped, Model):
    """What a series says of one local day; months and years are sums of it."""

    __tablename__ = "energie_daily_use"
    __table_args__ = (
        UniqueConstraint("series_id", "day_on"),
        of_same_entity("series_id", "energie_series"),
        CheckConstraint("received >= 0 AND expected >= 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int]
    #: The day where the point is.
    day_on: Mapped[date]
    #: kWh for an energy or a power, m³ or litres for a volume.
    value: Mapped[KWh]
    expected: Mapped[int]
    received: Mapped[int]
    #: Points that were measured, not estimated, spread or rebuilt.
    measured: Mapped[int]
    #: Lowest and highest point in the unit of the series, and the lowest from 2 to 5 at night.
    low_milli: Mapped[int | None]
    high_milli: Mapped[int | None]
    night_low_milli: Mapped[int | None]
    #: The worst quality that counts in the day; unknown for days summed before it was kept.
    quality: Mapped[int | None] = mapped_column(SmallInteger)


class PointDay(Scoped, Model):
    """What a point used on one local day: the one figure that every screen and sum takes.

    Chosen among the days of its series (``domain.days_of_points``), so that none counts twice.
    """

    __tablename__ = "energie_point_day"
    __table_args__ = (
        UniqueConstraint("point_id", "day_on"),
        of_same_entity("point_id", "energie_delivery_point"),
        of_same_entity("series_id", "energie_series"),
        one_of("unit", Unit),
        CheckConstraint("received >= 0 AND expected > 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int]
    #: The day where the point is.
    day_on: Mapped[date]
    #: kWh, m³ or litres, as ``unit`` says.
    value: Mapped[KWh]
    unit: Mapped[str] = mapped_column(String(8))
    expected: Mapped[int]
    received: Mapped[int]
    #: Points that were measured, not estimated, spread or rebuilt.
    measured: Mapped[int]
    #: The worst quality that counts in the day.
    quality: Mapped[int] = mapped_column(SmallInteger)
    #: The series that tells the day; none when several were put together.
    series_id: Mapped[int | None]
