"""A site that answers on a port, and a Chromium that looks at it, at the desk and on the phone."""

from __future__ import annotations

import contextlib
import contextvars
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import PASSWORD

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: (site, person) -> the state of a browser in which the person is signed in.
_COOKIES: dict[tuple[str, str], Any] = {}


def chromium_path() -> str | None:
    """A Chromium of this machine."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    return None


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Every test of this folder needs a Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Any:
    """One browser for all; a visible skip without one, a failure where ``CI`` is set."""
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("aucun Chromium sur cette machine")
        pytest.skip("aucun Chromium sur cette machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _fill(app: Any) -> None:
    """A small town: buildings, an agent, work in each state, suppliers."""
    from base.rules.rights.rules import PersonSession
    from base.store.database import db
    from base.store.models import Partner
    from interventions.domain import State
    from tests.factories import interventions as make

    with app.app_context():
        session = PersonSession(db, scope=(1, 2), actor="user:2", door="test")
        names = ("École Les Tilleuls", "Mairie", "Gymnase des Forges", "Crèche Les Galets")
        buildings = [make.building(session, 1, name=name) for name in names]
        make.agent(session, 1)
        for number in range(30):
            state = (State.DRAFT, State.PLANNED, State.STARTED, State.FINISHED)[number % 4]
            make.work_order(
                session, buildings[number % 4], state=state, title=f"Porte n° {number + 1}"
            )
        for number in range(30):
            session.add(Partner(entity_id=1, code=f"F{number:03}", name=f"Protec {number}"))
        session.commit()
        session.close()
        db.session.remove()


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an application that answers on a free port."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, *args: Any) -> None:
            """Say nothing."""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="module")
def site(sqlite_server: Any) -> Any:
    """The address of the application, served on a free port with rows in it."""
    sqlite_server.reset()
    contextvars.Context().run(_fill, sqlite_server.app)
    with served(sqlite_server.app) as address:
        yield address


class Look:
    """A page with what went wrong in it."""

    def __init__(self, page: Any, site: str) -> None:
        self.page = page
        self.site = site
        self.faults: list[str] = []
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def open(self, path: str) -> Any:
        """Open a path and wait for its scripts."""
        answer = self.page.goto(self.site + path)
        return answer

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(wide))


def signed_in(chromium: Any, site: str, who: str, size: Any = DESK) -> Look:
    """A browser in which somebody has signed in, by the form."""
    context = chromium.new_context(locale="fr-FR", viewport=size, reduced_motion="reduce")
    found = Look(context.new_page(), site)
    found.open("/login/")
    found.page.fill("#username", who)
    found.page.fill("#password", PASSWORD)
    found.page.click("form button.btn-primary")
    found.page.wait_for_url(f"{site}/")
    return found


@pytest.fixture
def look(chromium: Any, site: str) -> Any:
    """``look("alice", PHONE)``: a browser in which somebody is signed in."""
    opened = []

    def cookies(who: str) -> Any:
        """The cookies of somebody, signed in once per site."""
        if (site, who) not in _COOKIES:
            context = signed_in(chromium, site, who).page.context
            _COOKIES[site, who] = context.storage_state()
            context.close()
        return _COOKIES[site, who]

    def make(who: str | None = "alice", size: Any = DESK, **options: Any) -> Look:
        state = cookies(who) if who is not None else None
        context = chromium.new_context(
            viewport=size, locale="fr-FR", storage_state=state, **options
        )
        opened.append(context)
        found = Look(context.new_page(), site)
        if who is not None:
            found.open("/")
        return found

    yield make
    for context in opened:
        context.close()
