"""The product beside the bare framework: the same questions to both, in turn, in one run."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from base.rules.modules.loading import ROOT
from tests.bench import product, server
from tests.bench.declared import Figures, bench

#: Rounds, and requests of one kind in each: the servers are asked in turn.
ROUNDS, EACH = 5, 20
CLIENTS, OF_ONE = 8, 25


@contextmanager
def _bare(rows: int) -> Iterator[server.Server]:
    """The bare framework, served as the product is: two processes, write-ahead log, full sync."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        around = {
            **os.environ,
            "FLOOR_DB": f"sqlite:///{folder / 'floor.db'}",
            "FLOOR_ROWS": str(rows),
            "FLOOR_PASSWORD": server.PASSWORD,
        }
        port = server.free_port()
        words = ["-m", "gunicorn", "-w", "2", "--threads", "4", "--preload", "--no-control-socket"]
        process = subprocess.Popen(
            [sys.executable, *words, "-b", f"127.0.0.1:{port}", "tests.bench.floor_app:make()"],
            cwd=ROOT,
            env=around,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        made = server.Server(port, folder, process, around)
        try:
            server.wait(made, "/login/")
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _signed_in(made: server.Server) -> dict[str, str]:
    """The cookie of the bare framework, which asks for no token of a form."""
    connection = made.connect()
    body = f"username=admin&password={server.PASSWORD}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login/", body, kind)
    answer = connection.getresponse()
    answer.read()
    return {"Cookie": (answer.getheader("Set-Cookie") or "").split(";")[0]}


class Side:
    """One of the two: where it is asked what."""

    def __init__(self, made: server.Server, cookie: dict[str, str], first: int, asset: str) -> None:
        self.made = made
        self.token = made.token()
        self.first = first
        self.paths: dict[str, tuple[str, dict[str, str]]] = {
            "html_list": ("/assetview/list/", cookie),
            "html_record": ("/assetview/show/{id}", cookie),
            "rest_list": ("/api/v1/asset/?q=(page_size:50)", self.token),
            "rest_detail": ("/api/v1/asset/{id}", self.token),
        }
        #: What a body calls the asset of a work order.
        self.asset = asset
        self.taken: dict[str, list[float]] = {}

    def ask(self, name: str) -> None:
        """One round of a page: its median joins those of the rounds before."""
        path, headers = self.paths[name]
        connection = self.made.connect()
        taken = []
        for number in range(EACH + 3):
            asked = path.format(id=self.first + number * 37 % 1000)
            begun = time.perf_counter()
            status, _page, _headers = server.call(connection, "GET", asked, headers=headers)
            if status != 200:
                raise server.StartRefused(f"{asked} répond {status}.")
            taken.append((time.perf_counter() - begun) * 1000)
        self.taken.setdefault(name, []).append(statistics.median(taken[3:]))

    def create(self, connection: Any, client: int, number: int) -> int:
        """The status of a work order made."""
        body = {"title": f"Fuite {client} {number}", self.asset: self.first + number % 1000}
        return server.call(connection, "POST", "/api/v1/work_order/", body, self.token)[0]

    def creates(self) -> None:
        """One round of work orders one after the other."""
        connection = self.made.connect()
        taken = []
        for number in range(EACH * 2 + 3):
            begun = time.perf_counter()
            if self.create(connection, 99, number) != 201:
                raise server.StartRefused("Une intervention n’a pas été créée.")
            taken.append((time.perf_counter() - begun) * 1000)
        taken = sorted(taken[3:])
        self.taken.setdefault("create_p50", []).append(statistics.median(taken))
        self.taken.setdefault("create_p95", []).append(taken[int(len(taken) * 0.95)])

    def storm(self) -> None:
        """One round of eight writers at once: their rate, and the slowest twentieth."""
        taken: list[float] = []

        def work(connection: Any, client: int, number: int) -> int:
            begun = time.perf_counter()
            status = self.create(connection, client, number)
            taken.append((time.perf_counter() - begun) * 1000)
            return status

        rate, errors, _slowest = server.storm(CLIENTS, OF_ONE, work, self.made)
        if errors:
            raise server.StartRefused(f"{errors} interventions n’ont pas été créées.")
        self.taken.setdefault("writers_per_s", []).append(rate)
        self.taken.setdefault("writers_p95", []).append(sorted(taken)[int(len(taken) * 0.95)])


@bench(
    "floor",
    bar="÷ FAB nu : fiche ≤ 2 ; liste ≤ 1 ; REST ≤ 0,8 ; création ≤ 1,6 ; 8 clients ≥ 0,5",
    alone=True,
)
def floor(scale: str) -> Figures:
    """Milliseconds of both, and how many times the floor the product takes."""
    rows = product.COUNT if scale == "full" else 2_000
    figures: dict[str, float | int | str] = {"assets": rows}
    with (
        _bare(rows) as bare,
        server.server(whole=True, prepare=lambda app: product.fill(app, rows)) as ours,
    ):
        sides = {
            "": Side(ours, ours.cookie(), rows // 100 + 10, "asset_id"),
            "floor_": Side(bare, _signed_in(bare), 1, "asset"),
        }
        steps: list[Callable[[Side], None]] = [
            *(lambda side, name=name: side.ask(name) for name in sides[""].paths),
            Side.creates,
            Side.storm,
        ]
        time.sleep(5)
        for who, side in sides.items():
            figures[f"{who}rest_pss_mb"] = round(server.pss_mb(side.made.process.pid)[0])
        for turn in range(ROUNDS):
            for step in steps:
                for side in list(sides.values())[:: -1 if turn % 2 else 1]:
                    step(side)
        for who, side in sides.items():
            figures[f"{who}used_pss_mb"] = round(server.pss_mb(side.made.process.pid)[0])
    for name, rounds in sides[""].taken.items():
        under = statistics.median(sides["floor_"].taken[name])
        here = statistics.median(rounds)
        unit = "" if name.endswith("per_s") else "_ms"
        figures |= {
            f"{name}{unit}": round(here, 1),
            f"{name}{unit}_min": round(min(rounds), 1),
            f"{name}{unit}_max": round(max(rounds), 1),
            f"floor_{name}{unit}": round(under, 1),
            f"{name}_ratio": round(here / under, 2),
        }
    return figures
