"""A module that is dropped in, used, and taken out again, on both engines; no file is edited."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from base.modules import ROOT
from tests import engines

FILES = {
    "__init__.py": '"""Trees of the authority."""\n',
    "__manifest__.py": '{"name": "Espaces verts", "version": "1.0", "depends": ["patrimoine"]}\n',
    "models.py": '''
        """Trees."""
        from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
        from sqlalchemy.orm import Mapped, mapped_column

        from base.database import Model
        from base.mixins import Scoped, Stamped, Versioned, tracked


        class Tree(Versioned, Stamped, Scoped, Model):
            """One tree on an asset."""

            __tablename__ = "espaces_verts_tree"
            __table_args__ = (
                UniqueConstraint("entity_id", "code"),
                ForeignKeyConstraint(
                    ["asset_id", "entity_id"], ["patrimoine_asset.id", "patrimoine_asset.entity_id"]
                ),
            )

            id: Mapped[int] = mapped_column(primary_key=True)
            code: Mapped[str] = tracked(String(32))
            species: Mapped[str] = tracked(String(100))
            asset_id: Mapped[int | None]

            def __str__(self) -> str:
                return f"{self.code} {self.species}"
    ''',
    "security.py": '''
        """Who may do what with trees."""
        from base.rules import by_entity
        from espaces_verts.models import Tree

        by_entity(Tree)
        ROLES = {
            "Responsable": [(r"^(TreeView|TreeApi)$", r"^can_.*$")],
            "Jardinier": [(r"^(TreeView|TreeApi)$", r"^can_(list|show|get|info)$")],
        }
    ''',
    "views.py": '''
        """Screens."""
        from base.i18n import _l
        from base.views import ModuleView, ScopedInterface
        from espaces_verts.models import Tree


        class TreeView(ModuleView):
            """Trees."""

            datamodel = ScopedInterface(Tree)
            list_title = _l("Arbres")
            list_columns = show_columns = add_columns = edit_columns = ["code", "species"]
            search_columns = order_columns = word_columns = ["code", "species"]
            default_order = "code"
            label_columns = {"code": _l("Code"), "species": _l("Essence")}


        def register(appbuilder):
            """Add the screens."""
            appbuilder.add_view(TreeView, "Trees", label=_l("Arbres"), category="Patrimoine")
    ''',
    "api.py": '''
        """Resources."""
        from base.api import ModuleApi
        from base.views import ScopedInterface
        from espaces_verts.models import Tree


        class TreeApi(ModuleApi):
            """Trees."""

            datamodel = ScopedInterface(Tree)
            resource_name = "tree"
            list_columns = show_columns = ["id", "code", "species", "asset_id", "version"]
            add_columns = edit_columns = ["code", "species", "asset_id"]
            search_columns = order_columns = ["id", "code"]


        def register(appbuilder):
            """Add the resources."""
            appbuilder.add_api(TreeApi)
    ''',
}

SCRIPT = """
import sys
from pathlib import Path

import config
from base import migrations
from base.app import bare_app, create_app, migrate
from base.database import db
from tests import engines

step, extra = sys.argv[1], [Path(sys.argv[2])]
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
app = create_app(settings, extra_modules=extra)
app.test_client_class = engines.Browser
client = app.test_client()
headers = engines.token_headers(client, "alice")
if step == "in":
    sent = {"code": "T1", "species": "Tilleul"}
    made = client.post("/api/v1/tree/", json=sent, headers=headers)
    assert made.status_code == 201, made.get_data(as_text=True)
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
print("done", step)
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_module_is_dropped_in_and_taken_out(engine, tmp_path, tmp_path_factory):
    server = engines.server(engine, tmp_path_factory)
    server.reset()
    extra = tmp_path / "modules à part"
    folder = extra / "espaces_verts"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    # The keys sign the hashes of nothing that is asked for here: the instance makes its own.
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
    if engine == "sqlite":
        shutil.copyfile(server.template, data / "ouvrage.db")
    else:
        env["DATABASE_URL"] = server.settings.database_url
    for step in ("in", "out", "again"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, step, str(extra)],
            env=env, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and f"done {step}" in done.stdout, done.stderr[-3000:]
    server.reset()
