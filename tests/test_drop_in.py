"""A module that is dropped in, used, and taken out again, on both engines; no file is edited."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po, write_po

from base.rules.modules.loading import ROOT
from tests import engines

#: The module of the integrator's page, as printed there.
PAGE = ROOT / "docs" / "guide" / "integrer.md"
FILES = dict(
    re.findall(r"^```espaces_verts/(\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)
)


def test_the_module_of_the_page_fits_on_a_page():
    tests = [name for name in FILES if name.startswith("tests/")]
    names = ("__init__", "__manifest__", "models", "records", "services")
    rooms = {f"{name}.py" for name in names}
    assert set(FILES) - set(tests) == rooms and len(tests) == 3
    assert sum(len(text.splitlines()) for name, text in FILES.items() if name in rooms) <= 210


def write(folder):
    """The files of the page."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_the_module_of_the_page_is_laid_out_as_the_house(tmp_path):
    """Who copies it must not be corrected by `run.py lint` first."""
    write(tmp_path / "espaces_verts")
    ours = [
        "--config",
        str(ROOT / "pyproject.toml"),
        "--config",
        'lint.isort.known-first-party=["base","patrimoine","espaces_verts"]',
    ]
    for command in (["check", "--extend-ignore", "D103"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *ours, "--no-cache", str(tmp_path)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


SCRIPT = """
import io
import json
import sys
import zipfile
from pathlib import Path

import sqlalchemy as sa

import config
from base.upkeep.schema import migrations
from base.app import bare_app, create_app, migrate
from base.store.database import db
from base.basics.errors import DomainError
from base.store.models import Event
from base.rules.rights.actors import system_session
from tests import engines

step, extra = sys.argv[1], [Path(sys.argv[2])]


def proved(app, tree_id):
    # The tree, with its file, is in the traceability report and in the evidence file.
    from base.basics import clock
    from base.store.history import belonging
    from base.face.attached.documents import attach
    from base.papers.files.store import current_store
    from base.engine.jobs import run
    from base.store.models.documents import Document
    from base.store.models.jobs import JobRun
    from base.rules.rights.actors import job_session
    from reports import jobs, services
    from espaces_verts.models import Tree

    with app.app_context():
        assert belonging.unplaced("patrimoine_asset") == []
        with job_session((1,), "user:2", "test") as session:
            stored = current_store().put(b"diagnosis", media_type="text/plain", label="tilleul.txt")
            attach(session, session.get(Tree, tree_id), stored)
            asked = services.ask(
                session, code="traceability", given={"asset": "ESP-1"}, form="pdf",
                asked_by="Alice", at=clock.now(), today=clock.today(),
            )
            job_id = jobs.start_evidence(session, asked).id
        run(job_id)
        with job_session((1,), "user:2", "test", readonly=True) as session:
            job = session.get(JobRun, job_id)
            assert job.state == "done", job.last_error
            number = json.loads(job.result)["document_ids"][0]
            data = current_store().read(session.get(Document, number).digest)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            events = [json.loads(line) for line in archive.read("faits.jsonl").splitlines()]
            (tree,) = [e for e in events if e["record"] == "espaces_verts_tree"]
            assert json.loads(tree["changes"])["species"] == [None, "Tilleul"]
            assert [n for n in archive.namelist() if n.endswith("tilleul.txt")]


def mown(app, client, headers, asset):
    # A round, by program and by desk: number, states, board, calendar, cost booked and taken back.
    def api(method, path, **told):
        answer = client.open(f"/api/v1/{path}", method=method, headers=headers, **told)
        return answer.status_code, answer.get_json()

    def booked():
        kind = "(col:source_type,opr:eq,value:espaces_verts_mowing_round)"
        told = api("GET", f"cost_line/?q=(filters:!({kind}),order_column:id)")[1]["result"]
        assert {line["asset_id"] for line in told} <= {asset}
        return [line["amount_ht_eur"] for line in told]

    told = {"asset_id": asset, "planned_on": "2026-12-03"}
    status, made = api("POST", "mowing_round/", json=told)
    assert status == 201, made
    assert made["result"]["number"].startswith("TON-") and made["result"]["state"] == "planned"
    pk = made["id"]
    status, told = api("POST", f"mowing_round/{pk}/finish", json={"cost_eur": "a lot"})
    assert (status, list(told["errors"])) == (422, ["cost_eur"]), told
    status, told = api("POST", f"mowing_round/{pk}/reopen")
    assert status == 409 and "Planifiée" in told["message"], told
    status, told = api("POST", f"mowing_round/{pk}/finish", json={"cost_eur": "120.50"})
    assert (status, told["result"]["state"]) == (200, "done"), told
    assert booked() == ["120.50"]
    assert api("POST", f"mowing_round/{pk}/reopen")[0] == 200
    assert booked() == ["120.50", "-120.50"]
    paths = client.get("/api/v1/_openapi").get_json()["paths"]
    body = paths["/api/v1/mowing_round/{pk}/finish"]["post"]["requestBody"]
    assert "cost_eur" in body["content"]["application/json"]["schema"]["properties"]
    browser = app.test_client()
    engines.sign_in(browser, "alice")
    token = engines.csrf(browser)
    form = {"csrf_token": token, "asset": asset, "planned_on": "2026-12-10"}
    answer = browser.post("/mowingroundview/add", data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    desk = int(answer.headers["Location"].rsplit("/", 1)[-1])
    page = browser.get(f"/mowingroundview/show/{desk}").get_data(as_text=True)
    assert f"/mowingroundview/finish/{desk}" in page and "Coût HT" in page, page
    done = {"csrf_token": token, "cost_eur": "80,25"}
    answer = browser.post(f"/mowingroundview/finish/{desk}", data=done, follow_redirects=True)
    assert "1 tonte faite." in answer.get_data(as_text=True)
    assert booked() == ["120.50", "-120.50", "80.25"]
    board = browser.get("/mowingroundview/list/?display=board").get_data(as_text=True)
    assert "Planifiée" in board and "Faite" in board and "finish" in board, board
    days = "/mowingroundview/list/?display=calendar&on=2026-12-10"
    assert made["result"]["number"] in browser.get(days).get_data(as_text=True)
    assert "Tontes" in browser.get(f"/assetview/show/{asset}", follow_redirects=True).get_data(
        as_text=True
    )
    bob = engines.token_headers(client, "bob")
    for verb, status in (("reopen", 403), ("finish", 409)):
        answer = client.post(
            f"/api/v1/mowing_round/{desk}/{verb}", json={"cost_eur": "1"} if status == 409 else {},
            headers=bob,
        )
        assert answer.status_code == status, (verb, answer.get_data(as_text=True))


settings = config.settings()
if step == "in":
    app = bare_app(settings, extra)
    with app.app_context():
        made = migrations.generate(db.engine, app.manifests, "espaces_verts", "trees")
        assert made is not None, "no migration was written"
    migrate(app)
    with app.app_context():
        assert not migrations.differences(db.engine, app.manifests).get("espaces_verts")
if step == "out":
    extra = []
if step == "remove":
    from base.rules.modules import removal

    app = bare_app(settings, extra)
    with app.app_context():
        for refused in ("base", "patrimoine", "absent", "x' or 1"):
            try:
                removal.remove(db.engine, app.manifests, refused, force=True)
            except DomainError as refusal:
                print(refused, refusal)
            else:
                raise AssertionError(refused)
        try:
            removal.remove(db.engine, app.manifests, "espaces_verts", force=False)
        except removal.NotEmpty as refusal:
            assert "espaces_verts_tree (1)" in str(refusal)
        else:
            raise AssertionError("rows went unasked")
        gone = removal.remove(db.engine, app.manifests, "espaces_verts", force=True)
        assert gone.tables == {"espaces_verts_tree": 1, "espaces_verts_mowing_round": 2}
        names = sa.inspect(db.engine).get_table_names()
        assert not [name for name in names if name.startswith("espaces_verts")]
        assert "patrimoine_asset" in names
    print("done remove")
    raise SystemExit
app = create_app(settings, extra_modules=extra)
app.test_client_class = engines.Browser
client = app.test_client()
headers = engines.token_headers(client, "alice")
if step == "in":
    hall = client.post("/api/v1/building/", json={"name": "Mairie"}, headers=headers)
    square = {"code": "ESP-1", "name": "Square", "parent_id": hall.get_json()["id"]}
    made = client.post("/api/v1/equipment/", json=square, headers=headers)
    assert made.status_code == 201, made.get_data(as_text=True)
    sent = {"code": "T1", "species": "Tilleul", "asset_id": made.get_json()["id"]}
    made = client.post("/api/v1/tree/", json=sent, headers=headers)
    assert made.status_code == 201, made.get_data(as_text=True)
    proved(app, made.get_json()["id"])
    mown(app, client, headers, sent["asset_id"])
found = client.get("/api/v1/tree/", headers=headers)
if step == "out":
    assert found.status_code == 404, found.status_code
    assert client.get("/api/v1/partner/", headers=headers).status_code == 200
    engines.sign_in(client, "alice")
    assert client.get("/").status_code == 200
else:
    assert [r["species"] for r in found.get_json()["result"]] == ["Tilleul"]
    foreign = engines.token_headers(client, "chloe")
    assert client.get("/api/v1/tree/", headers=foreign).get_json()["count"] == 0
    engines.sign_in(client, "alice")
    assert "Tilleul" in client.get("/treeview/list/").get_data(as_text=True)
    # Where its asset is, which neither its model nor its card speaks of.
    assert found.get_json()["result"][0]["place"] == "Mairie"
    # Its words come from its model alone: on screen, in REST, in the history and the report.
    tree, asset = found.get_json()["result"][0]["id"], found.get_json()["result"][0]["asset_id"]
    assert found.get_json()["label_columns"]["species"] == "Essence"
    if step == "in":
        changed = client.patch(
            f"/api/v1/tree/{tree}",
            json={"species": "Tilleul argenté"},
            headers={**headers, "If-Match": '"1"'},
        )
        assert changed.status_code == 200, changed.get_data(as_text=True)
        client.patch(
            f"/api/v1/tree/{tree}", json={"species": "Tilleul"},
            headers={**headers, "If-Match": '"2"'},
        )
    page = client.get(f"/treeview/show/{tree}").get_data(as_text=True)
    assert "Essence" in page and "Tilleul argenté" in page and "species" not in page
    assert f"/treeview/show/{tree}" in client.get("/recherche?q=tilleul").get_data(as_text=True)
    from reports.catalogue.trace_words import in_words

    with app.test_request_context(), system_session("test", readonly=True) as session:
        events = sa.select(Event).where(Event.record == "espaces_verts_tree").order_by(Event.seq)
        told = [row[3:] for row, _same in in_words(session, session.scalars(events))]
    assert ["Arbre", "création", "essence", "", "Tilleul"] in told, told
    assert ["Arbre", "modification", "essence", "Tilleul", "Tilleul argenté"] in told, told
    # Its section on the page of the asset, and the search over all.
    page = client.get(f"/assetview/show/{asset}", follow_redirects=True).get_data(as_text=True)
    assert "Arbres" in page and f"/treeview/add?asset={asset}" in page, page
    assert "T1 Tilleul" in page and f"f.asset.eq={asset}" in page
    searched = client.get("/recherche?q=tilleul").get_data(as_text=True)
    assert f"/treeview/show/{tree}" in searched, searched
    # Rights by words: an agent sees, and neither adds nor changes.
    bob = engines.token_headers(client, "bob")
    assert client.get(f"/api/v1/tree/{tree}", headers=bob).status_code == 200
    assert client.post("/api/v1/tree/", json={}, headers=bob).status_code == 403
    # Files: the kind is told by its columns, each by its words and further names; then undone.
    text = "N° d’arbre;Espèce;Bien;Planté le\\nT1;Tilleul;ESP-1;\\nT2;Érable;esp-1;2020-03-04\\n"
    file = {"file": (io.BytesIO(text.encode()), "arbres.csv")}
    told = client.post(
        "/api/v1/import/trees", data=file, headers=headers, content_type="multipart/form-data"
    )
    assert told.status_code == 200, told.get_data(as_text=True)
    told = told.get_json()
    assert (told["created"], told["unchanged"]) == (1, 1), told
    made = client.get("/api/v1/tree/?q=(order_column:code,order_direction:desc)", headers=headers)
    first = made.get_json()["result"][0]
    assert (first["code"], first["planted_on"], first["asset_id"]) == ("T2", "2020-03-04", asset)
    wrong = {"file": (io.BytesIO("Code;Essence;Bien\\nT3;If;NULLE\\n".encode()), "a.csv")}
    refused = client.post(
        "/api/v1/import/trees", data=wrong, headers=headers, content_type="multipart/form-data"
    )
    assert refused.status_code == 422, refused.get_data(as_text=True)
    why = refused.get_json()["errors"][0]["reason"]
    assert why == "«\\u00a0NULLE\\u00a0» n’existe pas\\u00a0: bien.", refused.get_json()
    undone = client.post(f"/api/v1/import/{told['batch_id']}/undo", json={}, headers=headers)
    assert undone.get_json()["removed"] == 1, undone.get_data(as_text=True)
print("done", step)
"""


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_module_is_dropped_in_and_taken_out(engine, tmp_path, tmp_path_factory):
    server = engines.server(engine, tmp_path_factory)
    server.reset()
    extra = tmp_path / "modules à part"
    write(extra / "espaces_verts")
    data = tmp_path / "data"
    data.mkdir()
    # The keys sign the hashes of nothing that is asked for here: the instance makes its own.
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
    if engine == "sqlite":
        shutil.copyfile(server.template, data / "ouvrage.db")
    else:
        env["DATABASE_URL"] = server.settings.database_url
    for step in ("in", "out", "again", "remove"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, step, str(extra)],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 and f"done {step}" in done.stdout, done.stderr[-3000:]
    server.reset()


#: The French of the page in English, as its integrator writes it.
ENGLISH = {
    "Arbre": "Tree",
    "Arbres": "Trees",
    "Nouvel arbre": "New tree",
    "Essence": "Species",
    "%(num)d arbre": ("%(num)d tree", "%(num)d trees"),
    "%(n)s est à l’état « %(s)s ».": "%(n)s is in the state “%(s)s”.",
    "1 tonte faite.": ("1 mowing done.", "%(num)d mowings done."),
    "1 tonte rouverte.": ("1 mowing taken up again.", "%(num)d mowings taken up again."),
    "Espaces verts": "Green spaces",
    "Faite": "Done",
    "Faite le": "Done on",
    "Modifier l’arbre": "Change the tree",
    "Modifier la tonte": "Change the mowing",
    "Nouvelle tonte": "New mowing",
    "Planté le": "Planted on",
    "Prévue le": "Planned on",
    "Rouvrir": "Take up again",
    "Tonte": "Mowing",
    "Tonte %(n)s": "Mowing %(n)s",
    "Tontes": "Mowings",
    "un arbre": "a tree",
}
#: Tests of the whole house that walk over every module there is.
HOUSE = (
    "tests/test_access.py::test_every_route_is_in_the_table",
    "tests/test_access.py::test_a_person_may_open_what_the_table_says_and_nothing_else[M]",
    "tests/test_architecture.py::test_rooms_import_only_what_they_may",
    "tests/test_belonging.py::test_every_table_with_history_is_reached_or_says_why_not",
    "tests/test_english.py::test_no_page_says_a_french_word",
    "tests/test_scope_sweep.py::test_a_foreign_row_is_404_through_every_route_that_takes_one",
    "tests/base/test_account_pages.py::test_roles_are_read_in_words_and_compared",
    "tests/base/test_catalogues.py",
    "tests/base/test_wording.py",
)


@pytest.mark.slow
def test_the_tests_of_the_house_take_in_a_module_with_its_own(tmp_path):
    """A copy of the product with one folder more: nothing else is touched, and all is tested."""
    house = tmp_path / "maison"
    kept = ("__pycache__", "*.pyc")
    for name in [m.parent.name for m in ROOT.glob("*/__manifest__.py")] + ["tests", "docs"]:
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns(*kept))
    for name in ("config.py", "conftest.py", "pyproject.toml", "run.py"):
        shutil.copy(ROOT / name, house)
    write(house / "espaces_verts")
    env = {**os.environ, "PYTHONPATH": str(house), "OUVRAGE_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            env=env,
            cwd=house,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout

    run("base", "migration", "espaces_verts")
    run("base", "i18n")
    catalogue = house / "espaces_verts" / "i18n" / "en" / "LC_MESSAGES" / "messages.po"
    with catalogue.open("rb") as file:
        found = read_po(file)
    for message in found:
        if message.id and not any(message.string):
            message.string = ENGLISH[message.id if isinstance(message.id, str) else message.id[0]]
    with catalogue.open("wb") as file:
        write_po(file, found)
    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "espaces_verts/tests", *HOUSE)
    assert "espaces_verts/tests/test_trees.py" in run("-m", "pytest", "--co", "-q")
    assert re.search(r"\d+ passed", told) and "skipped" not in told, told[-500:]
