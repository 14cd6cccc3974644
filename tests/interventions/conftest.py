"""Town, building and people of these tests: those of entity A of the shared fixtures."""

import pytest

from base.store.models import Entity
from tests.factories.interventions import agent, building
from tests.interventions.test_api import made


@pytest.fixture
def town(session):
    return session.get(Entity, 1)


@pytest.fixture
def place(app):
    return made(app, "A", "bob")


@pytest.fixture
def sqlite_place(sqlite_app):
    return made(sqlite_app, "A", "bob")


@pytest.fixture
def school(session, town):
    return building(session, town.id)


@pytest.fixture
def nadia(session, town):
    return agent(session, town.id, rates={"2025-01-01": "31.00", "2026-01-01": "32.40"})
