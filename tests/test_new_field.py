"""A new tracked field is one line on its model and a migration: proved on a copy of the product."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from base.rules.modules.loading import ROOT, discover
from tests import engines

#: The line, and the one after which it stands.
AFTER = '    title: Mapped[str] = tracked(String(200), default="", label=_l("Objet"))\n'
LINE = (
    "    tool: Mapped[str | None] = tracked("
    'String(40), label=_l("Outillage"), on="lists add edit filters import")\n'
)

SCRIPT = """
import io
import sys
from pathlib import Path

import sqlalchemy as sa

import config
from base.upkeep.schema import migrations
from base.app import bare_app, create_app, migrate
from base.store.database import db
from base.store.models import Event
from base.rules.rights.actors import system_session
from tests import engines

settings = config.settings()
assert Path(config.__file__).parent == Path.cwd()
app = bare_app(settings)
with app.app_context():
    assert migrations.generate(db.engine, app.manifests, "interventions", "tool") is not None
migrate(app)
app = create_app(settings)
app.test_client_class = engines.Browser
client = app.test_client()
headers = engines.token_headers(client, "alice")


def api(method, path, **told):
    told["headers"] = {**headers, **told.get("headers", {})}
    answer = client.open(f"/api/v1/{path}", method=method, **told)
    return answer.status_code, answer.get_json()


# By a program: made, listed, filtered, shown, changed, refused, described.
status, site = api("POST", "equipment/", json={"code": "P-1", "name": "Pompe"})
assert status == 201, site
sent = {"asset_id": site["id"], "title": "Graisser", "tool": "Pistolet"}
status, made = api("POST", "work_order/", json=sent)
assert (status, made["result"]["tool"]) == (201, "Pistolet"), made
pk = made["id"]
status, plain = api("POST", "work_order/", json={"asset_id": site["id"], "title": "Voir"})
assert (status, plain["result"]["tool"]) == (201, None), plain
status, found = api("GET", "work_order/?q=(filters:!((col:tool,opr:ct,value:Pisto)))")
assert (found["count"], found["result"][0]["tool"]) == (1, "Pistolet"), found
assert found["label_columns"]["tool"] == "Outillage"
status, found = api("PATCH", f"work_order/{pk}", json={"tool": "Pompe à graisse"},
                    headers={"If-Match": "*"})
assert (status, found["result"]["tool"]) == (200, "Pompe à graisse"), found
status, refused = api("PATCH", f"work_order/{pk}", json={"tool": "x" * 41},
                      headers={"If-Match": "*"})
assert (status, list(refused["errors"])) == (422, ["tool"]), refused
schemas = client.get("/api/v1/_openapi").get_json()["components"]["schemas"]
assert schemas["WorkOrderApi.post"]["properties"]["tool"]["maxLength"] == 40

# By a person: list, filter, form of a new one, form of an old one, file, history.
engines.sign_in(client, "alice")


def page(path):
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


listed = page("/workorderview/list/?tab=all")
assert "Outillage" in listed and "Pompe à graisse" in listed
kept = page("/workorderview/list/?tab=all&f.tool.eq=Pistolet")
assert "Graisser" not in kept and "Voir" not in kept
assert 'name="tool"' in page("/workorderview/add")
token = engines.csrf(client)
form = {"csrf_token": token, "asset": site["id"], "title": "Purger", "kind": "corrective",
        "priority": "normal", "tool": "Clé de 12"}
answer = client.post("/workorderview/add", data=form)
assert answer.status_code == 302, answer.get_data(as_text=True)
mine = int(answer.headers["Location"].rsplit("/", 1)[-1])
assert api("GET", f"work_order/{mine}")[1]["result"]["tool"] == "Clé de 12"
edit = page(f"/workorderview/edit/{mine}")
assert 'value="Clé de 12"' in edit
form |= {"version": api("GET", f"work_order/{mine}")[1]["result"]["version"], "tool": ""}
answer = client.post(f"/workorderview/edit/{mine}", data=form)
assert answer.status_code == 302, answer.get_data(as_text=True)
assert api("GET", f"work_order/{mine}")[1]["result"]["tool"] is None
history = page(f"/workorderview/show/{mine}")
assert "Outillage" in history and "Clé de 12" in history
exported = page("/workorderview/export/csv?tab=all")
assert "Outillage" in exported and "Pompe à graisse" in exported, exported

# By a file: made, unchanged, changed, undone.


def sent_file(text):
    file = {"file": (io.BytesIO(text.encode()), "interventions.csv")}
    status, told = api("POST", "import/work-orders", data=file,
                       content_type="multipart/form-data")
    assert status == 200, told
    return told


head = "Numéro;Bien;Objet;Outillage;Ouverte le\\n"
told = sent_file(head + "B1;P-1;Repeindre;Rouleau;2026-01-05\\n")
assert told["created"] == 1, told
told = sent_file(head + "B1;P-1;Repeindre;Rouleau;2026-01-05 \\n")
assert told["unchanged"] == 1, told
told = sent_file(head + "B1;P-1;Repeindre;Pinceau;2026-01-05\\n")
assert told["updated"] == 1, told
tools = {r["title"]: r["tool"] for r in api("GET", "work_order/")[1]["result"]}
assert tools["Repeindre"] == "Pinceau", tools
status, undone = api("POST", f"import/{told['batch_id']}/undo", json={})
assert status == 200, undone
tools = {r["title"]: r["tool"] for r in api("GET", "work_order/")[1]["result"]}
assert tools["Repeindre"] == "Rouleau", tools
columns = next(k["columns"] for k in api("GET", "import/")[1]["result"]
               if k["kind"] == "work-orders")
assert {"key": "tool", "label": "Outillage", "required": False} in columns

# In the report of traceability.
from reports.catalogue.trace_words import in_words

with app.test_request_context(), system_session("test", readonly=True) as session:
    events = sa.select(Event).where(Event.record == "interventions_work_order").order_by(Event.seq)
    told = [row[3:] for row, _same in in_words(session, session.scalars(events))]
assert ["Intervention", "création", "outillage", "", "Pistolet"] in told, told
assert ["Intervention", "modification", "outillage", "Pistolet", "Pompe à graisse"] in told
print("done")
"""


def test_a_field_of_a_work_order_is_one_line(tmp_path, tmp_path_factory):
    server = engines.server("sqlite", tmp_path_factory)
    server.reset()
    copy = tmp_path / "copie"
    skipped = shutil.ignore_patterns("__pycache__", "var", ".venv*")
    for name in (*(m.module for m in discover()), "config.py", "run.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=skipped)
        else:
            shutil.copyfile(source, copy / name)
    (copy / "tests").mkdir()
    for name in ("__init__.py", "engines.py"):
        shutil.copyfile(ROOT / "tests" / name, copy / "tests" / name)
    model = copy / "interventions" / "models" / "work.py"
    before = model.read_text("utf-8")
    assert before.count(AFTER) == 1
    model.write_text(before.replace(AFTER, AFTER + LINE), "utf-8")
    data = tmp_path / "data"
    data.mkdir()
    shutil.copyfile(server.template, data / "ouvrage.db")
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(data), "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=env,
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "done" in done.stdout, done.stderr[-3000:]
