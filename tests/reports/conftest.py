"""The tiny town, on a clock that stands still."""

import itertools

import pytest

from base.basics import clock
from tests.reports import town


@pytest.fixture
def still(monkeypatch):
    """The clock stands still, and verification codes count."""
    numbers = itertools.count(1)
    monkeypatch.setattr(clock, "now", lambda: town.NOW)
    monkeypatch.setattr("base.engine.jobs.execution.instant", lambda connection: town.NOW)
    monkeypatch.setattr("reports.domain.new_code", lambda: f"{next(numbers):016d}")


@pytest.fixture
def tilleuls(app, still):
    """The town on both engines."""
    town.build(app)
    return app


@pytest.fixture
def sqlite_tilleuls(sqlite_app, still):
    """The town on SQLite."""
    town.build(sqlite_app)
    return sqlite_app
