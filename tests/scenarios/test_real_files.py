"""Real files of other programs and of the State, read in place: each is taken, or gets its
sentence and leaves nothing."""

import pytest
from sqlalchemy import func, select

from base.basics.errors import InvalidInput
from base.desk.imports import Options
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.models.imports import ImportBatch
from patrimoine.models import Asset


def assets():
    with system_session("test", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(Asset))


def names():
    with system_session("test", readonly=True) as session:
        return set(session.scalars(select(Asset.name)))


PLACES = {"create_places": "oui"}


@pytest.mark.parametrize(
    ("name", "rows", "options"),
    [
        ("snipe-it/assets-sample.csv", 22, Options(american=True, answers=PLACES)),
        ("snipe-it/assets-sample-BLANKS.csv", 200, Options(american=True, answers=PLACES)),
        ("snipe-it/consumables-sample.csv", 3, Options(american=True, answers=PLACES)),
        ("snipe-it/components-sample.csv", 1, Options(answers=PLACES)),
        ("snipe-it/locations-sample.csv", 19, Options()),
        ("snipe-it/models-sample.csv", 20, Options()),
        ("shelf/shelf-import-with-barcodes.csv", 4, Options(answers=PLACES)),
    ],
)
def test_lists_of_other_programs_become_assets(sqlite_app, real_data, name, rows, options):
    path = real_data / "real" / "asset-import" / name
    first = import_file("assets", path, entity="A", options=options, partial=True)
    assert first.total == rows
    assert first.created == rows - first.rejected
    assert first.created > 0
    assert assets() >= first.created
    again = import_file("assets", path, entity="A", options=options, partial=True)
    assert (again.created, again.updated) == (0, 0), again.lines
    assert again.former_id == first.batch_id


def test_american_dates_are_refused_and_the_remedy_is_said(sqlite_app, real_data):
    path = real_data / "real" / "asset-import" / "snipe-it" / "assets-sample.csv"
    report = import_file("assets", path, entity="A")
    assert (report.applied, report.rejected, report.total) == (False, 22, 22)
    assert report.errors[0] == {
        "row": 2,
        "column": "Acquis le",
        "reason": "Acquis le\u00a0: «\u00a01/23/23\u00a0» est une date américaine "
        "(mois en premier)\u00a0: écrivez jour/mois/année avec quatre chiffres pour "
        "l’année, par exemple 23/01/2023.",
    }
    assert "--american" in report.hints[0]
    assert assets() == 0


def test_an_old_macintosh_list_keeps_its_accents(sqlite_app, real_data):
    path = real_data / "real" / "asset-import" / "snipe-it" / "assets-sample-BLANKS.csv"
    report = import_file("assets", path, entity="A", dry_run=True)
    assert report.shape == "MAC_ROMAN, virgule"


@pytest.mark.parametrize(
    "name",
    ["computer_1", "computer_1_partial_volumes", "networkequipment_3", "phone_1", "printer_1"],
)
def test_an_inventory_agents_file_is_no_table(sqlite_app, real_data, name):
    path = real_data / "real" / "asset-import" / "glpi" / f"{name}.json"
    with pytest.raises(InvalidInput, match="attendu\u00a0: CSV, XLSX"):
        import_file("assets", path, entity="A")
    with pytest.raises(InvalidInput):
        import_file("parcels", path, entity="A")
    assert assets() == 0


@pytest.mark.parametrize(
    "name",
    [
        "1.3-incoherent-uid_adresse",
        "1.3-valid",
        "1.4-bad-id-ban-adresse",
        "1.4-bad-id-ban-commune",
        "1.4-valid",
        "aliases",
        "junk.ascii",
        "locales",
        "sample",
        "without-voie_nom-nor-toponyme",
    ],
)
def test_an_address_file_is_no_register_of_assets(sqlite_app, real_data, name):
    path = real_data / "real" / "territory" / "bal" / f"{name}.csv"
    try:
        report = import_file("assets", path, entity="A")
    except InvalidInput as refusal:
        assert "noms de colonnes attendus" in str(refusal) or "quelle fiche" in str(refusal)
    else:
        assert not report.applied
        assert report.rejected == report.total
        assert all(error["reason"].endswith(".") for error in report.errors)
    assert assets() == 0


def test_the_parcels_of_a_commune_are_all_taken(sqlite_app, real_data):
    path = real_data / "real" / "territory" / "cadastre-91216-parcelles.json"
    report = import_file("parcels", path, entity="A")
    assert (report.total, report.created, report.rejected) == (4241, 4241, 0)
    assert assets() == 4241
    again = import_file("parcels", path, entity="A")
    assert (again.created, again.unchanged, again.former_id) == (0, 4241, report.batch_id)


@pytest.mark.parametrize(
    "path",
    [
        "territory/rnb/cities.geojson",
        "territory/communes/regions.json",
        "energy-fr/enedis_r67.json",
    ],
)
def test_another_geojson_or_json_is_no_cadastre(sqlite_app, real_data, path):
    try:
        report = import_file("parcels", real_data / "real" / path, entity="A")
    except InvalidInput as refusal:
        assert str(refusal).endswith(".")
    else:
        assert (report.applied, report.rejected) == (False, report.total)
    assert assets() == 0


def test_what_was_refused_leaves_a_line_in_the_list_of_imports(sqlite_app, real_data):
    path = real_data / "real" / "asset-import" / "snipe-it" / "assets-sample.csv"
    import_file("assets", path, entity="A")
    with system_session("test", readonly=True) as session:
        (batch,) = session.scalars(select(ImportBatch)).all()
        assert (batch.state, batch.rejected) == ("refused", 22)
        assert batch.errors_label == "assets-sample-erreurs.csv"
