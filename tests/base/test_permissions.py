"""Rights are rows made by ``migrate`` alone; roles stand in code."""

from __future__ import annotations

from sqlalchemy import text

from base.app import create_app
from base.store.database import db


def _counts():
    tables = ("ab_permission", "ab_view_menu", "ab_permission_view", "ab_role")
    with db.engine.connect() as connection:
        return {t: connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in tables}  # noqa: S608


def test_a_start_changes_no_permission(sqlite_app, sqlite_server):
    before = _counts()
    again = create_app(sqlite_server.settings)
    with again.app_context():
        db.engine.dispose()
    assert _counts() == before and before["ab_permission_view"] > 100


def test_a_role_of_code_has_no_permission_rows_but_the_administrators(sqlite_app):
    with db.engine.connect() as connection:
        holders = set(
            connection.scalars(
                text(
                    "SELECT DISTINCT r.name FROM ab_role r "
                    "JOIN ab_permission_view_role p ON p.role_id = r.id"
                )
            )
        )
    assert holders <= {"Admin"}
