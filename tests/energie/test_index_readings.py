"""Indexes in the database: dials, rollovers, replacements, doubts, classes; on both engines."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers
from hashlib import sha256

import pytest
from sqlalchemy import select

from base.desk.imports import Options
from base.rules.rights.actors import job_session
from energie import queries
from energie.domain.kinds import EnergyKind
from energie.imports.readings import Who, import_readings
from energie.models import DeliveryPoint, Reading, ReadingBatch, Register, Series
from energie.services import points, readings
from patrimoine.services import assets
from tests.energie.real import shared
from tests.energie.samples import PRM

ALICE = Who(1, (1,), "user:1")
DAY = date(2024, 1, 1)


def _point(reference=PRM, **more):
    with job_session((1,), "user:1") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        return points.create_point(session, hall, reference=reference, on=DAY, **more).id


def _import(path, **options):
    return import_readings(
        path,
        label=path.name,
        digest=sha256(path.read_bytes()).hexdigest(),
        who=ALICE,
        pause=0,
        **options,
    )


def _indexes(tmp_path, *rows, name="index.csv", unit="kWh", told=None):
    path = tmp_path / name
    lines = [f"PRM;Date;Index ({unit})", *(f"{PRM};{day};{index}" for day, index in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _import(path, options=Options(answers=told or {}))


def _days(point_id):
    with job_session((1,), "user:1", readonly=True) as session:
        found = queries.point_days(session, point_id, start=date(2000, 1, 1), end=date(2100, 1, 1))
        return {day.on: day.value for day in found}


def _doubts(point_id):
    with job_session((1,), "user:1", readonly=True) as session:
        return len(queries.suspects_of(session, point_id, limit=100))


def test_indexes_are_spread_over_their_days(app, tmp_path):
    point = _point()
    _indexes(tmp_path, ("01/01/2025", 1000), ("04/01/2025", 1010))
    assert list(_days(point).values()) == [D("3.334"), D("3.333"), D("3.333")]


def test_an_index_of_the_end_of_a_day_belongs_to_the_next_midnight(app, tmp_path):
    point = _point()
    rows = (("2025-01-01", 1000), ("2025-01-02", 1010))
    _indexes(tmp_path, *rows, told={"convention": "end"})
    assert _days(point) == {date(2025, 1, 2): D("10.000")}


def test_a_dial_comes_back_to_zero_after_its_own_digits(app, tmp_path):
    """Five digits and a coefficient of ten, as the worked case has it."""
    point = _point(digits=5, coefficient=D(10))
    _indexes(tmp_path, ("2025-01-01", 99400), ("2025-01-02", 99850), ("2025-01-03", 120))
    assert _days(point) == {date(2025, 1, 1): D(4500), date(2025, 1, 2): D(2700)}
    assert _doubts(point) == 0


def test_an_implausible_drop_is_doubted_and_nothing_is_computed_around_it(app, tmp_path):
    point = _point()
    rows = [
        ("2025-01-01", 5000),
        ("2025-01-02", 5010),
        ("2025-01-03", 40),
        ("2025-01-04", 5030),
        ("2025-01-05", 5040),
    ]
    outcome = _indexes(tmp_path, *rows)
    assert _days(point) == {date(2025, 1, 1): D(10), date(2025, 1, 4): D(10)}
    assert _doubts(point) == 1
    again = _indexes(tmp_path, *rows[1:], name="encore.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)
    fixed = _indexes(tmp_path, ("2025-01-03", 5020), name="corrige.csv")
    assert (fixed.created, fixed.updated) == (0, 1)
    assert list(_days(point).values()) == [D(10)] * 4
    assert _doubts(point) == 0
    with job_session((1,), "user:1") as session:
        readings.undo_batch(session, session.get(ReadingBatch, fixed.batch_id))
    assert (len(_days(point)), _doubts(point)) == (2, 1)
    assert outcome.applied


def test_a_drop_above_the_subscribed_power_is_no_rollover(app, tmp_path):
    point = _point(subscribed_kva=D(6), digits=5)
    _indexes(tmp_path, ("2025-01-01", 99990), ("2025-01-02", 300))
    assert _doubts(point) == 1


def test_a_replaced_meter_adds_both_parts(app, tmp_path):
    point = _point()
    _indexes(tmp_path, ("2025-01-01", 5000), ("2025-01-03", 60))
    with job_session((1,), "user:1") as session:
        points.replace_meter(
            session,
            session.get(DeliveryPoint, point),
            serial_number="NEUF-1",
            on=date(2025, 1, 2),
            removal_index=D(5030),
            install_index=D(0),
            digits=6,
        )
    # 30 on the old dial and 60 on the new one, over two days.
    assert list(_days(point).values()) == [D(45), D(45)]
    assert _doubts(point) == 0


def test_without_a_removal_index_the_gap_stays_unknown(app, tmp_path):
    point = _point()
    _indexes(tmp_path, ("2025-01-01", 5000), ("2025-01-03", 60), ("2025-01-04", 70))
    with job_session((1,), "user:1") as session:
        row = session.get(DeliveryPoint, point)
        points.replace_meter(session, row, serial_number="NEUF-1", on=date(2025, 1, 2))
        with pytest.raises(points.MeterRefused, match="NEUF-1"):
            points.replace_meter(session, row, serial_number="NEUF-1", on=date(2025, 2, 2))
    assert _days(point) == {date(2025, 1, 3): D(10)}
    assert _doubts(point) == 0


def test_a_flow_tells_the_digits_of_its_dials(app):
    point = _point("99147508449444")
    _import(shared("real", "energy-fr", "enedis_r15.xml"))
    with job_session((1,), "user:1", readonly=True) as session:
        found = {r.code: (r.digits, r.coefficient) for r in session.scalars(select(Register))}
    assert found["BASE"] == (6, D(1))
    # 100 kWh from 1 July 00:00 to 30 July 00:01.
    assert sum(_days(point).values()) == D(100)
    assert len(_days(point)) == 30


def test_classes_make_the_whole_of_a_point(app, tmp_path):
    point = _point()
    path = tmp_path / "r171.xml"
    series = "".join(
        f"<serieMesuresDatees><prmId>{PRM}</prmId><grandeurPhysique>EA</grandeurPhysique>"
        f"<codeClasseTemporelle>{code}</codeClasseTemporelle><unite>Wh</unite>"
        "<mesuresDateesListe>"
        + "".join(
            f"<mesureDatee><dateFin>2025-01-0{n}T00:00:00</dateFin><valeur>{value}</valeur>"
            "</mesureDatee>"
            for n, value in enumerate(values, 1)
        )
        + "</mesuresDateesListe></serieMesuresDatees>"
        for code, values in (("HPH", (1000, 4000, 9000)), ("HCH", (500, 1500, 1500)))
    )
    path.write_text(
        f"<R171><serieMesuresDateesListe>{series}</serieMesuresDateesListe></R171>", "utf-8"
    )
    _import(path)
    assert _days(point) == {date(2025, 1, 1): D(4), date(2025, 1, 2): D(5)}
    with job_session((1,), "user:1") as session:
        (batch,) = session.scalars(select(ReadingBatch)).all()
        readings.undo_batch(session, batch)
        assert session.scalars(select(Reading)).all() == []
        assert not queries.series_with_days(session, point)


def test_billed_months_are_spread_and_not_counted_twice(app):
    point = _point("99825340122516")
    _import(shared("real", "energy-fr", "enedis_soap_ConsultationMesures_C4.xml"))
    days = _days(point)
    # 36 months, from 9 January 2019 to 9 January 2022: 1 096 days, 362 424 kWh.
    assert (len(days), sum(days.values())) == (1096, D(362424))


def test_gas_by_month_is_of_the_upper_heating_value(app, tmp_path):
    point = _point("99315023105714", energy_kind=EnergyKind.GAS)
    path = shared("real", "energy-fr", "grdf_donnees_informatives_mois.xlsx")
    _import(path, reference="99315023105714")
    with job_session((1,), "user:1", readonly=True) as session:
        series = session.scalars(select(Series).where(Series.unit == "kWh")).one()
        assert (series.basis, series.step) == ("PCS", "month")
    assert sum(_days(point).values()) == D(23181)
