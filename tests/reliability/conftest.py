"""Installations of these tests, on both engines."""

import pytest

from tests.reliability import crowd


@pytest.fixture(params=("sqlite", "postgresql"))
def site(request, tmp_path):
    """An installation of its own, as it runs in earnest."""
    yield from crowd.site_of(request.param, tmp_path)
