"""The cost report over a large ledger, against the same work done by hand."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session as OrmSession

from base.basics import clock
from base.basics.sessions import Session
from tests.bench import scratch
from tests.bench.declared import Figures, bench

#: First day of the ledger, and how many days its lines are spread over.
FIRST_DAY = date(2025, 1, 1)
DAYS = 730
#: Lines written by one transaction.
_BATCH = 100_000
_COLUMNS = (
    *("entity_id", "asset_id", "date_on", "amount_ht_eur", "vat_eur", "net_eur", "nature"),
    *("label", "account", "service_id", "source_type", "source_id", "booked_at"),
)


@bench(
    "report",
    bar="rapport de coûts sur 1 000 000 d’écritures ≤ 2 × la somme SQL nue + 1 s ; 100 000 lignes "
    "de détail en XLSX ≤ 1,3 × XlsxWriter à la main ; mémoire ≤ 300 Mo de plus qu’au repos",
)
def report(scale: str) -> Figures:
    """The cost report on each engine: its sums, its documents with all lines, its memory."""
    count = 1_000_000 if scale == "full" else 20_000
    figures: dict[str, float | int | str] = {"lines": count}
    for name, address in scratch.engines():
        with address as url, scratch.application(url) as app:
            found = _measure(app, count)
            figures.update({f"{name}_{key}": value for key, value in found.items()})
    return figures


def _ledger(count: int) -> None:
    """Lines of two years on two hundred assets, without their history: only sums are measured."""
    from base.rules.rights.actors import job_session, system_session
    from base.store.database import db
    from patrimoine.domain.costs import CostNature
    from patrimoine.models import CostLine
    from patrimoine.services import create

    with job_session((1,), "cli", "bench") as session:
        site = create(session, "site", entity_id=1, name="Site", on=FIRST_DAY)
        ids = [
            create(session, "building", entity_id=1, name=f"Bât. {n}", on=FIRST_DAY, parent=site).id
            for n in range(200)
        ]
    natures = [nature.value for nature in CostNature]
    sqlite = db.engine.dialect.name == "sqlite"
    booked = clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def amount(cents: int) -> int | str:
        return cents if sqlite else f"{Decimal(cents) / 100:.2f}"

    def line(number: int) -> tuple[str | int | None, ...]:
        cents = number * 7919 % 90_000
        vat = cents // 5
        day = (FIRST_DAY + timedelta(days=number % DAYS)).isoformat()
        return (
            *(1, ids[number * 31 % len(ids)], day),
            *(amount(cents), amount(vat), amount(cents + vat), natures[number % 5]),
            *("Écriture de mesure", ("60612", "60632", "6156")[number % 3], None),
            *("bench", number, booked),
        )

    for first in range(0, count, _BATCH):
        with system_session("bench") as system:
            rows = (line(number) for number in range(first, min(first + _BATCH, count)))
            connection = OrmSession.connection(system)
            scratch.insert_plain(connection, CostLine.__table__, _COLUMNS, rows)


def _measure(app: Any, count: int) -> dict[str, float]:
    from sqlalchemy import func, select

    from base.rules.rights.actors import job_session
    from patrimoine.models import CostLine

    _ledger(count)
    groups = (CostLine.asset_id, CostLine.nature)
    statement = select(*groups, func.sum(CostLine.net_eur)).group_by(*groups)
    with job_session((1,), "cli", "bench", readonly=True) as session:
        bare = _best(lambda: session.execute(statement).all())
        whole = _best(lambda: _content(session, DAYS))
        half = _best(lambda: _content(session, DAYS // 2, after=DAYS // 2))
    figures = {
        "bare_sum_s": round(bare, 2),
        "report_s": round(whole, 2),
        "half_against_half_s": round(half, 2),
        "report_bar_s": round(2 * bare + 1, 2),
    }
    days = DAYS if count <= 100_000 else DAYS * 100_000 // count
    for form in ("csv", "xlsx", "pdf"):
        found = _in_child(app, lambda form=form: _document(form, days))  # type: ignore[misc]
        figures[f"{form}_s"] = round(found["seconds"], 2)
        figures[f"{form}_more_mb"] = round(found["more_mb"])
    hand = _in_child(app, lambda: _by_hand(days))["seconds"]
    figures["detail_lines"] = round(_in_child(app, lambda: _lines(days))["seconds"])
    figures["xlsx_by_hand_s"] = round(hand, 2)
    figures["xlsx_ratio"] = round(figures["xlsx_s"] / hand, 2)
    return figures


def _best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the quickest of some turns."""
    taken = []
    for _turn in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _content(session: Session, days: int, after: int = 0) -> Any:
    from base.papers.reporting import get

    known = get("cost")
    start = FIRST_DAY + timedelta(days=after)
    given = {"start": start.isoformat(), "end": (start + timedelta(days=days)).isoformat()}
    values = known.read(given, today=FIRST_DAY)
    return known.function(session, values, lambda percent, text: None)


def _document(form: str, days: int) -> float:
    """Seconds of a document with all its lines, its reading included."""
    from base.papers.reporting import Edition
    from base.papers.reporting.render import render
    from base.rules.rights.actors import job_session

    at = datetime(2026, 11, 23, tzinfo=UTC)
    edition = Edition(
        *("RAP-2026-00001", "0000-0000-0000-0001", "https://a.fr/verifier/1", "A", "", "Alice"),
        *(at, at, "n° 1"),
        zone="Europe/Paris",
    )
    with job_session((1,), "cli", "bench", readonly=True) as session:
        content = _content(session, days)
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as out:
            render(content, edition, form, out)
        return time.perf_counter() - begun


def _plain_rows(days: int) -> list[list[object]]:
    from base.rules.rights.actors import job_session

    with job_session((1,), "cli", "bench", readonly=True) as session:
        table = _content(session, days).detail_table()
        return [list(line.cells) for line in table.rows() if not line.look]


def _lines(days: int) -> float:
    return float(len(_plain_rows(days)))


def _by_hand(days: int) -> float:
    """Seconds of the same rows, already in memory, written cell by cell without any look."""
    import xlsxwriter

    rows = _plain_rows(days)
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        book = xlsxwriter.Workbook(
            out, {"constant_memory": True, "default_date_format": "dd/mm/yyyy"}
        )
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        book.close()
    return time.perf_counter() - begun


def _in_child(app: Any, work: Callable[[], float]) -> dict[str, float]:
    """What ``work`` gives and the most memory it took above rest, in a process of its own."""
    from base.store.database import db

    db.session.remove()
    db.engine.dispose()
    app.extensions["ro_engine"].dispose()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
            rest = _kb("VmRSS")
            seconds = work()
            more = (_kb("VmHWM") - rest) / 1024
            os.write(writing, json.dumps({"seconds": seconds, "more_mb": more}).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found: dict[str, float] = json.loads(text)
    return found


def _kb(name: str) -> int:
    """A line of the process's own account of its memory."""
    text = Path("/proc/self/status").read_text()
    return int(text.split(f"{name}:", 1)[1].split()[0])
