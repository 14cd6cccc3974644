"""Days from rows that are longer or shorter than a day: indexes, and periods of any length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update

from base.basics.sessions import Session
from energie.domain import indexes, judging, plausible
from energie.domain.blocks import Block
from energie.domain.days import day_bounds, day_row, day_start, local_day
from energie.domain.kinds import EnergyKind, RegisterCode, Unit
from energie.domain.quality import DOUBT, LAST_COUNTED, Quality, doubted, settled
from energie.domain.shares import largest_remainder
from energie.models import BatchState, DeliveryPoint, Meter, Reading, ReadingBatch, Register, Series

_THOUSANDTH = Decimal("0.001")
#: A dial in Wh comes back to zero three figures earlier when counted in kWh.
_FIGURES = {(Unit.WH, Unit.KWH): -3, (Unit.KWH, Unit.WH): 3}


#: Codes of a dial that counts all that was used.
_WHOLE = ("", RegisterCode.TOTAL, RegisterCode.BASE)


def is_whole_dial(series: Series) -> bool:
    """Whether a series reads a dial that counts all, not what a time class took."""
    return series.is_cumulative and series.register_code in _WHOLE


class _Row(NamedTuple):
    start: int
    value: Decimal
    quality: int
    end: int | None


class _Dial(NamedTuple):
    """A meter of the point in its time, with the dial that the series reads."""

    since: int
    digits: int
    coefficient: Decimal
    install_index: Decimal | None
    removal_index: Decimal | None


def _rows(session: Session, series: Series) -> list[_Row]:
    """The rows that count or are doubted, by start; those still being written are left out."""
    table, batch = Reading.__table__, ReadingBatch.__table__
    loading = select(batch.c.id).where(batch.c.state == BatchState.LOADING)
    found = session.core(
        select(table.c.start_at, table.c.value_milli, table.c.quality, table.c.end_at)
        .where(
            table.c.series_id == series.id,
            or_(table.c.quality <= LAST_COUNTED, table.c.quality > DOUBT),
            table.c.batch_id.not_in(loading),
        )
        .order_by(table.c.start_at)
    )
    return [_Row(start, Decimal(milli).scaleb(-3), q, end) for start, milli, q, end in found]


def _dials(session: Session, series: Series, point: DeliveryPoint) -> list[_Dial]:
    return _dials_of(session, series.register_code, Unit(series.unit), point)


def _dials_of(session: Session, code: str, unit: Unit, point: DeliveryPoint) -> list[_Dial]:
    """The meters of a point in the order they came, as far as they are known.

    What a dial showed when it came and went is of the whole dial, and in its own unit.
    """
    meter, register = Meter.__table__, Register.__table__
    wanted, is_whole = code or str(RegisterCode.TOTAL), code in _WHOLE
    rows = session.core(
        select(
            meter.c.id,
            meter.c.installed_on,
            meter.c.install_index,
            meter.c.removal_index,
            register.c.code,
            register.c.unit,
            register.c.digits,
            register.c.coefficient,
        )
        .join(register, register.c.meter_id == meter.c.id)
        .where(
            meter.c.point_id == point.id,
            register.c.code.in_([wanted, str(RegisterCode.TOTAL)]),
        )
        .order_by(meter.c.installed_on.nulls_first(), meter.c.id)
    ).all()
    # The dial of the class when the meter has it, else its one dial.
    chosen: dict[int, Any] = {}
    for row in rows:
        if row.id not in chosen or row.code == wanted:
            chosen[row.id] = row
    found = []
    for row in chosen.values():
        figures = _FIGURES.get((Unit(row.unit), unit), 0)
        shown = (row.install_index, row.removal_index) if is_whole else (None, None)
        found.append(
            _Dial(
                day_start(row.installed_on, point.timezone) if row.installed_on else 0,
                row.digits + figures,
                row.coefficient,
                *(None if index is None else index.scaleb(figures) for index in shown),
            )
        )
    return found


def _at(dials: Sequence[_Dial], start: int) -> int:
    """Which meter an index was read on: the index of the midnight before an exchange is the old."""
    later = [n for n, dial in enumerate(dials) if dial.since < start]
    return later[-1] if later else 0


def _use(dials: Sequence[_Dial], first: _Row, second: _Row, limits: indexes.Limits) -> indexes.Use:
    """What was used between two indexes, on one meter or across its replacement."""
    one, other = _at(dials, first.start), _at(dials, second.start)
    if one == other:
        dial = dials[one]
        return indexes.between(
            first.value,
            second.value,
            digits=dial.digits,
            coefficient=dial.coefficient,
            limits=limits,
        )
    old, new = dials[one], dials[other]
    if other - one > 1:  # a meter came and went with no reading of it
        return indexes.Use(None, fault=indexes.Fault.UNKNOWN_GAP, quality=Quality.SUSPECT)
    return indexes.across_replacement(
        last_reading=first.value,
        removal_index=old.removal_index,
        install_index=new.install_index,
        reading=second.value,
        old_digits=old.digits,
        new_digits=new.digits,
        old_coefficient=old.coefficient,
        new_coefficient=new.coefficient,
    )[2]


class IndexDoubt(NamedTuple):
    """A reading in doubt: its start, its value, the believed one before it, and what it did."""

    start: int
    value: Decimal
    before: int
    value_before: Decimal
    fault: indexes.Fault


def _judged(
    dials: Sequence[_Dial], rows: Sequence[_Row], series: Series | Block, point: DeliveryPoint
) -> judging.Judged:
    kind, unit = EnergyKind(point.energy_kind), Unit(series.unit)

    def between(first: int, second: int, limits: indexes.Limits) -> indexes.Use:
        return _use(dials, rows[first], rows[second], limits)

    def largest_gain(seconds: int) -> Decimal | None:
        return plausible.largest_gain(kind, unit, seconds, point.subscribed_kva)

    return judging.judge(
        [judging.Dated(row.start, row.value) for row in rows],
        between,
        largest_gain=largest_gain,
        subscribed_kva=point.subscribed_kva if unit in (Unit.KWH, Unit.WH) else None,
    )


def index_days(session: Session, series: Series, point: DeliveryPoint) -> list[dict[str, Any]]:
    """The days between index readings, each interval spread over its days to the thousandth.

    A drop that is no plausible rollover, or a jump beyond what the point can take, leaves its
    interval without consumption and the second reading in doubt (``domain.judging``). Doubts
    are found anew each time: one whose cause is gone is lifted.
    """
    rows = _rows(session, series)
    dials = _dials(session, series, point) or [_Dial(0, 9, Decimal(1), None, None)]
    judged = _judged(dials, rows, series, point)
    totals: dict[date, _Sums] = {}
    for first, second, use in judged.intervals:
        one, other = rows[first], rows[second]
        best = max(settled(one.quality), settled(other.quality))
        if use.consumption is not None:
            _spread(totals, one.start, other.start, use.consumption, best, point.timezone)
    _mark(session, series, rows, {rows[doubt.place].start for doubt in judged.doubts})
    return _days(totals, point.timezone)


def index_doubts(
    session: Session,
    series: Series | Block,
    point: DeliveryPoint,
    *,
    series_id: int | None = None,
    more: Mapping[int, tuple[int, int]] | None = None,
) -> list[IndexDoubt]:
    """The readings of an index that are in doubt, or would be with ``more`` rows.

    ``more`` is start → value in thousandths and quality, of a file that is not written yet.
    ``series_id`` names the series of a block that has one.
    """
    known = {}
    if isinstance(series, Series) or series_id is not None:
        found = series if isinstance(series, Series) else session.get_one(Series, series_id)
        known = {row.start: row for row in _rows(session, found)}
    for start, (milli, quality) in (more or {}).items():
        if quality <= LAST_COUNTED:
            known[start] = _Row(start, Decimal(milli).scaleb(-3), quality, None)
        else:
            known.pop(start, None)
    rows = [known[start] for start in sorted(known)]
    code = series.register_code if isinstance(series, Series) else str(series.register or "")
    dials = _dials_of(session, code, Unit(series.unit), point) or [
        _Dial(0, 9, Decimal(1), None, None)
    ]
    judged = _judged(dials, rows, series, point)
    return [_doubt_of(rows, found) for found in judged.doubts]


def _doubt_of(rows: Sequence[_Row], found: judging.Doubt) -> IndexDoubt:
    row, before = rows[found.place], rows[found.before]
    return IndexDoubt(row.start, row.value, before.start, before.value, found.fault)


def exchange_doubt(
    session: Session, series: Series, point: DeliveryPoint, begin: int, doubted: Set[int]
) -> IndexDoubt | None:
    """What contradicts a meter that the register has since the instant ``begin``, or None.

    The first doubt from there on. At ``begin + 1`` it is what the old dial showed at its removal
    (where that is not known, it is taken not to have moved); later it is a reading that the new
    dial cannot have come to. ``doubted`` are the readings in doubt before the exchange was told:
    one that the new dial may have reached fast is no more doubtful than it was.
    """
    rows, dials = _rows(session, series), _dials(session, series, point)
    place = max((n for n, dial in enumerate(dials) if dial.since == begin), default=0)
    last = max((row for row in rows if row.start <= begin), default=None)
    if not place or last is None:
        return None
    if dials[place - 1].removal_index is None:
        dials[place - 1] = dials[place - 1]._replace(removal_index=last.value)
    shown = dials[place].install_index or Decimal(0)
    rows = sorted([*rows, _Row(begin + 1, shown, int(Quality.MEASURED), None)])
    for found in _judged(dials, rows, series, point).doubts:
        doubt = _doubt_of(rows, found)
        is_drop = doubt.fault is indexes.Fault.INDEX_DROP
        if doubt.start > begin and (is_drop or doubt.start not in doubted):
            return doubt
    return None


def period_days(session: Session, series: Series, point: DeliveryPoint) -> list[dict[str, Any]]:
    """The days of periods of unequal length (bills, months), each spread over its days.

    Of two periods that overlap the first one counts: nothing is counted twice.
    """
    totals: dict[date, _Sums] = {}
    until = None
    for row in _rows(session, series):
        if row.end is None or row.end <= row.start or (until is not None and row.start < until):
            continue
        until = row.end
        _spread(totals, row.start, row.end, row.value, row.quality, point.timezone)
    return _days(totals, point.timezone)


class _Sums(NamedTuple):
    value: Decimal
    seconds: int
    measured: bool
    quality: int


def _spread(
    totals: dict[date, _Sums], start: int, end: int, whole: Decimal, quality: int, tz: str
) -> None:
    """Share a consumption over the local days of its interval, pro rata of time."""
    pieces = list(_pieces(start, end, tz))
    parts = largest_remainder(whole, [Decimal(s) for _day, s in pieces], unit=_THOUSANDTH)
    exact = len(pieces) == 1 and quality <= Quality.CORRECTED
    told = quality if len(pieces) == 1 else max(quality, Quality.SPREAD)
    for (day, seconds), part in zip(pieces, parts, strict=True):
        known = totals.get(day, _Sums(Decimal(0), 0, True, Quality.MEASURED))
        totals[day] = _Sums(
            known.value + part,
            known.seconds + seconds,
            known.measured and exact,
            max(known.quality, told),
        )


def _days(totals: dict[date, _Sums], tz: str) -> list[dict[str, Any]]:
    rows = []
    for day, sums in sorted(totals.items()):
        start, end = day_bounds(day, tz)
        whole = sums.seconds >= end - start
        value, received = sums.value.quantize(_THOUSANDTH), int(whole)
        measured = int(whole and sums.measured)
        rows.append(day_row(day, value, 1, received, measured, int(sums.quality)))
    return rows


def _pieces(start: int, end: int, tz: str) -> Iterator[tuple[date, int]]:
    """The local days of an interval, with the seconds of it that each holds."""
    day = local_day(start, tz)
    while start < end:
        stop = min(day_bounds(day, tz)[1], end)
        yield day, stop - start
        start, day = stop, day + timedelta(days=1)


def _mark(session: Session, series: Series, rows: Sequence[_Row], doubts: set[int]) -> None:
    """Put the readings in doubt, and lift the doubts that are gone."""
    table = Reading.__table__
    for row in rows:
        wanted = doubted(row.quality) if row.start in doubts else settled(row.quality)
        if wanted != row.quality:
            session.core(
                update(table)
                .where(table.c.series_id == series.id, table.c.start_at == row.start)
                .values(quality=wanted)
            )
