"""Wrong values on the screen and by REST: what an import shows, and what it says of them."""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import gzip
import io

from base.desk.imports.command import run
from base.rules.rights.actors import job_session
from energie import queries
from tests.energie.test_faulty_values import FLAT, _run, _write, points  # noqa: F401
from tests.factories.energie import point


def _dropped(client_of, name, content):
    """The import of a file that was given on the screen, and its browser."""
    from base.desk.accounts.making import create_user
    from tests import engines

    create_user("elise", engines.PASSWORD, roles=["Énergie"], entities=["A"], must_change=False)
    elise = client_of(None)
    engines.sign_in(elise, "elise")
    answer = elise.post(
        "/imports/drop",
        data={
            "csrf_token": engines.csrf(elise, "/imports/"),
            "files": (io.BytesIO(content), name),
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)[:3000]
    return elise, answer.location


def _tried(location):
    """Do what the worker does with a file that was dropped: the trial."""
    from base.basics.errors import InvalidInput
    from base.desk.imports import work
    from base.papers.files.store import current_store
    from base.store.models.imports import ImportBatch, ImportState

    pk = int(location.split("/imports/")[1].split("/")[0])
    with job_session((1,), "user:1", readonly=True) as session:
        batch = session.get_one(ImportBatch, pk)
        try:
            examination, kept = work.examine_batch(session, batch, current_store(), dry_run=True)
        except InvalidInput as refusal:
            examination, kept = None, work._unreadable(current_store(), batch, str(refusal))
    with job_session((1,), "user:1") as session:
        batch = session.get_one(ImportBatch, pk)
        if examination is None:
            batch.state, batch.report_digest = ImportState.REFUSED, kept.report.digest
        else:
            work.keep_trial(session, batch, examination, kept)
    return pk


def test_the_screen_shows_the_values_that_it_would_write(points, client_of):
    elise, where = _dropped(client_of, "e09-negatif.csv", (points / "e09-negatif.csv").read_bytes())
    pk = _tried(where)
    page = elise.get(f"/imports/{pk}").get_data(as_text=True)
    assert "Rien ne change" not in page
    for words in ("11 kWh", "2 valeurs suspectes", "négative", "mesurée", "Ce que contient"):
        assert words.replace(" kWh", "\u00a0kWh") in page or words in page, words


def test_the_trial_calls_the_value_suspect_that_it_warns_of(points, client_of):
    data = (points / "e34-saut-9kva.csv").read_bytes()
    elise, where = _dropped(client_of, "e34-saut-9kva.csv", data)
    page = elise.get(f"/imports/{_tried(where)}").get_data(as_text=True)
    assert (page.count(">mesurée<"), page.count(">suspecte<")) == (2, 1)
    # Days and numbers of the sums as people read them.
    assert ">01/02/2024<" in page and ">03/02/2024<" in page
    assert page.count("99\u202f998") + page.count("99\u00a0998") >= 2 and "99998" not in page


def test_the_trial_of_a_file_that_cannot_be_read_says_why_and_imports_nothing(points, client_of):
    data = (points / "e23-mille.csv").read_bytes()
    elise, where = _dropped(client_of, "e23-mille.csv", data)
    page = elise.get(f"/imports/{_tried(where)}").get_data(as_text=True)
    assert "peut se lire de deux façons" in page and "Le fichier n’a pas été lu" in page
    for untrue in ("Des lignes sont rejetées", "Importer 0", "Rien ne change"):
        assert untrue not in page


def test_the_page_of_a_point_lists_its_suspect_readings(points, client_of, capsys):
    _run(capsys, points / "e09-negatif.csv")
    with job_session((1,), "user:1", readonly=True) as session:
        point = queries.point_by_reference(session, "01234567890123", entity_id=1).id
    page = client_of("alice").get(f"/deliverypointview/show/{point}").get_data(as_text=True)
    assert "2 relevés suspects" in page and "e09-negatif.csv" in page
    assert "999\u00a0999\u00a0999\u00a0kWh" in page


def test_a_compressed_table_is_recognised_where_files_are_dropped(points, client_of):
    text = f"PRM;Date;Index (kWh)\n{FLAT};01/02/2025;10\n{FLAT};02/02/2025;25\n"
    elise, where = _dropped(client_of, "releves.csv.gz", gzip.compress(text.encode()))
    assert where.endswith("/columns")
    assert "Index (kWh)" in elise.get(where).get_data(as_text=True)


def test_the_import_by_rest_says_its_notes_and_suspects(points, api_of):
    call = api_of("alice")
    answer = call(
        "POST",
        "/api/v1/import/readings",
        data={
            "file": (io.BytesIO((points / "e09-negatif.csv").read_bytes()), "e09.csv"),
            "dry_run": "true",
            "entity": "A",
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == 202, answer.json
    pk = _tried(f"/imports/{answer.json['batch_id']}/")
    report = call("GET", f"/api/v1/import/{pk}").json
    assert (report["created"], report["suspect"]) == (3, 2)
    assert [warning["row"] for warning in report["warnings"]] == [2, 4]
    assert report["totals"][0]["sum"] == "11" and report["notes"] is not None


def test_units_of_the_totals_are_said_in_words(app, tmp_path, capsys):
    with job_session((1,), "user:1") as session:
        point(session, reference="99800000000100", energy_kind="water")
    text = "PRM;Date;Volume (m3)\n99800000000100;01/02/2025;1,5\n99800000000100;02/02/2025;2\n"
    path = _write(tmp_path, text, "eau.csv")
    assert run("readings", str(path), entity="A", dry_run=True) == 0
    out = capsys.readouterr().out
    assert "de 1,5 à 2 m³, somme 3,5 m³." in out and "m3" not in out
    assert _run(capsys, path, dry_run=True)[1]["totals"][0]["sum_unit"] == "m3"


def test_an_import_of_readings_says_its_form_and_its_dials_in_words(points, client_of):
    """« enedis_csv » and « TOTAL » are for programs."""
    text = (
        "\ufeffIdentifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
        "Grandeur metier;Etape metier;Unite\n"
        f"{FLAT};Index;01/02/2025;03/02/2025;Energie active;Consommation;Comptage Brut;kWh\n"
        f"Horodate;Type de releve;{';'.join(f'EAS F{n}' for n in range(1, 11))};EAS T\n"
        f"2025-02-01T00:00:00+01:00;Arrêté quotidien{';' * 10};73689\n"
        f"2025-02-02T00:00:00+01:00;Arrêté quotidien{';' * 10};73701\n"
    )
    elise, where = _dropped(client_of, "index.csv", text.encode())
    page = elise.get(f"/imports/{_tried(where)}").get_data(as_text=True)
    assert "<span>Enedis CSV</span>" in page
    assert f"<td>{FLAT}, Index, à chaque relevé, total</td>" in page
    assert "enedis_csv" not in page and "TOTAL" not in page
