"""What a file of readings would do: its values old → new, what they add up to, what is odd."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from base.basics.formats import day as say_day
from base.basics.i18n import _, listed
from base.basics.sessions import Session
from base.desk.imports import Effect, Record
from energie import queries
from energie.domain.blocks import MOST_REJECTS, Block, Reject, SeriesRows, series_rows
from energie.domain.code_words import register_label
from energie.domain.curves import milli_kwh
from energie.domain.days import local_day, zone
from energie.domain.indexes import Fault
from energie.domain.kinds import STEP_SECONDS, Quantity, Step, Unit
from energie.domain.quality import LAST_COUNTED, Quality, settled
from energie.domain.versions import Counts
from energie.imports.screening import say_value
from energie.models import DeliveryPoint, Series
from energie.services import readings
from energie.services.index_days import IndexDoubt, index_doubts

#: Rows of one series, and of one file, that are shown with their values.
SHOWN_OF_SERIES, SHOWN = 100, 400
#: Series whose sums are told.
MOST_TOTALS = 50


@dataclass
class Preview:
    """What was found of a file before it is written."""

    counts: Counts = field(default_factory=Counts)
    sample: list[Record] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)
    #: Rows of a quality worse than what is known.
    worse: list[Reject] = field(default_factory=list)
    #: Indexes that their neighbours contradict.
    doubts: list[Reject] = field(default_factory=list)
    doubted: int = 0


def columns() -> dict[str, str]:
    """The labels of what a row of the trial holds."""
    return {"value": _("Valeur"), "quality": _("Qualité")}


def preview(
    session: Session, pairs: Sequence[tuple[Block, DeliveryPoint]], *, whole: bool
) -> Preview:
    """Compare the rows of a file with what is known; reads only.

    ``whole`` counts all rows. Else only those are looked at that may be refused for their
    quality, and the first of each series, to be shown.
    """
    found = Preview()
    for block, point in pairs:
        for rows in series_rows(block):
            if not len(rows.starts):
                continue
            series = queries.series_like(session, point, block, rows.step)
            doubted = _compare(session, found, block, point, rows, series, whole=whole)
            if len(found.totals) < MOST_TOTALS:
                found.totals.append(_total(block, point, rows, doubted))
    return found


def _compare(
    session: Session,
    found: Preview,
    block: Block,
    point: DeliveryPoint,
    rows: SeriesRows,
    series: Series | None,
    *,
    whole: bool,
) -> set[int]:
    """Compare the rows of one series; the starts of those that their neighbours contradict."""
    is_index = block.quantity is Quantity.INDEX
    may_be_worse = max(rows.qualities) > Quality.MEASURED
    taken: dict[int, tuple[int, int]] = {}
    shown: dict[int, Record] = {}
    all_rows = whole or may_be_worse or is_index
    for n, piece in enumerate(rows.cut(readings.CHUNK if all_rows else SHOWN_OF_SERIES)):
        if n and not all_rows:
            break
        known = (
            readings.existing(session, series.id, piece.starts[0], piece.starts[-1])
            if series is not None
            else {}
        )
        compared = readings.compare(known, piece)
        found.counts.add(compared.counts)
        for bad in compared.worse:
            if len(found.worse) < MOST_REJECTS:
                found.worse.append(_worse(block, point, piece, bad))
        if n == 0:
            shown = _show(found, block, point, piece, known, compared)
        if is_index:
            taken |= {row[0]: (row[1], row[2]) for row in compared.written}
    if not is_index:
        return set()
    doubted = _index_doubts(session, found, block, point, rows, series, taken)
    suspect = str(Quality.SUSPECT.word)
    for start in doubted & shown.keys():
        old, _said = shown[start].changes["quality"]
        shown[start].changes["quality"] = old, suspect
    return doubted


def _line(rows: SeriesRows, place: int) -> int:
    return rows.lines[place] if rows.lines is not None else 0


def say_start(at: int, step: Step, tz: str) -> str:
    """The start of an interval in words; its day alone when it begins one."""
    there = datetime.fromtimestamp(at, zone(tz))
    if (there.hour, there.minute) == (0, 0) and step not in STEP_SECONDS:
        return say_day(there.date())
    return there.strftime("%d/%m/%Y %H:%M")


def _worse(block: Block, point: DeliveryPoint, rows: SeriesRows, bad: readings.Worse) -> Reject:
    when = say_start(bad.start, rows.step, point.timezone)
    reason = _(
        "%(when)s : la valeur %(new)s (%(new_quality)s) est moins sûre que celle qui est connue, "
        "%(old)s (%(old_quality)s) : celle-ci reste.",
        when=when,
        new=say_value(bad.new[0], block.unit),
        new_quality=str(Quality(bad.new[1]).word),
        old=say_value(bad.old[0], block.unit),
        old_quality=str(Quality(bad.old[1]).word),
    )
    text = listed([point.reference, str(when), say_value(bad.new[0], block.unit)])
    return Reject(_line(rows, bad.place), text, reason)


def _show(
    found: Preview,
    block: Block,
    point: DeliveryPoint,
    rows: SeriesRows,
    known: dict[int, readings.Known],
    compared: readings.Compared,
) -> dict[int, Record]:
    """Keep the first rows to be shown; those of this series by their start."""
    shown: dict[int, Record] = {}
    places = {start: place for place, start in enumerate(rows.starts)}
    for start, value, quality, _end in compared.written[:SHOWN_OF_SERIES]:
        if len(found.sample) >= SHOWN:
            break
        old = known.get(start)
        record = Record(_line(rows, places[start]))
        when = say_start(start, rows.step, point.timezone)
        record.cells = (f"{point.reference}, {when}",)
        record.effect = Effect.CREATED if old is None else Effect.UPDATED
        said = str(Quality(quality).word)
        record.changes = {
            "value": (
                None if old is None else say_value(old[0], block.unit),
                say_value(value, block.unit),
            ),
            "quality": (
                None if old is None else str(Quality(settled(old[1])).word),
                said,
            ),
        }
        found.sample.append(record)
        shown[start] = record
    return shown


def _total(
    block: Block, point: DeliveryPoint, rows: SeriesRows, doubted: Collection[int] = ()
) -> dict[str, Any]:
    """What the rows of one series add up to: those that count, exact."""
    counted: Sequence[int] = rows.values
    if doubted or max(rows.qualities) > LAST_COUNTED:
        counted = [
            value
            for start, value, quality in zip(rows.starts, rows.values, rows.qualities, strict=False)
            if quality <= LAST_COUNTED and start not in doubted
        ]
    words = [point.reference, str(block.quantity.word), str(rows.step.word)]
    if block.register:
        words.append(register_label(block.register))
    total, unit = _sum(block, rows, counted)
    last = rows.starts[-1] if rows.ends is None else rows.ends[-1] - 1
    return {
        "point": point.reference,
        "series": ", ".join(words),
        "quantity": str(block.quantity),
        "step": str(rows.step),
        "register": str(block.register or ""),
        "unit": str(block.unit),
        "unit_word": str(block.unit.word),
        "count": len(rows.starts),
        "suspect": len(rows.starts) - len(counted),
        "sum": total,
        "sum_unit": unit,
        "sum_unit_word": str(Unit(unit).word) if unit else "",
        "min": _plain(min(counted)) if counted else None,
        "max": _plain(max(counted)) if counted else None,
        "first_on": local_day(rows.starts[0], point.timezone).isoformat(),
        "last_on": local_day(last, point.timezone).isoformat(),
    }


def _sum(block: Block, rows: SeriesRows, counted: Sequence[int]) -> tuple[str | None, str]:
    """The sum of energies and volumes; a curve of powers adds up to its energy."""
    if block.quantity in (Quantity.ENERGY, Quantity.VOLUME):
        return _plain(sum(counted)), str(block.unit)
    seconds = STEP_SECONDS.get(rows.step)
    if block.quantity is Quantity.POWER and seconds and block.unit in (Unit.W, Unit.KW):
        factor = 1000 if block.unit is Unit.KW else 1
        return _plain(milli_kwh(sum(counted) * factor, seconds)), str(Unit.KWH)
    return None, ""


def _plain(milli: int) -> str:
    """An exact number as programs read it: « 1234.5 »."""
    text = format(Decimal(milli).scaleb(-3), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _index_doubts(
    session: Session,
    found: Preview,
    block: Block,
    point: DeliveryPoint,
    rows: SeriesRows,
    series: Series | None,
    taken: dict[int, tuple[int, int]],
) -> set[int]:
    """Say the doubts that the file brings; the starts that they stand at."""
    series_id = series.id if series is not None else None
    before = (
        {doubt.start for doubt in index_doubts(session, block, point, series_id=series_id)}
        if series is not None
        else set()
    )
    lines = dict(zip(rows.starts, rows.lines, strict=True)) if rows.lines is not None else {}
    given = set(rows.starts)
    doubted: set[int] = set()
    for doubt in index_doubts(session, block, point, series_id=series_id, more=taken):
        if doubt.start in before and doubt.start not in given:
            continue
        doubted.add(doubt.start)
        found.doubted += 1
        if len(found.doubts) < MOST_REJECTS:
            reason = _doubt(block, point, doubt)
            found.doubts.append(Reject(lines.get(doubt.start, 0), "", reason))
    return doubted


def _doubt(block: Block, point: DeliveryPoint, doubt: IndexDoubt) -> str:
    tz = point.timezone
    told = {
        "when": say_start(doubt.start, Step.IRREGULAR, tz),
        "before": say_start(doubt.before, Step.IRREGULAR, tz),
        "value": say_value(int(doubt.value * 1000), block.unit),
        "old": say_value(int(doubt.value_before * 1000), block.unit),
    }
    if doubt.fault is Fault.INDEX_DROP:
        return _(
            "L’index recule de %(old)s le %(before)s à %(value)s le %(when)s, et ce n’est pas un "
            "passage à zéro plausible. Il est gardé comme suspect, et la consommation de cet "
            "intervalle est inconnue ; si le compteur a été remplacé, les index suivants comptent "
            "de nouveau.",
            **told,
        )
    return _(
        "L’index passe de %(old)s le %(before)s à %(value)s le %(when)s : c’est au-delà de ce que "
        "le point peut consommer. Il est gardé comme suspect, hors de toutes les sommes.",
        **told,
    )
