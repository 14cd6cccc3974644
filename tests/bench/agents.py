"""Eight people log interventions on SQLite while files of readings are imported beside them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from base.rules.modules.loading import ROOT
from tests.bench import server
from tests.bench.declared import Figures, bench

PEOPLE = 8
READINGS = 100_000
#: Seconds between two requests of one person: faster than anybody types.
PACE = 0.4
PRM = "99000000000017"
HOURS, RATE = Decimal("0.25"), Decimal("32.00")


def _curve(path: Path, turn: int) -> None:
    """A hundred thousand ten-minute powers, two years after those of the turn before."""
    start = datetime(1990 + 2 * turn, 1, 1, 23, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as out:
        out.write(
            "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
            "Grandeur metier;Etape metier;Unite;Pas en minutes\n"
            f"{PRM};Courbe de charge;02/01/{start.year};01/01/2040;Energie active;Consommation;"
            "Comptage Brut;W;\nHorodate;Valeur\n"
        )
        for n in range(READINGS):
            out.write(f"{(start + timedelta(seconds=600 * n)).isoformat()};{5000 + n % 997}\n")


def _fill(app: Any) -> None:
    """A building with its delivery point, and eight people with their rate."""
    from base.rules.rights.actors import job_session
    from energie.services.points import create_point
    from interventions.models import Agent
    from interventions.services import set_rate
    from patrimoine.services import assets

    day = date(2020, 1, 1)
    with job_session((1,), "bench") as session:
        hall = assets.create(session, "building", entity_id=1, name="Mairie", on=day)
        create_point(session, hall, reference=PRM, on=day)
        for number in range(PEOPLE):
            agent = Agent(entity_id=1, code=f"A{number}", last_name=f"Agent {number}")
            session.add(agent)
            session.flush()
            set_rate(session, agent, valid_from=day, hourly_rate_eur=RATE)


class _Person(threading.Thread):
    """One person at work: opens, starts, logs time, finishes, again and again."""

    def __init__(self, made: server.Server, token: dict[str, str], agent: int, until: float):
        super().__init__()
        self.made, self.token, self.agent, self.until = made, token, agent, until
        self.taken: list[float] = []
        self.faults: list[str] = []
        self.logged = 0

    def run(self) -> None:
        with contextlib.closing(self.made.connect()) as connection:
            self._work(connection)

    def _work(self, connection: Any) -> None:
        def ask(path: str, body: dict[str, Any]) -> dict[str, Any] | None:
            time.sleep(PACE)
            begun = time.perf_counter()
            status, answer, _head = server.call(connection, "POST", path, body, self.token)
            self.taken.append((time.perf_counter() - begun) * 1000)
            if status >= 400:
                self.faults.append(f"{status} {path} {answer[:120]!r}")
                return None
            return dict(json.loads(answer))

        while time.monotonic() < self.until:
            kept = ask("/api/v1/work_order/", {"asset_id": 1, "title": f"Ronde {self.agent}"})
            if kept is None:
                continue
            path = f"/api/v1/work_order/{kept['id']}"
            steps: tuple[tuple[str, dict[str, Any]], ...] = (
                ("start", {}),
                ("labour", {"agent_id": self.agent, "hours": str(HOURS)}),
                ("finish", {}),
            )
            if all(ask(f"{path}/{verb}", body) is not None for verb, body in steps):
                self.logged += 1


def agents_beside_imports(seconds: float) -> dict[str, float | int | str]:
    """Latencies and errors of the people, files imported meanwhile, lines lost or doubled."""
    with server.server(prepare=_fill) as made:
        token = made.token()
        until = time.monotonic() + seconds
        people = [_Person(made, token, number + 1, until) for number in range(PEOPLE)]
        for person in people:
            person.start()
        turns, failed = 0, 0
        while turns == 0 or time.monotonic() < until - seconds / 4:
            path = made.folder / f"courbe-{turns}.csv"
            _curve(path, turns)
            command = [sys.executable, str(ROOT / "run.py"), "import", "readings", str(path)]
            done = subprocess.run(
                command, env=made.environment, capture_output=True, text=True, check=False
            )
            failed += done.returncode != 0
            turns += 1
        for person in people:
            person.join()
        taken = sorted(ms for person in people for ms in person.taken)
        faults = [fault for person in people for fault in person.faults]
        logged = sum(person.logged for person in people)
        found = _counts(made.folder)
    expected = (logged, logged, turns * READINGS)
    figures: dict[str, float | int | str] = {
        "requests": len(taken),
        "errors": len(faults) + failed,
        "imports_of_100000": turns,
        "finished": logged,
        "p50_ms": round(taken[len(taken) // 2], 1),
        "p99_ms": round(taken[int(len(taken) * 0.99) - 1], 1),
        "worst_ms": round(taken[-1], 1),
        "lost_or_doubled": sum(abs(a - b) for a, b in zip(found, expected, strict=True)),
    }
    if faults:
        figures["first_error"] = faults[0]
    return figures


def _counts(folder: Path) -> tuple[int, int, int]:
    """Work orders finished, lines in the ledger of the right amount, readings."""
    connection = sqlite3.connect(folder / "ouvrage.db")
    try:
        cents = int(HOURS * RATE * 100)
        asked = (
            "SELECT count(*) FROM interventions_work_order WHERE state = 'finished'",
            "SELECT count(*) FROM patrimoine_cost_line "  # noqa: S608 - our own number
            f"WHERE amount_ht_eur = {cents}",
            "SELECT count(*) FROM energie_reading",
        )
        finished, lines, readings = (connection.execute(sql).fetchone()[0] for sql in asked)
    finally:
        connection.close()
    return finished, lines, readings


@bench(
    "agents",
    bar="huit personnes sur SQLite pendant des imports de 100 000 relevés : aucune erreur, "
    "aucune ligne perdue ni doublée, p99 ≤ 1 s",
)
def agents(scale: str) -> Figures:
    """Eight people at work beside imports, for a minute (a quarter at the small scale)."""
    return agents_beside_imports(60 if scale == "full" else 15)
