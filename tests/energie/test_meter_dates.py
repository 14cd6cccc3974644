"""Since when a meter is in place: the day that is told, else nobody knows."""

from datetime import date

import pytest

from base.desk.imports.command import run
from base.rules.rights.actors import job_session
from energie import queries
from energie.models import DeliveryPoint, Meter
from energie.services import points
from patrimoine.models import Asset
from patrimoine.services import assets

DAY = date(2019, 5, 2)
TITLES = "Référence;N° d’inventaire du bâtiment;Mise en service\n"


@pytest.fixture
def hall(app):
    with job_session((1,), "user:1") as session:
        return assets.create(
            session, "building", entity_id=1, name="Mairie", on=DAY, code="BAT-1"
        ).id


def _put_in(reference):
    with job_session((1,), "user:1", readonly=True) as session:
        point = queries.point_by_reference(session, reference, entity_id=1)
        return [m.installed_on for m in queries.meters_of(session, point.id)]


def test_imported_meters_are_as_old_as_the_file_tells(hall, tmp_path, client_of):
    path = tmp_path / "points.csv"
    path.write_text(
        TITLES + "21000000000101;BAT-1;02/05/2019\n21000000000102;BAT-1;\n", encoding="utf-8"
    )
    assert run("meters", str(path), entity="A") == 0
    assert _put_in("21000000000101") == [DAY]
    assert _put_in("21000000000102") == [None]
    with job_session((1,), "user:1", readonly=True) as session:
        key = queries.point_by_reference(session, "21000000000102", entity_id=1).id
    page = client_of("alice").get(f"/deliverypointview/show/{key}").get_data(as_text=True)
    assert '<td class="ov-code">21000000000102</td>\n<td>inconnu</td>' in page


@pytest.mark.parametrize(
    ("told", "wanted"), [("2019-05-02", DAY), (None, None), ("2031-01-01", None)]
)
def test_a_meter_made_by_rest_is_as_old_as_its_point(hall, api_of, told, wanted):
    body = {"asset_id": hall, "reference": "21000000000103", "opened_on": told}
    made = api_of("alice")("POST", "/api/v1/delivery_point/", json=body)
    assert made.status_code == 201, made.json
    assert _put_in("21000000000103") == [wanted]


def test_a_meter_of_unknown_age_is_replaced_on_any_day(hall):
    """The register knows the first one since today; the second came in 2024."""
    with job_session((1,), "user:1") as session:
        point = points.create_point(
            session, session.get(Asset, hall), reference="21000000000104", on=date(2026, 11, 1)
        )
        points.replace_meter(session, point, serial_number="NEUF-1", on=date(2024, 3, 1))
        key = point.id
    with job_session((1,), "user:1", readonly=True) as session:
        found = queries.meters_of(session, key)
        assert [(m.serial_number, m.installed_on, m.removed_on) for m in found] == [
            ("NEUF-1", date(2024, 3, 1), None),
            ("21000000000104", None, date(2024, 3, 1)),
        ]
    with job_session((1,), "user:1") as session:
        row = session.get(DeliveryPoint, key)
        points.replace_meter(session, row, serial_number="NEUF-2", on=date(2025, 3, 1))
    # Of two that were taken away, the one whose day is known comes first, on both engines.
    with job_session((1,), "user:1", readonly=True) as session:
        found: list[Meter] = list(queries.meters_of(session, key))
        assert [m.serial_number for m in found] == ["NEUF-2", "NEUF-1", "21000000000104"]


@pytest.mark.parametrize(
    ("second", "is_taken"),
    [(date(2024, 2, 29), False), (date(2024, 3, 1), False), (date(2024, 3, 2), True)],
)
def test_a_meter_is_replaced_after_the_day_it_was_put_in(hall, second, is_taken):
    """Two exchanges on one day would leave the meter between them no day at all."""
    with job_session((1,), "user:1") as session:
        point = points.create_point(
            session, session.get(Asset, hall), reference="21000000000105", on=DAY
        )
        points.replace_meter(session, point, serial_number="NEUF-1", on=date(2024, 3, 1))
        key = point.id
    with job_session((1,), "user:1") as session:
        row = session.get(DeliveryPoint, key)
        if is_taken:
            points.replace_meter(session, row, serial_number="NEUF-2", on=second)
        else:
            with pytest.raises(points.MeterRefused, match="depuis le 01/03/2024") as caught:
                points.replace_meter(session, row, serial_number="NEUF-2", on=second)
            assert "le nouveau vient après lui" in str(caught.value)
    with job_session((1,), "user:1", readonly=True) as session:
        found = [(m.serial_number, m.removed_on) for m in queries.meters_of(session, key)]
    now = [("NEUF-2", None), ("NEUF-1", second)] if is_taken else [("NEUF-1", None)]
    assert found == [*now, ("21000000000105", date(2024, 3, 1))]
