"""Whatever day the commune is made on, nothing that it tells as a fact is after that day."""

from __future__ import annotations

import csv
import itertools
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reports.demonstration import commune
from reports.demonstration.commune import Ground, works

#: Columns that may lie ahead: plans, and ends of what holds.
PLANS = {
    "Prévue le",
    "Échéance",
    "Prochain contrôle avant le",
    "Fin de garantie",
    "Péremption",
    "Taux valable à partir du",
}
#: New Year, a leap day, both changes of the clock, a Sunday, summer, the last day of a year.
DAYS = [
    date(2026, 1, 1),
    date(2028, 2, 29),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 11, 29),
    date(2026, 7, 14),
    date(2026, 12, 31),
    date(2026, 11, 30),
]
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_ISSUED = re.compile(r"IssueDateTime>.*?(\d{4})(\d\d)(\d\d)<", re.DOTALL)
_ISO = re.compile(r"\b(20\d\d)-?(\d\d)-?(\d\d)(?=T|\b)")


def french(text: str) -> date | None:
    found = _DAY.fullmatch(text.strip())
    return date(int(found[3]), int(found[2]), int(found[1])) if found else None


def order_of(row: dict[str, str]) -> list[date]:
    """The days of one order in the order in which they happen."""
    told = (french(row.get(name) or "") for name in ("Commencée le", "Terminée le", "Validée le"))
    return [on for on in told if on is not None]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_no_file_of_the_commune_tells_of_a_day_to_come(today: date, tmp_path: Path) -> None:
    files = commune.write(tmp_path / "commune", Ground(commune.SMALL, today))
    seen = 0
    for kind, name in (*files.register, *files.history):
        path = files.path(name)
        if name.endswith(".csv") and kind != "readings":
            text = path.read_text(encoding="utf-8-sig")
            for row in csv.DictReader(text.splitlines(), delimiter=";"):
                for column, cell in row.items():
                    on = french(cell or "")
                    if on is not None and column not in PLANS:
                        seen += 1
                        assert on <= today, f"{name}, {column} : {cell} ({row})"
        elif kind == "invoices":
            with zipfile.ZipFile(path) as members:
                for member in members.namelist():
                    seen += 1
                    issued = _ISSUED.search(members.read(member).decode())
                    assert issued and date(*map(int, issued.groups())) <= today, member
        elif kind == "readings":
            # The end of the last day is the first instant of the next, which is today at most.
            text = path.read_text(encoding="utf-8-sig")
            days = [date(*map(int, d)) for d in _ISO.findall(text)]
            days += [d for d in map(french, re.findall(r"\d\d/\d\d/\d{4}", text)) if d]
            assert max(days) <= today, f"{name}: {max(days)}"
    assert seen > 500


def _told(today: date) -> list[dict[str, Any]]:
    ground = Ground(commune.FULL, today)
    told = works.works(ground, {}, ["BAT-1", "BAT-2"])
    rows = itertools.chain.from_iterable(
        (*told.orders[year], *told.requests[year], *told.stock[year]) for year in ground.years
    )
    return list(rows)


def test_work_of_a_whole_town_on_these_days_and_others() -> None:
    """The pure part in full size, over days by chance too: facts are past, in their order."""
    chance = Random("jours")  # noqa: S311 - days to try, no secret
    others = [date(2024, 1, 1) + timedelta(days=chance.randrange(2200)) for _index in range(12)]
    for today in (*DAYS, *others):
        for row in _told(today):
            for column, cell in row.items():
                on = french(cell) if isinstance(cell, str) else None
                if on is not None and column not in PLANS:
                    assert on <= today, f"{today}: {column} {cell}: {row}"
            days = order_of(row)
            assert days == sorted(days), f"{today}: {row}"
            if row.get("Prévue le") and row.get("Échéance"):
                assert french(row["Prévue le"]) <= french(row["Échéance"]), row  # type: ignore[operator]
