"""Taking a module out of a database: its tables and its version table, in one transaction.

The folder may still be there or be gone already; deleting it is left to the person. What the
framework keeps about the module's rows stays: history, documents, messages are never removed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from base.basics.errors import DomainError, NotFound
from base.rules.modules.loading import Manifest

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VERSION = "_alembic_version"


class StillNeeded(DomainError):
    """Something that stays depends on the module."""


class NotEmpty(DomainError):
    """The module has rows, and nobody said that they may go."""


@dataclass(frozen=True)
class Removed:
    """What was taken out: tables with their numbers of rows."""

    tables: dict[str, int]


def remove(engine: Engine, modules: Sequence[Manifest], name: str, *, force: bool) -> Removed:
    """Drop the tables of a module.

    Raises:
        NotFound: the database has nothing of a module of that name.
        StillNeeded: it is the framework, or another module or table points to it.
        NotEmpty: there are rows, and ``force`` is not given.
    """
    if not _NAME.fullmatch(name):
        raise NotFound(f"« {name} » n’est pas le nom d’un module.")
    if name == "base":
        raise StillNeeded("Le module « base » porte tous les autres : il ne s’enlève pas.")
    needs = sorted(m.module for m in modules if name in m.depends)
    if needs:
        raise StillNeeded(f"Le module « {name} » est nécessaire à : {', '.join(needs)}.")
    with engine.begin() as connection:
        tables = _tables(connection, modules, name)
        if not tables:
            raise NotFound(f"La base n’a aucune table d’un module « {name} ».")
        _refuse_pointed_to(connection, tables)
        counts = {
            table: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0
            for table in sorted(tables)
            if not table.endswith(_VERSION)
        }
        full = {table: count for table, count in counts.items() if count}
        if full and not force:
            told = ", ".join(f"{table} ({count})" for table, count in sorted(full.items()))
            raise NotEmpty(
                f"Le module « {name} » a des lignes : {told}. Sauvegardez, puis recommencez avec "
                "--force pour les supprimer."
            )
        _drop(connection, tables)
    return Removed(counts)


def _drop(connection: Connection, tables: set[str]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    if connection.dialect.name == "postgresql":
        # In one statement they may point at each other.
        connection.exec_driver_sql("DROP TABLE " + ", ".join(quote(t) for t in sorted(tables)))
        return
    inspector = sa.inspect(connection)
    points_to = {
        table: {key["referred_table"] for key in inspector.get_foreign_keys(table)} - {table}
        for table in tables
    }
    while points_to:
        pointed_to = set().union(*points_to.values())
        free = sorted(table for table in points_to if table not in pointed_to) or sorted(points_to)
        for table in free:
            connection.exec_driver_sql("DROP TABLE " + quote(table))
            del points_to[table]


def _tables(connection: Connection, modules: Sequence[Manifest], name: str) -> set[str]:
    """The module's tables, its version table among them."""
    prefixes = next((m.prefixes for m in modules if m.module == name), (f"{name}_",))
    others = tuple(p for m in modules if m.module != name for p in m.prefixes)
    there = sa.inspect(connection).get_table_names()
    return {
        table
        for table in there
        if table == name + _VERSION
        or (
            table.startswith(prefixes)
            and not table.endswith(_VERSION)
            # Of two beginnings the longer one owns: "energie_plus_" before "energie_".
            and not table.startswith(tuple(p for p in others if p.startswith(prefixes)) or ("\0",))
        )
    }


def _refuse_pointed_to(connection: Connection, tables: set[str]) -> None:
    inspector = sa.inspect(connection)
    pointing = sorted(
        table
        for table in inspector.get_table_names()
        if table not in tables
        and any(key["referred_table"] in tables for key in inspector.get_foreign_keys(table))
    )
    if pointing:
        raise StillNeeded(f"D’autres tables y renvoient : {', '.join(pointing)}.")
