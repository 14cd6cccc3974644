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
from reports.demonstration.commune.asking import Target, targets
from reports.demonstration.commune.ground import load

#: A street, a school, its kitchen with two machines, a van: code, name, category, where it stands.
THINGS = [
    Target("SIT-0010", "Centre-bourg, rues et places", "voirie", "SIT-0010", "voirie", "Voirie"),
    Target("BAT-0002", "Groupe scolaire", "ecole", "BAT-0002", "ecole", "Affaires scolaires"),
    Target("EQP-0001", "Four mixte n° 1", "cuisine_materiel", "BAT-0002", "ecole", "Bâtiments"),
    Target("EQP-0002", "Lave-vaisselle à capot", "cuisine_materiel", "BAT-0002", "ecole", ""),
    Target("EQP-0003", "Corbeille n° 3", "mobilier_urbain", "SIT-0010", "voirie", "Voirie"),
    Target("EQP-0004", "Potelet n° 1", "mobilier_urbain", "SIT-0010", "voirie", "Voirie"),
    Target("BAT-0007", "Crèche Les Galets", "creche", "BAT-0007", "creche", "Affaires scolaires"),
    Target("VEH-0001", "Renault Master", "vehicule_utilitaire", "BAT-0040", "", "Bâtiments"),
]
NAMED = {thing.code: thing for thing in THINGS}
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
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: \d\d:\d\d)?")
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
    told = works.works(ground, THINGS)
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


def test_faults_are_those_of_the_thing_and_asked_for_by_who_is_there() -> None:
    told = [row for row in _told(date(2026, 11, 30)) if row.get("Objet")]
    assert len(told) > 3000
    things = {
        "Four en panne": {"EQP-0001"},
        "Lave-vaisselle en panne": {"EQP-0002"},
        "Corbeille arrachée": {"EQP-0003"},
        "Potelet arraché": {"EQP-0004"},
        "Nid-de-poule": {"SIT-0010"},
        "Freins à refaire": {"VEH-0001"},
    }
    for title, codes in things.items():
        assert {row["Bien"] for row in told if row["Objet"] == title} == codes, title
    people = {code: {row["Demandeur"] for row in told if row["Bien"] == code} for code in NAMED}
    street = people["SIT-0010"] | people["EQP-0003"] | people["EQP-0004"]
    assert street and not [who for who in street if re.search("crèche|cantine|directrice", who)]
    assert any("directrice" in who for who in people["BAT-0007"])
    assert not [who for who in people["BAT-0002"] if "riverain" in who]


def test_each_thing_of_the_register_is_told_with_where_it_stands(tmp_path: Path) -> None:
    files = commune.write(tmp_path, Ground(commune.FULL, date(2026, 11, 30)))
    rows = [row for _kind, name in files.register[1:] for row in load(files.path(name))]
    found = {target.code: target for target in targets(rows)}
    oven = next(t for t in found.values() if t.name.startswith("Four"))
    assert oven.house.startswith("BAT-") and len(oven.house) == 8
    assert found["BAT-0002-L01"].house_category == "ecole"
    orders = [
        row
        for _k, name in files.history
        if "interventions" in name
        for row in load(files.path(name))
        if row["Objet"]
    ]
    wrong = {
        (row["Objet"], found[row["Bien"]].name)
        for row in orders
        if row["Objet"].split()[0] in ("Four", "Lave-vaisselle", "Potelet", "Banc", "Corbeille")
        and not found[row["Bien"]].name.startswith(row["Objet"].split()[0])
    }
    assert wrong == set()


@pytest.mark.parametrize("today", [date(2026, 11, 30), date(2026, 11, 26), date(2026, 11, 28)])
def test_the_week_of_the_demonstration_is_full(today: date) -> None:
    """A Monday, a Thursday, and a Saturday, whose week is the next one."""
    days = works.week_of(today)
    assert len(days) == 5 and days[0].weekday() == 0 and days[-1] >= today
    planned: dict[date, set[str]] = {on: set() for on in days}
    for row in _told(today):
        on = french(row.get("Prévue le") or "")
        if on in planned and row["Matricule"]:
            planned[on].add(row["Matricule"])
            assert row["État"] != "Planifiée" or on >= today or row["Échéance"]
    assert min(len(agents) for agents in planned.values()) >= 6


@pytest.mark.parametrize("column, count", [("Commencée le", 2000), ("Reçue le", 1000)])
def test_people_do_not_all_begin_or_ask_at_nine(column: str, count: int) -> None:
    told = [str(row.get(column, "")) for row in _told(date(2026, 11, 30))]
    begun = [cell[-5:] for cell in told if ":" in cell]
    assert len(begun) > count
    assert len(set(begun)) > 10
    assert max(begun.count(hour) for hour in set(begun)) < len(begun) / 5
    assert "07:30" <= min(begun) and max(begun) < "18:00"
