"""What is cut: one change each, that must be there whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

TABLES_ASIDE = {"base_process", "base_sign_in", "base_login_attempt"}


@dataclass
class Case:
    """One change."""

    name: str
    run: Callable[[Any, dict[str, Any]], str]
    #: More to look at than the database and the documents.
    look: Callable[[Any, dict[str, Any]], Any] = field(default=lambda app, known: None)
    #: Made to the template before the change is tried.
    before: Callable[[Any, dict[str, Any]], None] = field(default=lambda app, known: None)
    engines: tuple[str, ...] = ("sqlite", "postgresql")
    #: What the doctor may say of the old state: it is what the change mends.
    excused: tuple[str, ...] = ()
    #: The next start has its part in it: it brings rights and indexes to the new rows.
    starts: bool = False
    #: Points of failure that are tried at most; more are sampled evenly.
    most: int = 80


def prepare(app: Any) -> dict[str, Any]:
    """The town of the cases: a school, an agent, a store, work that is started and finished."""
    from flask_appbuilder.security.sqla.models import User

    from base.rules.rights.actors import system_session
    from base.store.models import Entity
    from interventions import services
    from interventions.domain import State
    from tests.factories.interventions import NOON, agent, building, stocked, work_order

    with app.app_context():
        with system_session("tests") as session:
            town = session.scalars(select(Entity).where(Entity.code == "A")).one()
            user = session.scalars(select(User).where(User.username == "bob")).one()
            school = building(session, town.id)
            nadia = agent(session, town.id, user_id=user.id)
            store, seal = stocked(session, town.id, "10", "11.00")
            started = work_order(session, school, State.STARTED)
            services.record_labour(
                session, started, nadia, hours=Decimal("1.5"), date_on=date(2026, 11, 23)
            )
            services.consume_part(
                session, started, seal, store=store, quantity=Decimal(2), date_on=NOON.date()
            )
            finished = work_order(session, school, State.FINISHED)
            known = {
                "asset": school.id,
                "agent": nadia.id,
                "item": seal.id,
                "store": store.id,
                "started": started.id,
                "finished": finished.id,
            }
        manager = app.appbuilder.sm
        made = manager.create_api_key(manager.find_user(username="alice"), "essai")
        known["headers"] = {"Authorization": f"Bearer {made['key']}"}
    return known


def posted(app: Any, known: dict[str, Any], path: str, **options: Any) -> str:
    """One request of Alice's program; the status and the sentence."""
    answer = app.test_client().post(path, headers=known["headers"], **options)
    said = answer.get_json(silent=True) or {}
    return f"{answer.status_code} {said.get('message', '')}"


def upload(app: Any, known: dict[str, Any]) -> str:
    """A photo of a school."""
    data = {
        "record": "asset",
        "record_id": str(known["asset"]),
        "file": (io.BytesIO(b"%PDF-1.4\n" + b"x" * 300_000 + b"\n%%EOF"), "plan.pdf"),
    }
    return posted(app, known, "/api/v1/document/", data=data)


def verb(of: str, name: str) -> Callable[[Any, dict[str, Any]], str]:
    """A verb of a work order."""

    def run(app: Any, known: dict[str, Any]) -> str:
        return posted(app, known, f"/api/v1/work_order/{known[of]}/{name}", json={})

    return run


def receipt(app: Any, known: dict[str, Any]) -> str:
    """Goods that enter the store."""
    body = {"item_id": known["item"], "quantity": "40", "unit_cost_eur": "10.5000"}
    return posted(app, known, f"/api/v1/store/{known['store']}/receive", json=body)


def imported(app: Any, known: dict[str, Any]) -> str:
    """Two hundred suppliers from a file."""
    from base.desk.imports.command import import_file

    place = Path(known["place"]) / "tiers.csv"
    with app.app_context():
        report = import_file("suppliers", place, entity="A")
    return f"200 {report.created}"


def write_import(app: Any, known: dict[str, Any]) -> None:
    lines = ["Raison sociale;Code", *(f"Fournisseur {n};C{n:04d}" for n in range(200))]
    (Path(known["place"]) / "tiers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def backup(app: Any, known: dict[str, Any]) -> str:
    """A backup over an older one."""
    from base.upkeep.backups.making import back_up

    back_up(app, Path(known["backup"]))
    return "200"


def first_backup(app: Any, known: dict[str, Any]) -> None:
    backup(app, known)


def look_backup(app: Any, known: dict[str, Any]) -> Any:
    """The archive is whole, whichever it is; where the trail ended tells which."""
    from base.upkeep.backups import archive

    return archive.check(Path(known["backup"])).trail["seq"]


def migration(app: Any, known: dict[str, Any]) -> str:
    """The newest migrations of a module, on tables with rows."""
    from base.store.database import db
    from base.upkeep.schema import migrations

    with app.app_context():
        migrations.upgrade(db.engine, app.manifests)
    return "200"


def step_back(app: Any, known: dict[str, Any]) -> None:
    """A database of an earlier version."""
    from alembic import command

    from base.store.database import db
    from base.upkeep.schema import migrations

    manifest = next(m for m in app.manifests if m.module == "interventions")
    with app.app_context(), db.engine.begin() as connection:
        config = migrations._config(manifest, app.manifests, connection)
        command.downgrade(config, "interventions_0001")


def restored(app: Any, known: dict[str, Any]) -> str:
    """An earlier state brought back over this one."""
    from base.processes.restoring import restore

    restore(app.settings, Path(known["backup"]), force=True)
    return "200"


def save_then_change(app: Any, known: dict[str, Any]) -> None:
    """A backup, then a change that it does not hold."""
    from base.rules.rights.actors import system_session
    from base.store.models import Partner
    from base.upkeep.backups.making import back_up

    back_up(app, Path(known["backup"]), secrets=True)
    with app.app_context():
        with system_session("tests") as session:
            session.add(Partner(entity_id=1, code="APRES", name="Après la sauvegarde"))


def seal(app: Any, known: dict[str, Any]) -> str:
    """A seal over what was written since the last one."""
    from base.upkeep.seals.sealing import seal_now

    with app.app_context():
        made = seal_now()
    return f"200 {made.size if made is not None else 0}"


def seal_once(app: Any, known: dict[str, Any]) -> None:
    """The key is registered and a first seal made; then something happens."""
    seal(app, known)
    receipt(app, known)


CASES = [
    Case("upload", upload),
    Case("finish", verb("started", "finish")),
    Case("validate", verb("finished", "validate")),
    Case("receipt", receipt),
    Case("import", imported, before=write_import),
    Case("seal", seal, before=seal_once),
    Case("backup", backup, before=first_backup, look=look_backup),
    Case("migration", migration, before=step_back, excused=("schema",)),
    Case("restore", restored, before=save_then_change, starts=True, most=60),
]


def state(app: Any) -> str:
    """How many rows every table has, and what the cases change, in one text."""
    from sqlalchemy import inspect, text

    from base.store.database import db

    with app.app_context():
        with db.engine.connect() as connection:
            found: dict[str, Any] = {}
            for name in sorted(inspect(connection).get_table_names()):
                if name not in TABLES_ASIDE:
                    rows = connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                    found[name] = rows
            for name, columns in {
                "base_counter": "series, value",
                "interventions_work_order": "id, state",
                "interventions_stock_level": "id, quantity",
                "base_document": "digest",
            }.items():
                rows = connection.execute(text(f'SELECT {columns} FROM "{name}"'))  # noqa: S608
                found[f"{name}:rows"] = sorted(map(str, rows))
        db.engine.dispose()
    return json.dumps(found, sort_keys=True)
