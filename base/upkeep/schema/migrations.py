"""Migrations: one history per module, each with its own version table, run in manifest order.

Alembic is imported where a schema changes: whether it is the newest, every command asks at its
start, and the names in the files say it.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.engine import Connection, Engine

from base.basics.errors import StartRefused
from base.engine.search import building, store
from base.rules.modules.loading import Manifest
from base.store import sqlite_statistics
from base.store.database import Exact, Model, UTCDateTime
from base.store.triggers import install_triggers, missing_triggers

if TYPE_CHECKING:
    from alembic.config import Config

ENV = '''"""Run this module's migrations inside the transaction of ``migrate``."""

from alembic import context

a = context.config.attributes
context.configure(
    connection=a["connection"],
    target_metadata=a["metadata"],
    version_table=a["module"] + "_alembic_version",
    include_name=a["include_name"],
    include_object=a["include_object"],
    render_as_batch=False,
    compare_type=True,
    render_item=a["render_item"],
)
with context.begin_transaction():
    context.run_migrations()
'''

MAKO = '''"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


#: Held on a server while its schema changes.
LOCK = 4242


def _owner(modules: list[Manifest], table: str) -> str | None:
    for manifest in modules:
        if table.startswith(manifest.prefixes):
            return manifest.module
    return None


def _config(manifest: Manifest, modules: list[Manifest], connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder(manifest)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    module = manifest.module

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        """What is in the database."""
        if kind != "table":
            return True
        return _owner(modules, str(name)) == module and not str(name).endswith("_alembic_version")

    def include_object(thing: Any, name: str, kind: str, reflected: bool, other: Any) -> bool:
        """What is in the models; a foreign key may be of one engine alone."""
        if kind == "foreign_key_constraint" and not reflected:
            engine = thing.elements[0].info.get("only_on")
            return engine in (None, connection.dialect.name)
        return _owner(modules, name) == module if kind == "table" else True

    def render_item(kind: str, thing: Any, context: Any) -> Any:
        """Our types, as they are written in code."""
        if kind == "type" and isinstance(thing, Exact):
            return f"base.store.database.Exact({thing.decimals})"
        if kind == "type" and isinstance(thing, UTCDateTime):
            return "base.store.database.UTCDateTime()"
        return False

    config.attributes.update(
        connection=connection,
        render_item=render_item,
        module=module,
        metadata=Model.metadata,
        include_name=include_name,
        include_object=include_object,
    )
    return config


def _folder(manifest: Manifest) -> Path:
    return manifest.path / "migrations"


def _migrated(modules: list[Manifest]) -> list[Manifest]:
    return [m for m in modules if (_folder(m) / "env.py").exists()]


def upgrade(engine: Engine, modules: list[Manifest], *, triggers: bool = True) -> None:
    """Bring every module to its newest schema, in one transaction, and make the triggers.

    ``triggers=False`` is for a scratch database whose models are ahead of its migrations.

    Raises:
        StartRefused: the database is of a later version.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        refuse_newer(connection, modules)
        upgrade_here(connection, modules, triggers=triggers)


def upgrade_here(connection: Connection, modules: list[Manifest], *, triggers: bool = True) -> None:
    """As ``upgrade``, in a transaction that is already open."""
    from alembic import command

    for manifest in _migrated(modules):
        command.upgrade(_config(manifest, modules, connection), "head")
    if triggers:
        install_triggers(connection)
    store.install(connection)
    sqlite_statistics.pin(connection)


def make_former(
    connection: Connection, modules: list[Manifest], revisions: dict[str, list[str]]
) -> None:
    """The tables of an earlier version, without triggers, in an empty database."""
    from alembic import command

    for manifest in _migrated(modules):
        for revision in revisions.get(manifest.module, ()):
            command.upgrade(_config(manifest, modules, connection), revision)


def unknown_revisions(modules: list[Manifest], revisions: dict[str, list[str]]) -> list[str]:
    """The revisions that this version does not know: the database is of a later one."""
    known = {m.module: set(_revisions(m)) for m in _migrated(modules)}
    return sorted(
        name
        for module, names in revisions.items()
        for name in names
        if name not in known.get(module, set())
    )


def newer_modules(connection: Connection, modules: list[Manifest]) -> list[str]:
    """The modules whose tables are at a revision that this version does not know."""
    newer = []
    for manifest in _migrated(modules):
        if standing(connection, manifest) - set(_revisions(manifest)):
            newer.append(manifest.module)
    return newer


def newer_sentence(newer: list[str]) -> str:
    """What is said of a database that a later version of the program has brought up."""
    return (
        f"La base de données est d’une version plus récente que ce programme ({', '.join(newer)}) "
        ": mettez le programme à jour."
    )


def refuse_newer(connection: Connection, modules: list[Manifest]) -> None:
    """Refuse a database that only a later version of the program knows.

    Raises:
        StartRefused: with the modules, and what to do.
    """
    if newer := newer_modules(connection, modules):
        raise StartRefused(newer_sentence(newer))


def late_modules(connection: Connection, modules: list[Manifest]) -> list[str]:
    """The modules whose schema is not that of this version."""
    late = []
    for manifest in _migrated(modules):
        known = _revisions(manifest)
        newest = set(known) - {former for below in known.values() for former in below}
        if standing(connection, manifest) != newest:
            late.append(manifest.module)
    return late


def standing(connection: Connection, manifest: Manifest) -> set[str]:
    """The revisions that the tables of a module are at; none when there are no tables."""
    table = manifest.module + "_alembic_version"
    if not inspect(connection).has_table(table):
        return set()
    rows = connection.exec_driver_sql(f"SELECT version_num FROM {table}")  # noqa: S608
    return {row[0] for row in rows}


_NAMES = re.compile(r"^(revision|down_revision)\b[^=\n]*=(.*)$", re.MULTILINE)


def _revisions(manifest: Manifest) -> dict[str, list[str]]:
    """Each revision of a module, with those it follows, as its files say."""
    folder = _folder(manifest) / "versions"
    return _read(folder, folder.stat().st_mtime_ns) if folder.is_dir() else {}


@functools.lru_cache(maxsize=64)
def _read(folder: Path, changed: int) -> dict[str, list[str]]:
    """As the files of a folder say; each ``/ready`` asks it again."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        said = dict(_NAMES.findall(path.read_text(encoding="utf-8")))
        name, former = (
            re.findall(r"[\"']([^\"']+)[\"']", said.get(k, ""))
            for k in ("revision", "down_revision")
        )
        if name:
            found[name[0]] = former
    return found


def check(engine: Engine, modules: list[Manifest]) -> None:
    """Refuse to go on with a schema that is late, or newer, or lost its triggers.

    Raises:
        StartRefused: with the sentence that says what to do.
    """
    with engine.connect() as connection:
        refuse_newer(connection, modules)
        late = late_modules(connection, modules)
        if late:
            raise StartRefused(
                f"Le schéma de la base n’est pas à jour ({', '.join(late)}) : "
                "lancez « python3 run.py migrate »."
            )
        if unsearched := building.outdated(connection):
            raise StartRefused(
                f"L’index de recherche n’est pas fait ({', '.join(unsearched)}) : "
                "lancez « python3 run.py migrate »."
            )
        lost = missing_triggers(connection)
        if lost:
            raise StartRefused(
                f"Des déclencheurs de la base manquent ou ont été modifiés ({', '.join(lost)}) : "
                "lancez « python3 run.py migrate », puis vérifiez le journal."
            )


def generate(engine: Engine, modules: list[Manifest], module: str, message: str) -> Path | None:
    """Write the migration that brings the database to the models of one module.

    The database must be at head for the modules already migrated. None when nothing differs.
    """
    from alembic import command

    manifest = next(m for m in modules if m.module == module)
    folder = _folder(manifest)
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for name, body in (("env.py", ENV), ("script.py.mako", MAKO)):
        if not (folder / name).exists():
            (folder / name).write_text(body, encoding="utf-8")
    number = len(list((folder / "versions").glob("*.py"))) + 1
    made: list[Path] = []

    def only_when_needed(context: Any, revision: Any, directives: list[Any]) -> None:
        if directives[0].upgrade_ops.is_empty():
            directives[:] = []

    with engine.begin() as connection:
        script = command.revision(
            _config(manifest, modules, connection),
            message=message,
            autogenerate=True,
            rev_id=f"{module}_{number:04d}",
            process_revision_directives=only_when_needed,
        )
        if script is not None and not isinstance(script, list):
            made.append(Path(script.path))
    return made[0] if made else None


def differences(engine: Engine, modules: list[Manifest]) -> dict[str, list[Any]]:
    """What the database lacks or has beyond the models, by module; empty when equal."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    found: dict[str, list[Any]] = {}
    with engine.connect() as connection:
        for manifest in _migrated(modules):
            attributes = _config(manifest, modules, connection).attributes
            context = MigrationContext.configure(
                connection,
                opts={
                    "version_table": manifest.module + "_alembic_version",
                    "include_name": attributes["include_name"],
                    "include_object": attributes["include_object"],
                    "compare_type": True,
                    "target_metadata": Model.metadata,
                },
            )
            if difference := compare_metadata(context, Model.metadata):
                found[manifest.module] = difference
    return found
