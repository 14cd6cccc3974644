"""A meter with several series of one quantity: each local day counts once, whole, everywhere."""

import itertools
import random
from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from hashlib import sha256
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select

from base.desk.imports.command import import_file
from base.rules.rights.actors import job_session
from energie import queries
from energie.domain import days_of_points as rule
from energie.domain.blocks import Block, ParsedFile, SeriesRows
from energie.domain.days import day_start
from energie.domain.kinds import EnergyKind, Quantity, RegisterCode, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.imports.readings import Who, import_readings
from energie.models import DeliveryPoint, PointDay, ReadingBatch
from energie.queries import home
from energie.queries.days import Span, sums_between
from energie.services import points, readings
from energie.services.point_days import rebuild_all
from patrimoine.services import assets
from tests.energie.samples import PRM, curve

ALICE = Who(1, (1,), "user:1")
DAY = date(2024, 1, 1)
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
#: Six kilowatts all day.
WHOLE = D(144)


def _known(value, *, expected=1, received=1, measured=None, rank=(False, 86_400, 1, 0, 1), key=1):
    told = received if measured is None else measured
    return rule.Known(D(value), expected, received, told, Quality.MEASURED, key, rank)


HALF_HOURS = (False, 1800, 0, 0, 2)


def test_a_day_is_of_the_whole_then_the_measured_then_the_finest():
    daily = _known(10)
    fine = _known(11, expected=48, received=48, rank=HALF_HOURS)
    assert rule.best([daily, fine]).value == 11
    torn = fine._replace(received=47, measured=47)
    assert rule.best([torn, daily]).value == 10
    estimated = fine._replace(measured=0)
    assert rule.best([estimated, daily]).value == 10
    spread = daily._replace(measured=0)
    assert rule.best([estimated, spread]).value == 11
    # Nothing whole: what knows most.
    assert rule.best([torn, daily._replace(received=0)]).value == 11


def test_classes_without_one_of_them_are_no_whole():
    both = rule.added([_known(3), _known(4)], HALF_HOURS)
    assert (both.value, both.expected, both.received) == (7, 2, 2)
    one = rule.added([_known(3), None], HALF_HOURS)
    assert (one.value, one.expected, one.received, one.is_complete) == (3, 2, 1, False)
    assert rule.added([None, None], HALF_HOURS) is None


def _worth(chosen):
    return (
        sum(p.end - p.start for p in chosen),
        sum(p.end - p.start for p in chosen if p.quality <= Quality.CORRECTED),
        len(chosen),
    )


def _apart(chosen):
    ordered = sorted(chosen, key=lambda p: p.start)
    return all(a.end <= b.start for a, b in itertools.pairwise(ordered))


def test_pieces_are_put_together_as_well_as_can_be():
    """Against every subset, on many small sets of pieces."""
    chance = random.Random(7)
    for _round in range(150):
        pieces = [
            rule.Piece(start, start + step, step, chance.choice((1, 4)))
            for start, step in {
                (chance.randrange(8) * 10, chance.choice((10, 15, 20, 30))) for _n in range(8)
            }
        ]
        most = max(
            _worth(some)
            for n in range(len(pieces) + 1)
            for some in itertools.combinations(pieces, n)
            if _apart(some)
        )
        taken = rule.cover(pieces)
        assert _apart(taken)
        assert _worth(taken) == most


class _Series:
    def __init__(self, key, quantity="energy", step="day", unit="kWh", register_code="", basis=""):
        self.id, self.quantity, self.step, self.unit = key, quantity, step, unit
        self.register_code, self.basis = register_code, basis


def test_which_series_tell_the_use_of_a_point():
    curve_ = _Series(1, "power", "30min", "W")
    peak = _Series(2, "peak_power", "irregular", "VA")
    given = _Series(3, "index", "irregular", register_code="INJECTION")
    off = _Series(4, "index", "irregular", register_code="HC")
    full = _Series(5, "index", "irregular", register_code="HP")
    found = rule.sources([peak, given, off, full, curve_])
    assert ([s.id for s in found.whole], [[s.id for s in g] for g in found.classes]) == (
        [1],
        [[5, 4]],
    )
    assert rule.sources([peak, given]) is None
    # Cubic metres never add up with kilowatt-hours, nor the two heating values.
    gas = [
        _Series(1, basis="PCS"),
        _Series(2, "volume", unit="m3"),
        _Series(3, basis="PCI"),
        _Series(4, step="month"),
    ]
    assert [s.id for s in rule.sources(gas).whole] == [1, 4]
    assert [s.id for s in rule.sources([off]).whole] == [4]


# --- files -----------------------------------------------------------------------------------


@pytest.fixture
def point(app):
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=PRM, on=DAY).id


def _import(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    digest = sha256(path.read_bytes()).hexdigest()
    found = import_readings(path, label=name, digest=digest, who=ALICE, pause=0)
    assert not found.rejected
    return digest


def _daily(*rows):
    return "\n".join(
        ["PRM;Date;Consommation (kWh)", *(f"{PRM};{day};{value}" for day, value in rows)]
    )


def _days(point):
    with job_session((1,), "user:1", readonly=True) as session:
        found = queries.point_days(session, point, start=date(2020, 1, 1), end=date(2030, 1, 1))
        return {day.on.isoformat(): (day.value, day.received, day.expected) for day in found}


def _total(point):
    return sum(value for value, _received, _expected in _days(point).values())


HOURS = ("heures.csv", curve("2025-06-01", "2025-06-04", minutes=60))
HALVES = ("demies.csv", curve("2025-06-04", "2025-06-06", minutes=30))


@pytest.mark.parametrize("files", [(HOURS, HALVES), (HALVES, HOURS)])
def test_hours_then_half_hours_count_whole_in_both_orders(point, tmp_path, files):
    for name, text in files:
        _import(tmp_path, name, text)
    assert _days(point) == {
        **{f"2025-06-0{n}": (WHOLE, 24, 24) for n in (1, 2, 3)},
        **{f"2025-06-0{n}": (WHOLE, 48, 48) for n in (4, 5)},
    }
    with job_session((1,), "user:1", readonly=True) as session:
        row = session.get_one(DeliveryPoint, point)
        known = queries.known(session, point)
        assert (known.unit, known.days, known.last_on) == ("kWh", 5, date(2025, 6, 5))
        span = {"start": date(2025, 6, 1), "end": date(2025, 7, 1)}
        (june,) = queries.use_of(session, point, span=Span.MONTH, **span)
        assert (june.value, june.received, june.completeness) == (720, 5, D(5) / 30)
        use = queries.uses_of(session, [point], days=365)[point]
        assert (use.total.value, use.total.received) == (720, 5)
        drawn = queries.curve(session, row, **span)
        assert [one.step for one in drawn] == [3600] * 72 + [1800] * 96
        assert {one.kw for one in drawn} == {6}
        assert [(p.low, p.mean, p.high) for p in queries.powers_of(session, row, **span)] == [
            (6, 6, 6)
        ] * 5
        assert queries.week_map(session, row, **span).high == 6


@pytest.mark.parametrize("swapped", [False, True])
def test_a_day_in_both_counts_once(point, tmp_path, swapped):
    files = [HOURS, ("demies.csv", curve("2025-06-03", "2025-06-05", minutes=30, power="7000"))]
    for name, text in files[::-1] if swapped else files:
        _import(tmp_path, name, text)
    assert _days(point)["2025-06-03"] == (D(168), 48, 48)
    assert _total(point) == 3 * 144 - 144 + 2 * 168
    with job_session((1,), "user:1", readonly=True) as session:
        row = session.get_one(DeliveryPoint, point)
        day = {"start": date(2025, 6, 3), "end": date(2025, 6, 4)}
        assert {(one.step, one.kw) for one in queries.curve(session, row, **day)} == {(1800, 7)}


@pytest.mark.parametrize("swapped", [False, True])
def test_a_day_of_which_each_has_a_part_is_put_together(point, tmp_path, swapped):
    """The meter changes its step at 13:00, and both files have the hour before."""
    files = [
        ("heures.csv", curve("2025-06-01", "2025-06-02", minutes=60, blank=tuple(range(13, 24)))),
        (
            "demies.csv",
            curve(
                "2025-06-01",
                "2025-06-02",
                minutes=30,
                power="8000",
                blank=tuple(range(24)),
                end_stamps=True,
            ),
        ),
    ]
    for name, text in files[::-1] if swapped else files:
        _import(tmp_path, name, text)
    # Twelve hours of 6 kW, twelve of 8 kW: the hour of noon is of the half-hours.
    assert _days(point) == {"2025-06-01": (D(168), 48, 48)}
    with job_session((1,), "user:1", readonly=True) as session:
        row = session.get_one(DeliveryPoint, point)
        day = {"start": date(2025, 6, 1), "end": date(2025, 6, 2)}
        drawn = queries.curve(session, row, **day)
        assert [(one.step, one.kw) for one in drawn] == [(3600, 6)] * 12 + [(1800, 8)] * 24
        (power,) = queries.powers_of(session, row, **day)
        assert (power.low, power.mean, power.high) == (6, 7, 8)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_curve_and_days(point, tmp_path, swapped):
    files = [
        ("courbe.csv", curve("2025-06-01", "2025-06-03", minutes=30, blank=(60,))),
        ("jours.csv", _daily(*((f"0{n}/06/2025", 150) for n in (1, 2, 3, 4)))),
    ]
    for name, text in files[::-1] if swapped else files:
        _import(tmp_path, name, text)
    # The curve is whole on the 1st only; on the 2nd it lacks a half-hour that the day has.
    assert [v for v, _r, _e in _days(point).values()] == [144, 150, 150, 150]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_curve_and_an_index(point, tmp_path, swapped):
    index = "\n".join(
        [
            "PRM;Date;Index (kWh)",
            *(f"{PRM};{n:02}/06/2025;{1000 + (n - 1) * 150}" for n in range(1, 6)),
        ]
    )
    files = [("courbe.csv", curve("2025-06-02", "2025-06-04", minutes=10)), ("index.csv", index)]
    for name, text in files[::-1] if swapped else files:
        _import(tmp_path, name, text)
    assert [v for v, _r, _e in _days(point).values()] == [150, 144, 144, 150]


def test_taking_a_file_back_gives_the_days_to_the_other(point, tmp_path):
    _import(tmp_path, "jours.csv", _daily(("01/06/2025", 150), ("02/06/2025", 150)))
    digest = _import(tmp_path, "courbe.csv", curve("2025-06-01", "2025-06-02", minutes=30))
    assert [v for v, _r, _e in _days(point).values()] == [144, 150]
    with job_session((1,), "user:1") as session:
        batch = session.query(ReadingBatch).filter_by(digest=digest).one()
        readings.undo_batch(session, batch)
    assert [v for v, _r, _e in _days(point).values()] == [150, 150]
    with job_session((1,), "user:1", readonly=True) as session:
        assert {s.step for s in queries.series_with_days(session, point)} == {Step.DAY}


def test_time_classes_and_one_dial_count_each_in_their_time(point, tmp_path):
    """Two dials until the 3rd, one for the whole from then on."""
    with job_session((1,), "user:1") as session:
        meter = session.get_one(DeliveryPoint, point)
        for code, step in (("HP", 100_000), ("HC", 50_000)):
            block = Block(
                EnergyKind.ELECTRICITY, PRM, Quantity.INDEX, Unit.KWH, Stamp.INSTANT, Step.IRREGULAR
            )
            block.register = RegisterCode(code)
            found = readings.open_batch(
                session, entity_id=1, label=code, digest=code, parsed=ParsedFile("essai"), at=NOON
            )
            series = readings.series_for(session, meter, block, Step.IRREGULAR)
            starts = [day_start(date(2025, 6, n)) for n in (1, 2, 3)]
            rows = SeriesRows(Step.IRREGULAR, starts, [n * step for n in (1, 2, 3)], [1, 1, 1])
            counts, _changed = readings.store_rows(session, found, series, rows, at=NOON)
            readings.apply_batch(session, found, {series.id: []}, counts, at=NOON)
    _import(
        tmp_path,
        "un.csv",
        "\n".join(["PRM;Date;Index (kWh)", *(f"{PRM};0{n}/06/2025;{10 * n}" for n in (3, 4, 5))]),
    )
    assert [v for v, _r, _e in _days(point).values()] == [150, 150, 10, 10]


def test_the_first_page_counts_all_series(point, tmp_path):
    for name, text in (HOURS, HALVES):
        _import(tmp_path, name, text)
    with job_session((1,), "user:1", readonly=True) as session:
        assert home.count_silent(session, date(2025, 6, 10)) == 0
        sums = sums_between(session, {point: (date(2025, 6, 1), date(2025, 7, 1))})
        assert (sums[point].value, sums[point].days, sums[point].by_day) == (720, 5, 144)


def test_an_older_database_gets_the_same_days(point, tmp_path):
    """What the migration does: the days of series are there, those of points are not."""
    _import(tmp_path, "jours.csv", _daily(("02/06/2025", 150), ("09/06/2025", 160)))
    for name, text in (HOURS, HALVES):
        _import(tmp_path, name, text)
    before = _days(point)
    with job_session((1,), "user:1") as session:
        session.core(delete(PointDay.__table__))
    assert _days(point) == {}
    with job_session((1,), "user:1") as session:
        assert rebuild_all(SimpleNamespace(core=session.core)) == 1
    assert _days(point) == before
    with job_session((1,), "user:1") as session:
        kept = session.scalars(select(PointDay.id).order_by(PointDay.id)).all()
        rebuild_all(session)
    with job_session((1,), "user:1", readonly=True) as session:
        # Days that say the same are not written again.
        assert session.scalars(select(PointDay.id).order_by(PointDay.id)).all() == kept


def _hall():
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        points.create_point(session, hall, reference=PRM, on=DAY)


def test_days_that_were_read_leave_the_rest_of_a_month_to_the_others():
    month = rule.Interval(7, DAY, date(2024, 1, 5))
    by_day = {on: {7: _known("262.5", key=7)} for on in month.days()}
    read = _known(11, key=3)
    chosen = {on: known[7] for on, known in by_day.items()}
    chosen[date(2024, 1, 2)] = read
    rule.settle(chosen, by_day, month)
    # 1 050 less 11 is 1 039, by thirds to the thousandth: the sum is exact.
    assert [one.value for one in chosen.values()] == [D("346.334"), 11, D("346.333"), D("346.333")]
    # More than the whole: one of the two is wrong, and nothing is guessed.
    chosen[date(2024, 1, 2)] = _known(2000, key=3)
    before = dict(chosen)
    rule.settle(chosen, by_day, month)
    assert chosen == before


@pytest.mark.parametrize("months_first", [True, False])
def test_a_month_is_what_was_told_though_a_day_of_it_was_read(app, tmp_path, months_first):
    _hall()
    month = tmp_path / "mois.csv"
    month.write_text(f"PRM;Mois;Consommation (kWh)\n{PRM};01/2025;1050\n{PRM};02/2025;560\n")
    day = tmp_path / "jour.csv"
    day.write_text(f"PRM;Date;Consommation (kWh)\n{PRM};14/01/2025;11\n{PRM};15/01/2025;12\n")
    for path in (month, day) if months_first else (day, month):
        report = import_file("readings", path, entity="A")
        assert (report.created, report.rejected) == (2, 0), report.errors
    with job_session((1,), "user:1", readonly=True) as session:
        key = session.scalars(select(DeliveryPoint.id)).one()
        found = queries.use_of(session, key, start=date(2025, 1, 1), end=date(2025, 3, 1))
        assert [one.value for one in found] == [1050, 560]
        days = {
            d.on: d.value
            for d in queries.point_days(session, key, start=date(2025, 1, 1), end=date(2025, 2, 1))
        }
    assert (days[date(2025, 1, 14)], days[date(2025, 1, 15)]) == (11, 12)
    # (1 050 − 23) / 29 = 35.4138: the thousandths that are left go to the first days.
    assert {days[date(2025, 1, n)] for n in (1, 31)} == {D("35.414"), D("35.413")}


def test_indexes_of_a_month_are_what_they_differ_by_though_days_were_read(app, tmp_path):
    _hall()
    index = tmp_path / "index.csv"
    index.write_text(f"PRM;Date;Index (kWh)\n{PRM};01/01/2025;100\n{PRM};01/02/2025;410\n")
    day = tmp_path / "jour.csv"
    day.write_text(f"PRM;Date;Consommation (kWh)\n{PRM};14/01/2025;25\n{PRM};15/01/2025;25\n")
    for path in (index, day):
        import_file("readings", path, entity="A")
    with job_session((1,), "user:1", readonly=True) as session:
        key = session.scalars(select(DeliveryPoint.id)).one()
        found = queries.use_of(session, key, start=date(2025, 1, 1), end=date(2025, 2, 1))
        assert [one.value for one in found] == [310]
    # Taken back, the month is even again.
    with job_session((1,), "user:1") as session:
        batch = session.scalars(select(ReadingBatch).where(ReadingBatch.label == "jour.csv")).one()
        readings.undo_batch(session, batch)
        found = queries.use_of(session, key, start=date(2025, 1, 1), end=date(2025, 2, 1))
        assert [one.value for one in found] == [310]
        days = queries.point_days(session, key, start=date(2025, 1, 1), end=date(2025, 2, 1))
        assert {d.value for d in days} == {10}
