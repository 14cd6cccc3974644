"""Readings in the database: chunks, days, corrections, undoing; on both engines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select

from base.rules.rights.actors import job_session, system_session
from energie import queries
from energie.imports.readings import PointUnknown, Who, import_readings
from energie.models import BatchState, DailyUse, Reading, ReadingBatch, ReadingHistory, Series
from energie.services import points, readings
from patrimoine.services import assets
from tests.energie.real import shared
from tests.energie.samples import PRM, curve

AT = datetime(2026, 1, 2, 8, tzinfo=UTC)
ALICE = Who(1, (1,), "user:1")
DAY = date(2025, 1, 1)


@pytest.fixture
def point(app):
    """A delivery point on the town hall of A."""
    return _point(PRM)


def _point(reference):
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=reference, on=DAY).id


def _import(path: Path, **options):
    return import_readings(
        path,
        label=path.name,
        digest=sha256(path.read_bytes()).hexdigest(),
        who=options.pop("who", ALICE),
        at=options.pop("at", AT),
        pause=0,
        **options,
    )


def _file(tmp_path, text, name="courbe.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _days(point_id):
    with job_session((1,), "user:1", readonly=True) as session:
        found = queries.point_days(session, point_id, start=date(2000, 1, 1), end=date(2100, 1, 1))
        return {day.on: day for day in found}


def _count(model):
    with system_session("tests", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_days_of_23_24_hours_are_summed_in_local_time(point, tmp_path):
    outcome = _import(_file(tmp_path, curve()))
    assert (outcome.created, outcome.updated, outcome.rejected) == (426, 0, 0)
    found = _days(point)
    # 6 kW all day: 24 h, then the day of the spring change of 23 h.
    assert {on: day.value for on, day in found.items()} == {
        date(2025, 3, 29): Decimal("144.000"),
        date(2025, 3, 30): Decimal("138.000"),
        date(2025, 3, 31): Decimal("144.000"),
    }
    assert found[date(2025, 3, 30)].expected == found[date(2025, 3, 30)].received == 138


def test_the_day_of_25_hours_has_150_points(point, tmp_path):
    _import(_file(tmp_path, curve("2025-10-26", "2025-10-27")))
    (day,) = _days(point).values()
    assert (day.expected, day.received, day.value) == (150, 150, Decimal("150.000"))


def test_missing_values_are_not_zero_and_zeros_count(point, tmp_path):
    _import(_file(tmp_path, curve("2025-06-01", "2025-06-02", blank=(0, 1))))
    (day,) = _days(point).values()
    assert (day.received, day.expected, day.is_complete) == (142, 144, False)
    assert day.value == Decimal("142.000")
    _import(_file(tmp_path, curve("2025-06-02", "2025-06-03", power="0"), "zero.csv"))
    zero = _days(point)[date(2025, 6, 2)]
    assert (zero.received, zero.value) == (144, Decimal("0.000"))


def test_the_same_file_twice_is_unchanged(point, tmp_path):
    path = _file(tmp_path, curve())
    first = _import(path)
    again = _import(path)
    assert (again.created, again.unchanged, again.former_id) == (0, 426, first.batch_id)


def test_the_same_rows_in_another_file_write_nothing(point, tmp_path):
    _import(_file(tmp_path, curve()))
    again = _import(_file(tmp_path, curve() + "\n", "copie.csv"))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 426)
    assert (_count(Reading), _count(ReadingHistory)) == (426, 0)


def test_a_correction_replaces_and_keeps_what_was_there(point, tmp_path):
    _import(_file(tmp_path, curve("2025-06-01", "2025-06-03")))
    changed = curve("2025-06-02", "2025-06-03", power="12000")
    outcome = _import(_file(tmp_path, changed, "correction.csv"))
    assert (outcome.created, outcome.updated) == (0, 144)
    assert {on.day: day.value for on, day in _days(point).items()} == {
        1: Decimal("144.000"),
        2: Decimal("288.000"),
    }
    assert _count(ReadingHistory) == 144


def test_the_values_of_a_past_day_are_still_known(point, tmp_path):
    first = datetime(2026, 1, 2, 8, tzinfo=UTC)
    second = datetime(2026, 1, 10, 8, tzinfo=UTC)
    _import(_file(tmp_path, curve("2025-06-01", "2025-06-02")), at=first)
    changed = curve("2025-06-01", "2025-06-03", power="12000")
    _import(_file(tmp_path, changed, "correction.csv"), at=second)
    with job_session((1,), "user:1", readonly=True) as session:
        series = session.scalars(select(Series)).one()

        def total(at):
            found = queries.values_as_of(session, series, start=0, end=2**40, at=at)
            return len(found), sum(found.values())

        assert total(datetime(2026, 1, 1, tzinfo=UTC)) == (0, 0)
        assert total(datetime(2026, 1, 5, tzinfo=UTC)) == (144, 144 * 6000)
        assert total(datetime(2026, 1, 20, tzinfo=UTC)) == (288, 288 * 12000)


def test_undoing_brings_the_former_values_back(point, tmp_path):
    first = _import(_file(tmp_path, curve("2025-06-01", "2025-06-03")))
    changed = curve("2025-06-02", "2025-06-04", power="12000")
    second = _import(_file(tmp_path, changed, "correction.csv"))
    with job_session((1,), "user:1") as session:
        with pytest.raises(readings.BatchRefused, match="plus récent"):
            readings.undo_batch(session, session.get(ReadingBatch, first.batch_id))
        readings.undo_batch(session, session.get(ReadingBatch, second.batch_id))
    assert {on.day: day.value for on, day in _days(point).items()} == {
        1: Decimal("144.000"),
        2: Decimal("144.000"),
    }
    assert (_count(Reading), _count(ReadingHistory)) == (288, 0)
    again = _import(_file(tmp_path, changed, "correction.csv"))
    assert again.applied and again.updated == 144


def test_a_file_of_more_points_than_its_row_can_name_is_undone_whole(app, tmp_path):
    """Forty references of 14 digits take 599 characters; all of their readings go."""
    references = [f"210000000001{n:02d}" for n in range(40)]
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        for reference in references:
            points.create_point(session, hall, reference=reference, on=DAY)
    rows = "".join(
        f"{reference};01/06/2025;12\n{reference};02/06/2025;13\n" for reference in references
    )
    done = _import(_file(tmp_path, "PRM;Date;Consommation (kWh)\n" + rows, "jours.csv"))
    assert (done.created, _count(Reading), _count(DailyUse)) == (80, 80, 80)
    with job_session((1,), "user:1") as session:
        readings.undo_batch(session, session.get(ReadingBatch, done.batch_id))
    assert (_count(Reading), _count(DailyUse)) == (0, 0)


def test_a_suspect_row_is_told_by_the_day_of_its_point(app, tmp_path):
    """Midnight of 2 June in La Réunion is still 1 June in Paris."""
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        made = points.create_point(session, hall, reference=PRM, on=DAY)
        made.timezone = "Indian/Reunion"
    text = f"PRM;Horodate;Puissance (kW)\n{PRM};2025-06-02T00:00:00+04:00;-5\n" + "".join(
        f"{PRM};2025-06-02T{hour:02d}:00:00+04:00;5\n" for hour in range(1, 24)
    )
    found = _import(_file(tmp_path, text))
    (suspect,) = found.suspects
    assert (found.suspected, suspect.line) == (1, 2)
    assert suspect.reason.startswith("02/06/2025, \u22125")


def test_an_import_cut_in_the_middle_counts_in_no_sum_and_is_taken_back(
    point, tmp_path, monkeypatch
):
    monkeypatch.setattr(readings, "CHUNK", 100)
    path = _file(tmp_path, curve())

    def cut(share, words):
        if share > 0.5:
            raise KeyboardInterrupt

    stored = readings.store_rows
    with monkeypatch.context() as patch:
        patch.setattr(readings, "undo_batch", lambda *args: None)
        with pytest.raises(KeyboardInterrupt):
            _import(path, progress=cut)
    assert stored is readings.store_rows
    assert 0 < _count(Reading) < 426
    assert _count(DailyUse) == 0
    outcome = _import(path)
    assert (outcome.created, _count(Reading)) == (426, 426)
    assert [day.value for day in _days(point).values()] == [144, 138, 144]


def test_a_failed_import_leaves_nothing(point, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr(readings, "apply_batch", fail)
    with pytest.raises(RuntimeError):
        _import(_file(tmp_path, curve()))
    assert (_count(Reading), _count(DailyUse)) == (0, 0)


def test_a_file_of_an_unknown_point_waits_in_a_list(app, tmp_path):
    path = _file(tmp_path, curve())
    for _time in range(2):
        with pytest.raises(PointUnknown, match=PRM):
            _import(path)
    with job_session((1,), "user:1", readonly=True) as session:
        (batch,) = session.scalars(select(ReadingBatch)).all()
        assert (batch.state, batch.reference_list) == (BatchState.TO_ATTACH, PRM)
    _point(PRM)
    assert _import(path).created == 426
    with job_session((1,), "user:1", readonly=True) as session:
        (batch,) = session.scalars(select(ReadingBatch)).all()
        assert batch.state == BatchState.APPLIED


def test_a_file_without_reference_is_imported_for_the_point_that_is_named(app, tmp_path):
    content = (
        '{"meter_reading": {"usage_point_id": "xxxx", "reading_type": {"measuring_period": "P1D"},'
        ' "interval_reading": [{"value": "33980", "date": "2025-06-01"}]}}'
    )
    path = _file(tmp_path, content, "jour.json")
    point_id = _point(PRM)
    with pytest.raises(PointUnknown, match="ne dit pas de quel point"):
        _import(path)
    assert _import(path, reference=PRM).created == 1
    (day,) = _days(point_id).values()
    assert (day.on, day.value) == (date(2025, 6, 1), Decimal("33.980"))


def test_the_point_of_another_authority_is_unknown(point, tmp_path):
    with pytest.raises(PointUnknown):
        _import(_file(tmp_path, curve()), who=Who(2, (2,), "user:3"))
    assert _count(Reading) == 0


def test_refused_rows_stop_the_file_unless_partial(point, tmp_path):
    path = _file(tmp_path, curve() + "hier;5\n")
    refused = _import(path)
    assert (refused.applied, refused.rejected, _count(Reading)) == (False, 1, 0)
    kept = _import(path, partial=True)
    assert (kept.applied, kept.created, kept.rejected) == (True, 426, 1)


def test_a_cut_import_is_taken_back_in_the_background(point, tmp_path, monkeypatch):
    from energie import jobs

    monkeypatch.setattr(readings, "CHUNK", 100)
    with monkeypatch.context() as patch:
        patch.setattr(readings, "undo_batch", lambda *args: None)
        patch.setattr(readings, "apply_batch", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            _import(_file(tmp_path, curve()))
    with system_session("tests") as session:
        jobs.take_back_cut_imports(session, {}, None)
    assert (_count(Reading), _count(DailyUse)) == (0, 0)


def test_a_trial_writes_nothing(point, tmp_path):
    outcome = _import(_file(tmp_path, curve()), dry_run=True)
    assert (outcome.created, outcome.applied, _count(Reading)) == (426, False, 0)
    assert _count(ReadingBatch) == 0


def test_chunks_give_the_same_days(point, tmp_path, monkeypatch):
    monkeypatch.setattr(readings, "CHUNK", 7)
    _import(_file(tmp_path, curve()))
    assert [day.value for day in _days(point).values()] == [144, 138, 144]


def test_night_and_extremes_of_a_day(point, tmp_path):
    lines = curve("2025-06-01", "2025-06-02").splitlines()
    lines[3 + 12] = lines[3 + 12].replace(";6000", ";500")  # 02:00
    lines[3 + 100] = lines[3 + 100].replace(";6000", ";9000")
    _import(_file(tmp_path, "\n".join(lines)))
    with system_session("tests", readonly=True) as session:
        day = session.scalars(select(DailyUse)).one()
        found = (day.low_milli, day.high_milli, day.night_low_milli)
    assert found == (500_000, 9_000_000, 500_000)


def test_indexes_become_days_that_add_up(app):
    real = shared("real", "energy-fr", "enedis_hdm_C5_index_et_pmax.csv")
    point_id = _point("99752124359718")
    outcome = _import(real)
    # 390 indexes, of which the autumn day is stamped twice with one value, and 390 peaks.
    assert (outcome.created, outcome.empties) == (780, 160)
    found = _days(point_id)
    assert found[date(2022, 1, 5)].value == Decimal("20.711")
    assert found[date(2022, 1, 5)].is_complete
    # From the first index, 15 747 Wh, to the last one, 9 723 814 Wh.
    assert sum(day.value for day in found.values()) == Decimal("9708.067")


def test_the_real_c4_curve_is_stored(app):
    real = shared("real", "energy-fr", "enedis_hdm_C4_courbe_de_charge.csv")
    point_id = _point("99825340122516")
    outcome = _import(real)
    assert (outcome.created, outcome.empties, outcome.rejected) == (102672, 2448, 0)
    found = _days(point_id)
    assert (found[date(2020, 3, 29)].expected, found[date(2020, 10, 25)].expected) == (138, 150)
    watts = sum(
        int(line.split(";")[1])
        for line in real.read_text(encoding="utf-8-sig").splitlines()[3:]
        if line.split(";")[1]
    )
    assert sum(day.value for day in found.values()) == pytest.approx(
        Decimal(watts) / 6000, abs=Decimal("0.4")
    )
    assert _import(real).unchanged == 102672


def test_a_month_that_was_never_received_is_missing_and_not_left_out(point, tmp_path):
    _import(_file(tmp_path, curve("2025-01-30", "2025-02-01"), "a.csv"))
    _import(_file(tmp_path, curve("2025-03-01", "2025-03-03"), "b.csv"))
    period = {"start": date(2025, 1, 1), "end": date(2026, 1, 1)}
    with job_session((1,), "user:1", readonly=True) as session:
        months = queries.use_of(session, point, **period)[:3]
        total = queries.total_of(session, point, **period)
        use = queries.uses_of(session, [point], days=365)[point]
    # Two days of January, none of the 28 of February, two days of March.
    assert [(m.on, m.days, m.received) for m in months] == [
        (date(2025, 1, 1), 31, 2),
        (date(2025, 2, 1), 28, 0),
        (date(2025, 3, 1), 31, 2),
    ]
    assert (months[1].value, months[1].completeness) == (None, 0)
    assert (total.days, total.received) == (365, 4)
    assert (use.total.days, use.total.received) == (365, 4)
