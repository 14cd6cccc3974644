"""Where the real files are, when they are: read in place, never copied."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from base.rules.rights.actors import system_session
from base.store.database import db

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared(*parts: str) -> Path:
    """The path of a shared file; the test skips, visibly, where there is none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real file {'/'.join(parts)} is not here")
    return path


def _tables():
    return [table for table in db.metadata.sorted_tables if table.name != "alembic_version"]


def row_counts():
    """Table -> how many rows it holds."""
    with system_session("tests", readonly=True) as session:
        return {
            table.name: session.core(select(func.count()).select_from(table)).scalar()
            for table in _tables()
        }
