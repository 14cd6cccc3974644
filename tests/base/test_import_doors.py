"""Imports and documents by screen and by REST: rights, scope, one effect, nothing hostile."""

import io
import json
import re

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from base.basics.errors import InvalidInput
from base.desk.imports import work
from base.engine.jobs import cancel, execution, rerun
from base.rules.rights.actors import system_session
from base.store.models import ImportBatch, Partner
from base.store.models.jobs import JobRun
from tests.base.test_hostile_files import HOSTILE
from tests.base.test_imports import BAD, FILE, partners


def upload(text, name="tiers.csv", **fields):
    data = text if isinstance(text, bytes) else text.encode()
    # Encoded here: the test client leaves the temporary file of a big form open.
    content = FileStorage(io.BytesIO(data), filename=name)
    boundary, body = encode_multipart({**fields, "file": content})
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def token(client, path):
    page = client.get(path).get_data(as_text=True)
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]


def count(model):
    with system_session("test", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(model))


# -- REST ----------------------------------------------------------------------------------------


def test_a_program_tries_then_imports(api_of, app):
    alice = api_of("alice")
    tried = alice("POST", "/api/v1/import/suppliers", **upload(FILE, dry_run="true"))
    assert tried.status_code == 200, tried.get_data(as_text=True)
    assert tried.get_json()["created"] == 2
    assert partners() == {}
    done = alice("POST", "/api/v1/import/suppliers", **upload(FILE)).get_json()
    assert (done["created"], done["applied"], done["errors"]) == (2, True, [])
    again = alice("POST", "/api/v1/import/suppliers", **upload(FILE)).get_json()
    assert (again["unchanged"], again["former_id"]) == (2, done["batch_id"])
    shown = alice("GET", f"/api/v1/import/{done['batch_id']}").get_json()
    assert (shown["state"], shown["created"]) == ("applied", 2)


def test_refused_rows_are_422_and_nothing_is_written(sqlite_api_of, sqlite_app):
    alice = sqlite_api_of("alice")
    refused = alice("POST", "/api/v1/import/suppliers", **upload(BAD))
    assert refused.status_code == 422
    found = refused.get_json()
    assert (found["rejected"], found["created"], found["applied"]) == (3, 0, False)
    assert found["message"]
    assert (count(Partner), count(ImportBatch)) == (0, 0)
    partial = alice("POST", "/api/v1/import/suppliers", **upload(BAD, partial="1"))
    assert partial.get_json()["created"] == 1
    errors = alice("GET", f"/api/v1/import/{partial.get_json()['batch_id']}/errors")
    assert "Motif du rejet" in errors.get_data(as_text=True)
    assert errors.headers["Content-Disposition"].startswith("attachment")


def test_the_same_key_imports_once(sqlite_api_of, sqlite_app):
    alice = sqlite_api_of("alice")
    key = {"Idempotency-Key": "k1"}
    one = alice("POST", "/api/v1/import/suppliers", headers=key, **upload(FILE))
    two = alice("POST", "/api/v1/import/suppliers", headers=key, **upload(FILE))
    assert one.get_json() == two.get_json()
    assert count(ImportBatch) == 1
    other = alice("POST", "/api/v1/import/suppliers", headers=key, **upload(BAD))
    assert other.status_code == 422


def test_rights_and_scope_hold(sqlite_api_of, sqlite_app):
    path = "/api/v1/import/suppliers"
    assert sqlite_api_of(None)("POST", path, **upload(FILE)).status_code == 401
    assert sqlite_api_of("bob")("POST", path, **upload(FILE)).status_code == 403
    assert sqlite_api_of("damien")("POST", path, **upload(FILE)).status_code == 403
    alice, chloe = sqlite_api_of("alice"), sqlite_api_of("chloe")
    assert alice("POST", path, **upload(FILE, entity="B")).status_code == 404
    assert alice("POST", "/api/v1/import/users", **upload(FILE)).status_code == 403
    assert alice("POST", "/api/v1/import/zzz", **upload(FILE)).status_code == 404
    number = alice("POST", path, **upload(FILE)).get_json()["batch_id"]
    assert chloe("GET", f"/api/v1/import/{number}").status_code == 404
    assert chloe("GET", f"/api/v1/import/{number}/errors").status_code == 404
    kinds = alice("GET", "/api/v1/import/").get_json()["result"]
    assert "suppliers" in {k["kind"] for k in kinds}
    assert "users" not in {k["kind"] for k in kinds}


def test_an_administrator_names_the_entity(sqlite_api_of, sqlite_app):
    admin = sqlite_api_of("admin")
    path = "/api/v1/import/suppliers"
    assert admin("POST", path, **upload(FILE)).status_code == 422
    assert admin("POST", path, **upload(FILE, entity="B")).get_json()["created"] == 2


@pytest.mark.parametrize(
    "case",
    [
        "html as csv",
        "zip bomb",
        "old excel",
        "xxe in xlsx",
        "binary csv",
        "empty",
        "name upwards",
        "gzip",
        "program",
        "png called pdf",
        "many entries",
    ],
)
def test_a_hostile_file_is_refused_by_rest(sqlite_api_of, sqlite_app, case):
    name, data = HOSTILE[case]
    answer = sqlite_api_of("alice")("POST", "/api/v1/import/suppliers", **upload(data, name))
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.get_json()["message"].endswith(".")
    assert (count(Partner), count(ImportBatch)) == (0, 0)


def test_wrong_fields_are_said(sqlite_api_of, sqlite_app):
    alice = sqlite_api_of("alice")
    path = "/api/v1/import/suppliers"
    assert alice("POST", path, data={}).status_code == 422
    assert alice("POST", path, **upload(FILE, mapping="[1]")).status_code == 422
    assert alice("POST", path, **upload(FILE, mapping="{")).status_code == 422
    assert alice("POST", path, **upload(FILE, dry_run="peut-être")).status_code == 422
    mapped = upload("Truc\nDurand\n", mapping=json.dumps({"Truc": "name"}))
    assert alice("POST", path, **mapped).get_json()["created"] == 1


def test_a_big_file_becomes_a_job(sqlite_api_of, sqlite_app, monkeypatch):
    from base.desk.imports import work
    from base.engine import jobs

    monkeypatch.setattr(work, "SMALL_BYTES", 10)
    alice = sqlite_api_of("alice")
    answer = alice("POST", "/api/v1/import/suppliers", **upload(FILE))
    assert answer.status_code == 202
    jobs.run(answer.get_json()["job_id"])
    shown = alice("GET", answer.headers["Location"]).get_json()
    assert (shown["state"], shown["created"]) == ("applied", 2)
    assert set(partners()) == {"DUR", "MAR"}


def test_a_big_file_that_cannot_be_read_says_so_in_its_report(
    sqlite_api_of, sqlite_client_of, sqlite_app, monkeypatch
):
    from base.desk.imports import work
    from base.engine import jobs

    monkeypatch.setattr(work, "SMALL_BYTES", 10)
    alice = sqlite_api_of("alice")
    answer = alice("POST", "/api/v1/import/suppliers", **upload("gml_id,cli\n1,2\n3,4\n"))
    jobs.run(answer.get_json()["job_id"])
    shown = alice("GET", answer.headers["Location"]).get_json()
    assert shown["state"] == "refused"
    assert "noms de colonnes attendus" in shown["hints"][0]
    page = sqlite_client_of("alice").get(f"/imports/{shown['batch_id']}")
    assert "noms de colonnes attendus" in page.get_data(as_text=True)


# -- screens -------------------------------------------------------------------------------------


def given(client, text, name="tiers.csv"):
    fields = {"csrf_token": token(client, "/imports/new/suppliers")}
    return client.post("/imports/new/suppliers", **upload(text, name, **fields))


def test_a_person_imports_from_the_file_to_the_report(client_of, app):
    alice = client_of("alice")
    assert "Fournisseurs" in alice.get("/imports/").get_data(as_text=True)
    answer = given(alice, BAD)
    assert answer.status_code == 302
    columns = answer.headers["Location"]
    page = alice.get(columns).get_data(as_text=True)
    assert "Raison sociale" in page and "Colonne inconnue" in page
    form = {
        "csrf_token": token(alice, columns),
        "column-0": "name",
        "column-1": "code",
        "column-2": "siret",
        "column-3": "phone",
    }
    answer = alice.post(columns, data=form)
    show = answer.headers["Location"]
    page = alice.get(show).get_data(as_text=True)
    assert "Rien n’est encore écrit" in page
    assert "sa clé est fausse" in page
    assert "Importer 1 ligne, laisser les 3 rejetées" in page
    assert partners() == {}
    form = {"csrf_token": token(alice, show), "partial": "1"}
    assert alice.post(f"{show}/apply", data=form).status_code == 302
    assert "Import terminé" in alice.get(show).get_data(as_text=True)
    assert set(partners()) == {"MAR"}
    alice.post(f"{show}/apply", data=form)
    assert "déjà lancé" in alice.get(show).get_data(as_text=True)
    assert count(ImportBatch) == 1
    errors = alice.get(f"{show}/errors")
    assert errors.headers["Content-Disposition"].startswith("attachment")
    assert "tiers.csv" in alice.get("/imports/").get_data(as_text=True)
    # What was chosen is remembered for the next file of the same header.
    columns = given(alice, BAD.replace("MAR", "NEW"), "b.csv").headers["Location"]
    row = re.search(r'id="column-3".*?</select>', alice.get(columns).get_data(as_text=True), re.S)
    assert '<option value="phone" selected ' in row[0]


def test_a_file_that_cannot_be_read_is_said_beside_the_field(sqlite_client_of, sqlite_app):
    alice = sqlite_client_of("alice")
    answer = given(alice, "<html></html>")
    assert answer.status_code == 422
    assert "page web" in answer.get_data(as_text=True)
    # Titles that say nothing are for the person to tell apart.
    columns = given(alice, "gml_id,cli\n1,2\n").headers["Location"]
    assert "Il manque\u00a0: Nom." in alice.get(columns).get_data(as_text=True)


PARCEL = {
    "type": "Feature",
    "id": "912160000A0001",
    "properties": {
        "id": "912160000A0001",
        "commune": "91216",
        "prefixe": "000",
        "section": "A",
        "numero": "1",
        "contenance": 500,
    },
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[2.3, 48.6], [2.301, 48.6], [2.301, 48.601], [2.3, 48.6]]],
    },
}


@pytest.mark.parametrize("small", [True, False], ids=["in the request", "as a job"])
def test_a_file_without_columns_is_tried_at_once(sqlite_client_of, sqlite_app, monkeypatch, small):
    from base.desk.imports import work
    from base.engine import jobs

    monkeypatch.setattr(work, "SMALL_BYTES", 10**6 if small else 10)
    alice = sqlite_client_of("alice")
    text = json.dumps({"type": "FeatureCollection", "features": [PARCEL]})
    fields = {"csrf_token": token(alice, "/imports/new/parcels")}
    show = alice.post("/imports/new/parcels", **upload(text, "p.json", **fields))
    show = show.headers["Location"]
    if not small:
        with system_session("test", readonly=True) as session:
            job_id = session.scalars(select(ImportBatch.job_id)).one()
        jobs.run(job_id)
    page = alice.get(show).get_data(as_text=True)
    assert "Vérifier avant d’importer" in page and "1 créée" in page
    alice.post(f"{show}/apply", data={"csrf_token": token(alice, show)})
    if not small:
        with system_session("test", readonly=True) as session:
            job_id = session.scalars(select(ImportBatch.job_id)).one()
        jobs.run(job_id)
    assert "Import terminé" in alice.get(show).get_data(as_text=True)
    wrong = {"csrf_token": token(alice, "/imports/new/parcels")}
    answer = alice.post("/imports/new/parcels", **upload("{}", "q.json", **wrong))
    assert answer.status_code == 422


def test_screens_keep_to_rights_and_scope(sqlite_client_of, sqlite_app):
    alice, chloe = sqlite_client_of("alice"), sqlite_client_of("chloe")
    columns = given(alice, FILE).headers["Location"]
    assert alice.get(columns).status_code == 200
    assert chloe.get(columns).status_code == 404
    assert chloe.get(columns.replace("/columns", "/source")).status_code == 404
    assert alice.get("/imports/new/users").status_code == 403
    assert alice.get("/imports/new/zzz").status_code == 404
    bob = sqlite_client_of("bob")
    assert bob.get("/imports/").status_code in (302, 403)


# -- documents -----------------------------------------------------------------------------------


def test_each_importer_asks_for_a_right_that_exists(sqlite_app):
    from flask_appbuilder.security.sqla.models import PermissionView

    from base.desk.imports import importers

    with system_session("test", readonly=True) as session:
        known = {
            (held.permission.name, held.view_menu.name)
            for held in session.scalars(select(PermissionView))
        }
    kinds = {importer.kind for importer in importers()}
    assert {
        "assets",
        "agents",
        "suppliers",
        "meters",
        "parcels",
        "vehicles",
        "equipment",
        "readings",
        "invoices",
        "stock",
        "users",
    } <= kinds
    assert [i.kind for i in importers() if i.right not in known] == []


def test_both_resources_are_described(sqlite_api_of, sqlite_app):
    found = sqlite_api_of("alice")("GET", "/api/v1/_openapi").get_json()
    paths = found["paths"]
    assert "multipart/form-data" in paths["/api/v1/import/{kind}"]["post"]["requestBody"]["content"]
    assert {"get", "post"} <= set(paths["/api/v1/document/"])
    assert {"get", "delete"} <= set(paths["/api/v1/document/{pk}"])


@pytest.mark.parametrize("end", ["dead", "cancelled", "killed"])
def test_an_import_whose_job_ends_without_effect_ends(sqlite_api_of, sqlite_app, monkeypatch, end):
    """It says why, waits no more, and goes on when the job is run again."""
    monkeypatch.setattr(work, "SMALL_BYTES", 0)
    alice = sqlite_api_of("alice")
    batch_id = alice("POST", "/api/v1/import/suppliers", **upload(FILE)).get_json()["batch_id"]
    with system_session("test") as session:
        job_id = session.get_one(ImportBatch, batch_id).job_id
        row = session.get_one(JobRun, job_id)
        if end == "killed":
            row.attempts = row.max_attempts
        if end == "cancelled":
            cancel(session, row)
    if end == "dead":
        with monkeypatch.context() as broken:
            refuse = InvalidInput("Le disque est plein.")
            broken.setattr(work, "commit", lambda *args, **options: _raise(refuse))
            execution.run(job_id)
    if end == "killed":
        execution.run(job_id)
    shown = alice("GET", f"/api/v1/import/{batch_id}").get_json()
    assert shown["state"] == "refused", shown
    words = {"dead": "disque", "cancelled": "Arrêt demandé", "killed": "chaque essai"}[end]
    assert words in json.dumps(shown, ensure_ascii=False)
    with system_session("test") as session:
        rerun(session, session.get_one(JobRun, job_id))
    assert alice("GET", f"/api/v1/import/{batch_id}").get_json()["state"] == "running"
    execution.run(job_id)
    assert alice("GET", f"/api/v1/import/{batch_id}").get_json()["state"] == "applied"


def _raise(fault):
    raise fault


@pytest.mark.parametrize(
    "again", ["code;nom;siret", "Code;Nom;SIRET;;", ";Nom;SIRET", "CODE ; NOM ; SIRET"]
)
def test_the_titles_again_within_a_file_are_no_row(sqlite_api_of, sqlite_app, again):
    alice = sqlite_api_of("alice")
    text = f"code;nom;siret\nT-1;Étoile;\n{again}\nT-2;Nuage;\n"
    done = alice("POST", "/api/v1/import/suppliers", **upload(text)).get_json()
    assert (done["created"], done["rejected"]) == (2, 0), done
    assert sorted(partners()) == ["T-1", "T-2"]
