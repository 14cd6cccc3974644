"""The worked cases of the energy specification: a topic and its inputs give its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from base.basics.i18n import _
from base.papers import cases
from base.papers.cases import CaseRefused
from energie.domain import days, indexes, units
from energie.domain.kinds import Unit
from energie.domain.quality import BY_LABEL, Quality
from energie.domain.shares import largest_remainder
from energie.domain.versions import Ledger

Inputs = Any
#: An import case is looked at on at most this many days after its first reception.
MOST_DAYS = 400


#: Dials have at most as many digits; 10 to the power of more would only cost time.
MOST_DIGITS = 15
#: Files that name this module have its topics, and no others.
FILES = True
#: A result below this share of the main meter is a fault of the formula, not of rounding.
NEGATIVE_SHARE = Decimal("0.02")


def run_case(topic: str, inputs: Inputs) -> Any:
    """The results of a worked case, in the structure of its ``expected``.

    Raises:
        UnknownTopic: the topic is not computed by this version.
        CaseRefused: the inputs lack something, or hold what is no number, day or unit.
    """
    return cases.run_case(TOPICS, topic, inputs)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _optional(value: object) -> Decimal | None:
    return None if value is None else _decimal(value)


def _plain(value: Decimal | None) -> int | float | None:
    """A number as JSON writes it: whole when it is whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _first(inputs: Mapping[str, Any], *names: str, default: Any = None) -> Any:
    """The value of the first of the names that the inputs hold."""
    return next((inputs[name] for name in names if name in inputs), default)


# --- index ----------------------------------------------------------------------------


def _index(inputs: Inputs) -> Any:
    if isinstance(inputs, Mapping):
        return _index_case(inputs)
    return [_index_case(one) for one in inputs]


def _index_case(case: Mapping[str, Any]) -> Any:
    if "readings" in case or "readings" in case.get("old", ()):
        return _readings(case)
    if "old" in case and "new" in case:
        return _replacement(case)
    if "segments" in case:
        return _conversion(case)
    first, second = (_decimal(value) for value in case["index"])
    use = indexes.between(
        first, second, digits=_digits(case), coefficient=_coefficient(case), limits=_limits(case)
    )
    return _use(use)


def _use(use: indexes.Use) -> dict[str, Any]:
    return {
        "consumption": _plain(use.consumption),
        "rollover": use.rollover,
        "code": use.fault.value if use.fault else None,
        "quality": use.quality.code,
    }


def _digits(case: Mapping[str, Any]) -> int:
    digits = int(_first(case, "register_digits", "digits", default=6))
    if not 1 <= digits <= MOST_DIGITS:
        raise CaseRefused(
            _("Un cadran a de 1 à %(n)d chiffres, et non %(d)d.", n=MOST_DIGITS, d=digits)
        )
    return digits


def _coefficient(case: Mapping[str, Any]) -> Decimal:
    return _decimal(_first(case, "coefficient", default=1))


def _limits(case: Mapping[str, Any]) -> indexes.Limits:
    return indexes.Limits(
        _optional(_first(case, "max_daily", "max_daily_kwh", "max_daily_consumption")),
        _optional(_first(case, "days")),
        _optional(_first(case, "subscribed_kva", "power_kva")),
    )


def _replacement(case: Mapping[str, Any]) -> dict[str, Any]:
    old, new = {**case, **case["old"]}, {**case, **case["new"]}
    parts = indexes.across_replacement(
        last_reading=_decimal(old["last_reading"]),
        removal_index=_optional(old.get("removal_index")),
        install_index=_optional(new.get("install_index")),
        reading=_decimal(new["reading"]),
        old_digits=_digits(old),
        new_digits=_digits(new),
        old_coefficient=_coefficient(old),
        new_coefficient=_coefficient(new),
    )
    result = _use(parts[2])
    result |= {"old": _plain(parts[0].consumption), "new": _plain(parts[1].consumption)}
    result |= {"old_consumption": result["old"], "new_consumption": result["new"]}
    return result | {"replacement": True}


def _readings(case: Mapping[str, Any]) -> dict[str, Any]:
    """Dated readings of one meter, or of the old one and then the new one."""
    old, new = {**case, **case.get("old", {})}, {**case, **case.get("new", {})}
    rows = list(case.get("readings", ()))
    rows += [*case.get("old", {}).get("readings", ()), *case.get("new", {}).get("readings", ())]
    dated = [
        indexes.DatedIndex(
            date.fromisoformat(row[0]),
            _decimal(row[1]),
            indexes.ReadingKind(row[2] if len(row) > 2 else "measured"),
        )
        for row in rows
    ]
    periods = indexes.history(
        dated,
        digits=_digits(old),
        coefficient=_coefficient(old),
        new_digits=_digits(new),
        new_coefficient=_coefficient(new),
        limits=_limits(case),
    )
    known = [p.use.consumption for p in periods if p.use.consumption is not None]
    faults = [p.use.fault.value for p in periods if p.use.fault]
    whole = sum(known, Decimal(0)) if not faults else None
    worst = max((p.use.quality for p in periods), default=Quality.MEASURED)
    return {
        "consumption": _plain(whole),
        "known_consumption": _plain(sum(known, Decimal(0))),
        "rollover": any(p.use.rollover for p in periods),
        "quality": worst.code,
        "periods": [
            {"start": p.start.isoformat(), "end": p.end.isoformat(), **_use(p.use)} for p in periods
        ],
        "code": faults[0] if faults else None,
    }


def _conversion(inputs: Mapping[str, Any]) -> dict[str, Any]:
    first, last = _decimal(inputs["index_start"]), _decimal(inputs["index_end"])
    use = indexes.between(first, last, digits=_digits(inputs), coefficient=_coefficient(inputs))
    if use.consumption is None:
        raise CaseRefused(_("L’index recule sans passage à zéro plausible."))
    volume = use.consumption
    segments = [
        units.Segment(int(s["days"]), _decimal(s["coef_kwh_pcs_per_m3"]))
        for s in inputs["segments"]
    ]
    volumes, pcs = units.gas_energy(volume, segments)
    ratio = _decimal(_first(inputs, "pcs_pci_ratio", default=units.PCS_PER_PCI_GENERAL))
    return {
        "volume_m3": _plain(volume),
        "m3_segment": [float(v) for v in volumes],
        "kwh_pcs": float(pcs),
        "kwh_pci": float(pcs / ratio),
    }


# --- time -----------------------------------------------------------------------------


def _time(inputs: Mapping[str, Any]) -> Any:
    if "day" in inputs:
        return _one_day(inputs, inputs["day"], 0)
    return [_one_day(inputs, text, n) for n, text in enumerate(inputs["days"])]


def _one_day(inputs: Mapping[str, Any], text: str, place: int) -> dict[str, Any]:
    tz = inputs.get("timezone", days.PARIS)
    load = float(_first(inputs, "constant_load_kw", "load_kw", "power_kw", default=0))
    day = date.fromisoformat(text)
    start, end = days.day_bounds(day, tz)
    hours = days.day_hours(day, tz)
    result: dict[str, Any] = {
        "day": text,
        "start_utc": days.utc_text(start),
        "end_utc": days.utc_text(end),
        "hours": hours,
        "points_10min": days.expected_points(day, 600, tz),
        "points_30min": days.expected_points(day, 1800, tz),
        "kwh": load * hours,
    }
    if window := inputs.get("hc_local"):
        windows = _windows(window)
        off_peak = sum(days.overlap_hours(day, window, tz) for window in windows)
        result |= {
            "hc_hours": off_peak,
            "hc_kwh": load * off_peak,
            "hp_kwh": load * (hours - off_peak),
            "total_kwh": load * hours,
        }
    received = inputs.get("points_received")
    if isinstance(received, Mapping):
        received = received.get(text)
    elif isinstance(received, Sequence):
        received = received[place]
    if received is not None:
        minutes = _first(inputs, "step_minutes", "step_min", "step", "pas_minutes")
        seconds = int(minutes) * 60 if minutes else 1800 if received <= 50 else 600
        expected = days.expected_points(day, seconds, tz)
        result |= {"points_expected": expected, "completeness": received / expected}
    return result


def _windows(given: Any) -> list[tuple[str, str]]:
    """Off-peak windows: ``["22:00", "06:00"]``, a list of such, or ``"22:00-06:00"``."""
    if isinstance(given, str):
        pairs = (part.split("-") for part in given.split(","))
        return [(first.strip(), last.strip()) for first, last in pairs]
    if isinstance(given[0], str) and "-" not in given[0]:
        return [(given[0], given[1])]
    return [pair for window in given for pair in _windows(window)]


# --- import ---------------------------------------------------------------------------


def _seconds(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _import(inputs: Mapping[str, Any]) -> dict[str, Any]:
    ledger: Ledger[Decimal] = Ledger()
    result: dict[str, Any] = {}
    receptions = []
    for lot in sorted(inputs["lots"], key=lambda one: _seconds(one["received"])):
        received = _seconds(lot["received"])
        receptions.append(received)
        rows = [
            (
                _seconds(row[0]),
                _decimal(row[1]),
                int(BY_LABEL[row[2]] if len(row) > 2 else Quality.MEASURED),
            )
            for row in lot["rows"]
        ]
        counts = ledger.receive(rows, at=received, force=bool(lot.get("force")))
        result[f"lot{lot['lot']}"] = {
            "inserted": counts.inserted,
            "identical": counts.identical,
            "superseded": counts.superseded,
        } | ({"refused": counts.refused} if counts.refused else {})
    result["versions_stored"] = ledger.stored()
    result["current_total"] = _plain(sum(ledger.current().values(), Decimal(0)))
    result |= _totals_as_of(ledger, inputs, receptions)
    return result


def _totals_as_of(
    ledger: Ledger[Decimal], inputs: Mapping[str, Any], receptions: list[int]
) -> dict[str, Any]:
    """The total as known at the end of each day (UTC) from the first reception to the last.

    A case names in its results the day it asks about, not in its inputs: all are given.
    """
    asked = _first(inputs, "as_of", default=None)
    if asked:
        texts = [asked] if isinstance(asked, str) else asked
        dates = [date.fromisoformat(text[:10]) for text in texts]
    else:
        first, last = (datetime.fromtimestamp(f(receptions), UTC).date() for f in (min, max))
        span = min((last - first).days + 1, MOST_DAYS)
        dates = [first + timedelta(days=n) for n in range(span)]
    totals = {}
    for day in dates:
        at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + 86_399
        known = sum(ledger.as_of(at).values(), Decimal(0))
        totals[f"total_as_of_{day.isoformat().replace('-', '_')}"] = _plain(known)
    return totals


# --- affectation ----------------------------------------------------------------------


def _unit(given: object) -> Decimal:
    """What shares are rounded to, in kWh: a number, or the name of a unit of energy."""
    if not isinstance(given, str) or given.replace(".", "", 1).isdecimal():
        return _decimal(given)
    kept, factor = units.accepted(given)
    if kept is not Unit.KWH:
        raise CaseRefused(_("« %(u)s » n’est pas une unité d’énergie.", u=given[:20]))
    return factor


def _allocation(inputs: Mapping[str, Any]) -> dict[str, Any]:
    virtual, shares = [], []
    findings: list[list[Any]] = []
    year: dict[str, Decimal] = {}
    unit = _unit(_first(inputs, "unit", "rounding", default=1))
    for period in inputs["periods"]:
        subs = period.get("sub_kwh", 0)
        if isinstance(subs, Mapping):
            subs = list(subs.values())
        taken = [_decimal(value) for value in (subs if isinstance(subs, list) else [subs])]
        rest = _decimal(period["main_kwh"]) - sum(taken, Decimal(0))
        surfaces = period["surfaces"]
        if not isinstance(surfaces, Mapping) and surfaces and isinstance(surfaces[0], list):
            surfaces = dict(surfaces)
        named = surfaces if isinstance(surfaces, Mapping) else dict(enumerate(surfaces))
        parts = largest_remainder(rest, [_decimal(v) for v in named.values()], unit=unit)
        virtual.append(_plain(rest))
        if rest < -NEGATIVE_SHARE * abs(_decimal(period["main_kwh"])):
            findings.append([len(virtual), "VIRTUEL_NEGATIF"])
        shared = dict(zip(map(str, named), parts, strict=True))
        plain = {key: _plain(part) for key, part in shared.items()}
        shares.append(plain if isinstance(surfaces, Mapping) else list(plain.values()))
        for key, part in shared.items():
            year[key] = year.get(key, Decimal(0)) + part
    listed = inputs["periods"] and not isinstance(inputs["periods"][0]["surfaces"], Mapping)
    totals = {key: _plain(value) for key, value in year.items()}
    return {
        "virtual_kwh": virtual,
        "shares": shares,
        "year": list(totals.values()) if listed else totals,
        "year_total": _plain(sum(year.values(), Decimal(0))),
    } | ({"findings": findings} if findings else {})


TOPICS: dict[str, Callable[[Any], Any]] = {
    "index": _index,
    "conversion": _conversion,
    "time": _time,
    "import": _import,
    "affectation": _allocation,
}
