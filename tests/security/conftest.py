"""The server under attack: one for all files of attacks, on a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.site import Site, started


@pytest.fixture(scope="session")
def site(sqlite_server: Any, tmp_path_factory: Any) -> Iterator[Site]:
    """The started server."""
    with started(sqlite_server, tmp_path_factory.mktemp("attacked")) as made:
        yield made
