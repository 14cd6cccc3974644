"""A process makes the application once: nothing may need a second time to be there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Makes the application so many times in one process; says its rights and its addresses.
PROGRAM = """
import json, sys
from sqlalchemy import text
import config
from base.app import bare_app, create_app, migrate
from base.store.database import db

settings = config.settings({"OUVRAGE_DATA_DIR": sys.argv[1]})
migrates, times = sys.argv[2] == "migrate", int(sys.argv[3])
for _ in range(times):
    app = migrate(bare_app(settings)) if migrates else create_app(settings)
pairs = (
    "SELECT p.name || ' on ' || v.name FROM ab_permission_view pv"
    " JOIN ab_permission p ON p.id = pv.permission_id"
    " JOIN ab_view_menu v ON v.id = pv.view_menu_id"
)
with app.app_context(), db.engine.connect() as connection:
    rights = sorted(connection.execute(text(pairs)).scalars())
    db.engine.dispose()
print(json.dumps({"rights": rights, "addresses": sorted(map(str, app.url_map.iter_rules()))}))
"""


def _made(place: Path, how: str, times: int) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(place), how, str(times)],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_process_that_makes_it_once_has_every_page_and_every_right(tmp_path):
    rights_once = _made(tmp_path, "migrate", 1)["rights"]
    served_once = _made(tmp_path, "serve", 1)["addresses"]
    twice = _made(tmp_path, "serve", 2)
    assert served_once == twice["addresses"]
    assert rights_once == _made(tmp_path, "migrate", 2)["rights"]
