"""A started server with two authorities in it, and the people who attack it.

The database is that of the sweeps (one row of everything in A and in another authority), copied to
a folder of its own; a separate process serves it. Nothing here looks inside that process.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from base.rules.modules.loading import ROOT
from tests import engines
from tests.bench.server import free_port
from tests.sweeps import THEIRS, World

#: Seconds in which every attack is answered.
PATIENCE = 5.0
#: Seconds after which somebody asks for another token: one counts for a quarter of an hour.
FRESH = 600.0
#: Person -> whether they work for A alone: then nothing of the other authority is in an answer.
PEOPLE = {None: True, "damien": True, "bob": True, "alice": True, "admin": False}
SLOW = bool(os.environ.get("OUVRAGE_SLOW"))

T = TypeVar("T")


def some(cases: Sequence[T], few: int) -> list[T]:
    """All of them with ``--slow``; by day some, drawn alike every time."""
    return list(cases) if SLOW else random.Random(11).sample(list(cases), min(few, len(cases)))


@dataclass
class Answer:
    """What came back, and how long it took."""

    status: int
    body: bytes
    headers: Any
    seconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


@dataclass
class Site:
    """The started server, the numbers of rows in it, and its people."""

    port: int
    ours: dict[str, int]
    theirs: dict[str, int]
    app: Any
    database: Path
    tokens: dict[str | None, dict[str, str]] = field(default_factory=dict)
    cookies: dict[str | None, dict[str, str]] = field(default_factory=dict)
    csrf: dict[str | None, str] = field(default_factory=dict)
    #: When the token of somebody was given.
    since: dict[str | None, float] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        *,
        host: str | None = None,
    ) -> Answer:
        """One request, byte for byte."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        given = {"Host": host or f"localhost:{self.port}", **(headers or {})}
        begun = time.perf_counter()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
            if data is not None:
                given.setdefault("Content-Length", str(len(data)))
            elif method not in ("GET", "HEAD"):
                given.setdefault("Content-Length", "0")
            for name, value in given.items():
                connection.putheader(name, value)
            # A body that is too large is refused before its end: the answer is there all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(data)
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return Answer(answer.status, read, answer.headers, time.perf_counter() - begun)

    def ask(self, person: str | None, method: str, path: str, **given: Any) -> Answer:
        """A request as somebody: by token in the resources, by cookie and token of the form on
        screens; ``json`` or ``form`` is the body."""
        headers = dict(given.pop("headers", {}))
        body = given.pop("body", None)
        if path.startswith("/api/"):
            if time.monotonic() - self.since.get(person, math.inf) > FRESH:
                self.sign_in(str(person))
            headers = {**self.tokens.get(person, {}), **headers}
            if method in ("PUT", "PATCH", "DELETE"):
                headers.setdefault("If-Match", "*")
            if method not in ("GET", "HEAD") and body is None:
                body = json.dumps(given.get("json", {}))
                headers.setdefault("Content-Type", "application/json")
        else:
            headers = {**self.cookies.get(person, {}), **headers}
            if method not in ("GET", "HEAD") and body is None:
                form = {"csrf_token": self.csrf.get(person, ""), **given.get("form", {})}
                body = urlencode(form, errors="surrogatepass")
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return self.send(method, path, body, headers)

    def forget_tries(self) -> None:
        """Let this address sign in: what other attacks failed at counts against it."""
        with closing(sqlite3.connect(self.database, timeout=PATIENCE)) as base, base:
            base.execute("DELETE FROM base_login_attempt")

    def sign_in(self, person: str) -> None:
        """A token and a cookie of somebody."""
        given = {"username": person, "password": engines.PASSWORD, "provider": "db"}
        answer = self.ask(None, "POST", "/api/v1/security/login", json=given)
        assert answer.status == 200, answer.text
        self.since[person] = time.monotonic()
        token = json.loads(answer.body)["access_token"]
        self.tokens[person] = {"Authorization": f"Bearer {token}"}
        page = self.send("GET", "/login/")
        jar = _cookie(page)
        sent = {"username": person, "password": engines.PASSWORD, "csrf_token": csrf_in(page.text)}
        signed = self.send(
            "POST",
            "/login/",
            urlencode(sent),
            {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"},
        )
        assert signed.status == 302, signed.text[:500]
        self.cookies[person] = {"Cookie": _cookie(signed) or jar}
        page = self.ask(person, "GET", "/compte/")
        self.csrf[person] = csrf_in(page.text)
        if fresh := _cookie(page):
            self.cookies[person] = {"Cookie": fresh}


def _cookie(answer: Answer) -> str:
    return (answer.headers.get("Set-Cookie") or "").split(";")[0]


def csrf_in(page: str) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found[1] if found else ""


def faults(answer: Answer, person: str | None) -> list[str]:
    """What no answer may be: a failure, a long wait, another authority's row, something active."""
    found = []
    if answer.status >= 500:
        found.append(f"{answer.status}")
    if answer.seconds > PATIENCE:
        found.append(f"{answer.seconds:.1f} s")
    if PEOPLE.get(person, True) and THEIRS.lower().encode() in answer.body.lower():
        found.append("a row of another authority")
    for words in (b"Traceback", b"sqlalchemy", b"SELECT ", b"site-packages"):
        if words in answer.body and answer.status >= 400:
            found.append(f"{words.decode()!r} is shown")
    return found


@contextmanager
def started(server: Any, place: Path) -> Iterator[Site]:
    """The world of the sweeps, served by a process of its own."""
    world = World(server)
    folder = place / "site"
    folder.mkdir()
    data = Path(server.settings.data_dir)
    with world.app.app_context():
        server.engine.dispose()
        world.app.extensions["ro_engine"].dispose()
    for name in ("ouvrage.db", "keys.json"):
        shutil.copyfile(data / name, folder / name)
    os.chmod(folder / "keys.json", 0o600)
    for name in ("ouvrage.db-wal", "ouvrage.db-shm"):
        if (data / name).exists():
            shutil.copyfile(data / name, folder / name)
    world.close()  # the folder has all of it
    _give_files(folder)
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OUVRAGE_")}
    environment = {**kept, "OUVRAGE_DATA_DIR": str(folder), "OUVRAGE_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "web"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    site = Site(port, world.ours, world.theirs, world.app, folder / "ouvrage.db")
    try:
        _wait(site, process)
        for person in PEOPLE:
            if person is not None:
                site.sign_in(person)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _give_files(folder: Path) -> None:
    """A file for each import of the world: a page that has lost its file is another matter."""
    from base.papers.files.store import Store

    store = Store(folder / "documents")
    with closing(sqlite3.connect(folder / "ouvrage.db")) as base:
        for (digest,) in base.execute("SELECT digest FROM base_import_batch").fetchall():
            store.path(digest).parent.mkdir(parents=True, exist_ok=True)
            store.path(digest).write_text("Nom;Code\nMairie;M1\n", encoding="utf-8")


def _wait(site: Site, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "the server has ended"
        try:
            if site.send("GET", "/health").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")
