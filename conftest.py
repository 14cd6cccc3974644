"""Databases, applications and people for the tests, those of the modules' own folders too.

One migrated template per engine; each test gets a fresh copy of it (a file copied on SQLite,
``CREATE DATABASE … TEMPLATE`` on PostgreSQL). Alice runs the services of A, Bob is an agent of A,
Chloé runs the services of B, Damien may only read in A.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from base.basics.sessions import Session
from tests import engines

ENGINES = ("sqlite", "postgresql")


#: Files whose tests are few and long: first, so that no processor waits for them at the end.
LONG = (
    "tests/browser/test_every_page.py",
    "tests/test_sweep_after_files.py",
    "tests/test_drop_in.py",
    "tests/base/test_tutorial.py",
    "tests/test_hostile_text.py",
    "tests/test_english.py",
    "tests/browser/test_pages.py",
)


def pytest_configure() -> None:
    """Look less often for circles: at Python's 700 new objects a sixth of all tests was that."""
    gc.set_threshold(10_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Slow tests run when asked for; long files first, then those with the most tests."""
    asked = config.getoption("-m") or os.environ.get("OUVRAGE_SLOW")
    for item in items:
        if os.environ.get("OUVRAGE_SLOW"):
            item.add_marker(pytest.mark.timeout(3600))  # some try all their cases then
        if "slow" not in item.keywords:
            continue
        item.add_marker(pytest.mark.timeout(3600))
        if not asked:
            item.add_marker(pytest.mark.skip(reason="lent : lancez « run.py test --slow »"))
    names = [item.nodeid.partition("::")[0] for item in items]
    count = Counter(names)
    rank = {name: (LONG.index(name) if name in LONG else len(LONG), -count[name]) for name in count}
    order = sorted(range(len(items)), key=lambda at: (rank[names[at]], names[at]))
    items[:] = [items[at] for at in order]


def pytest_sessionfinish(session: Session) -> None:
    """Leave no connection and no server behind."""
    engines.close_all()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files; a visible skip without it."""
    place = Path(__file__).resolve().parent.parent / "shared" / "data"
    if not place.is_dir():
        pytest.skip("../shared/data est absent")
    return place


@pytest.fixture(scope="session", params=ENGINES)
def server(request: Any, tmp_path_factory: Any) -> Any:
    """A database server with a migrated template."""
    return engines.server(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: Any) -> Any:
    """SQLite alone, for what needs no second engine."""
    return engines.server("sqlite", tmp_path_factory)


def _fresh(server: Any) -> Iterator[Any]:
    from patrimoine.views import strangers

    server.reset()
    app = server.app
    context = app.app_context()
    context.push()
    strangers.PAGES.clear()
    strangers.TRIES.clear()
    try:
        yield app
    finally:
        from base.rules.rights.actors import security
        from base.store.database import db

        db.session.remove()
        security.remove()
        context.pop()


@pytest.fixture
def app(server: Any) -> Iterator[Any]:
    """The application on a fresh database, on both engines."""
    yield from _fresh(server)


@pytest.fixture
def sqlite_app(sqlite_server: Any) -> Iterator[Any]:
    """The application on a fresh SQLite database."""
    yield from _fresh(sqlite_server)


@pytest.fixture
def session(app: Any) -> Iterator[Any]:
    """A person's session on entities A (id 1) and B (id 2); rolled back at the end."""
    yield from _session(app, (1, 2))


@pytest.fixture
def sqlite_session(sqlite_app: Any) -> Iterator[Any]:
    """As ``session``, on SQLite alone."""
    yield from _session(sqlite_app, (1, 2))


def _session(app: Any, scope: tuple[int, ...]) -> Iterator[Any]:
    from base.rules.rights.rules import PersonSession
    from base.store.database import db

    made = PersonSession(db, scope=scope, actor="user:1", door="test")
    try:
        yield made
    finally:
        made.rollback()
        made.close()


@pytest.fixture
def client_of(app: Any) -> Callable[[str | None], Any]:
    """``client_of("bob")``: a browser in which somebody is signed in (nobody: None)."""
    return _clients(app)


@pytest.fixture
def sqlite_client_of(sqlite_app: Any) -> Callable[[str | None], Any]:
    """As ``client_of``, on SQLite alone."""
    return _clients(sqlite_app)


def _clients(app: Any) -> Callable[[str | None], Any]:
    def make(username: str | None) -> Any:
        client = app.test_client()
        if username is not None:
            engines.sign_in(client, username)
        return client

    return make


@pytest.fixture
def api_of(app: Any) -> Callable[[str | None], Any]:
    """``api_of("bob")("GET", "/api/v1/asset/1")``: calls with somebody's token."""
    return _apis(app)


@pytest.fixture
def sqlite_api_of(sqlite_app: Any) -> Callable[[str | None], Any]:
    """As ``api_of``, on SQLite alone."""
    return _apis(sqlite_app)


def _apis(app: Any) -> Callable[[str | None], Any]:
    def make(username: str | None) -> Any:
        client = app.test_client()
        headers = {} if username is None else engines.token_headers(client, username)

        def call(method: str, path: str, **kwargs: Any) -> Any:
            kwargs["headers"] = {**headers, **kwargs.pop("headers", {})}
            return client.open(path, method=method, **kwargs)

        return call

    return make
