"""Screens and resources ask queries and services; SQL stands where lists are made, and below."""

from __future__ import annotations

import ast
import re

import pytest

from tests.test_architecture import sources

#: Screens and resources: rooms of modules, and the pages of base.
EDGE = re.compile(
    r".*/(views|api)(/.*)?\.py"
    r"|base/\w+/(.*_)?(pages|screens|tiles|home|shell)\.py"
    r"|base/desk/imports/(.*_)?(screens|web)\.py"
)
#: File -> why it holds SQL.
REVIEWED: dict[str, str] = {
    "base/face/api/below.py": "lists of resources: the lines of a record",
    "base/face/api/checking.py": "bodies of resources: the entities of the rows that keys name",
    "base/face/api/listing.py": "lists of resources: keys of their pages, exact counts",
    "base/face/api/model_api.py": "lists of resources: the rows of a page with their relations",
    "base/face/views/bulk.py": "verbs on many rows: holds them until the transaction ends",
    "base/face/views/calendars.py": "lists: days and lines of a calendar",
    "base/face/views/choices.py": "lists: what a relation offers, by words",
    "base/face/views/exporting.py": "lists: the rows of a file, some at a time",
    "base/face/views/groups.py": "lists: groups, sums and boards",
    "base/face/views/list_pages.py": "lists: the rows that an address asks for, as a statement",
    "base/face/views/lists.py": "lists: pages by key, merged from indexes, bounded counts",
    "base/face/views/rendering.py": "lists: the relations that the columns of a page need",
    "base/face/views/selection.py": "lists: the criteria of filters",
}
#: What of SQLAlchemy is no SQL: faults, a type, and what says how a class is mapped.
HARMLESS = {"inspect", "class_mapper", "Float", "Session", "IntegrityError", "OperationalError"}
ASKS = {
    "core",
    "execute",
    "exec_driver_sql",
    "get_one",
    "query",
    "scalar",
    "scalar_one",
    "scalar_one_or_none",
    "scalars",
    "with_for_update",
}


def sql(text: str) -> set[str]:
    """What of a source file is SQL: names of SQLAlchemy, and calls that ask a session."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] == "sqlalchemy"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            if node.module != "sqlalchemy.orm.exc":
                found |= {a.name for a in node.names} - HARMLESS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # ``session.get(Model, pk)``; of a dictionary the first argument is no class.
            first = node.args[0] if len(node.args) > 1 else None
            by_id = node.func.attr == "get" and isinstance(first, ast.Name | ast.Attribute)
            if node.func.attr in ASKS or (by_id and re.match(r"[A-Z]", ast.unparse(first))):
                found.add(f"{node.func.attr}()")
    return found


def edges() -> dict[str, set[str]]:
    return {where: sql(text) for where, text in sources() if EDGE.fullmatch(where)}


def test_screens_and_resources_hold_no_sql():
    wrong = {where: sorted(found) for where, found in edges().items() if found}
    assert not {w: f for w, f in wrong.items() if w not in REVIEWED}


def test_nothing_is_reviewed_that_holds_none():
    there = {where for where, found in edges().items() if found}
    assert set(REVIEWED) <= there, sorted(set(REVIEWED) - there)
    assert all(where.startswith(("base/face/views/", "base/face/api/")) for where in REVIEWED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from sqlalchemy import select", {"select"}),
        ("import sqlalchemy as sa", {"sqlalchemy"}),
        ("from sqlalchemy.exc import IntegrityError", set()),
        ("session.scalars(rows)", {"scalars()"}),
        ("session.get(Asset, pk)", {"get()"}),
        ("values.get('name', '')", set()),
        ("db.session().execute(statement)", {"execute()"}),
    ],
)
def test_sql_is_seen(text, found):
    assert sql(text) == found
