"""A real server on a scratch database, to be measured from outside."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from base.basics.errors import StartRefused
from base.rules.modules.loading import ROOT

PASSWORD = "Une-mesure-bien-longue-7"
#: Seconds a server may take to answer.
PATIENCE = 60.0


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server: its address, its folder, its process."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def connect(self) -> http.client.HTTPConnection:
        """A kept-alive connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def token(self) -> dict[str, str]:
        """The header of the administrator's token."""
        given = {"username": "admin", "password": PASSWORD, "provider": "db"}
        with closing(self.connect()) as connection:
            status, answer, _headers = call(connection, "POST", "/api/v1/security/login", given)
        if status != 200:
            raise StartRefused(f"Connexion refusée pendant la mesure ({status}).")
        return {"Authorization": f"Bearer {json.loads(answer)['access_token']}"}

    def cookie(self) -> dict[str, str]:
        """The header of a browser in which the administrator is signed in."""
        import re

        connection = self.connect()
        _status, page, headers = call(connection, "GET", "/login/")
        jar = headers.get("Set-Cookie", "").split(";")[0]
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        if found is None:
            raise StartRefused("La page de connexion n’a pas de jeton.")
        body = urlencode(
            {"username": "admin", "password": PASSWORD, "csrf_token": found[1].decode()}
        )
        connection.request(
            "POST",
            "/login/",
            body,
            {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        answer.read()
        jar = (answer.getheader("Set-Cookie") or jar).split(";")[0]
        return {"Cookie": jar}


def call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, Any]:
    """One request: status, bytes, headers."""
    data = None if body is None else json.dumps(body)
    more = {"Content-Type": "application/json"} if data is not None else {}
    connection.request(method, path, data, {**more, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def _settle(shelf: Path, files: list[Path]) -> None:
    """Wait for what a first start makes once behind it: later starts have it already."""
    from base.papers.files import packed

    end = time.monotonic() + PATIENCE
    while packed.missing(shelf, files) and time.monotonic() < end:
        time.sleep(0.2)


@contextmanager
def server(
    *, whole: bool = False, prepare: Callable[[Any], None] | None = None
) -> Iterator[Server]:
    """A server on an empty database in a scratch folder; ``whole`` starts everything.

    ``prepare`` gets the application (in its context) before the server starts, to fill it.
    """
    import config
    from base.app import bare_app, create_app, migrate
    from base.desk.accounts.setup import first_admin
    from base.papers.files import static_files
    from base.store.database import db

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        environment = {
            "OUVRAGE_DATA_DIR": str(folder),
            "OUVRAGE_PORT": str(port),
            "OUVRAGE_ADMIN_PASSWORD": PASSWORD,
        }
        settings = config.settings(environment)
        migrate(bare_app(settings))
        app = create_app(settings)
        with app.app_context():
            first_admin(app)
            if prepare is not None:
                prepare(app)
            db.engine.dispose()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OUVRAGE_")}
        command = [sys.executable, str(ROOT / "run.py"), *([] if whole else ["web"])]
        process = subprocess.Popen(
            command,
            env={**kept, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        made = Server(port, folder, process, {**kept, **environment})
        try:
            wait(made, "/ready" if whole else "/health")
            with app.app_context():
                _settle(static_files.shelf(), static_files.texts(app))
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait(made: Server, path: str) -> float:
    """Seconds until an address answers 200.

    Raises:
        StartRefused: it did not, in a minute, or the process ended.
    """
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        if made.process.poll() is not None:
            raise StartRefused("Le serveur de la mesure s’est arrêté.")
        try:
            with closing(made.connect()) as connection:
                if call(connection, "GET", path)[0] == 200:
                    return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.02)
    raise StartRefused(f"Le serveur de la mesure ne répond pas à {path}.")


def median_ms(
    made: Server, path: str, headers: dict[str, str], times: int = 40
) -> tuple[float, int]:
    """Median of a page in milliseconds, after a warm-up, and its size in bytes.

    Raises:
        StartRefused: it does not answer 200.
    """
    connection = made.connect()
    taken = []
    size = 0
    for number in range(times + 5):
        begun = time.perf_counter()
        status, page, _headers = call(connection, "GET", path, headers=headers)
        if status != 200:
            raise StartRefused(f"{path} répond {status}.")
        if number >= 5:
            taken.append((time.perf_counter() - begun) * 1000)
        size = len(page)
    return statistics.median(taken), size


def storm(
    clients: int,
    each: int,
    work: Callable[[http.client.HTTPConnection, int, int], int],
    made: Server,
) -> tuple[float, int, float]:
    """Requests a second of several clients at once, errors, and the slowest hundredth in ms."""
    taken: list[float] = []
    errors: list[int] = []

    def run(client: int) -> None:
        connection = made.connect()
        for number in range(each):
            begun = time.perf_counter()
            status = work(connection, client, number)
            taken.append((time.perf_counter() - begun) * 1000)
            if status >= 400:
                errors.append(status)

    threads = [threading.Thread(target=run, args=(c,)) for c in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    taken.sort()
    return clients * each / seconds, len(errors), taken[int(len(taken) * 0.99) - 1]


def pss_mb(root: int) -> tuple[float, int]:
    """Memory of a process and all below it (sum of PSS), in MB, and how many they are."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    todo, total, count = [root], 0, 0
    while todo:
        number = todo.pop()
        todo += below.get(number, [])
        try:
            lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        count += 1
    return total / 1024, count
