"""The town of these tests: entity A of the shared fixtures."""

import pytest

from base.models import Entity


@pytest.fixture
def town(session):
    return session.get(Entity, 1)
