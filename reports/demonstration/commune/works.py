"""Three years of requests and work orders, with what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from reports.demonstration.commune.asking import Target, requester, suits
from reports.demonstration.commune.ground import (
    TEMPLATES,
    Ground,
    french,
    is_workday,
    load,
    workday_from,
)
from reports.demonstration.commune.jobs import Job, jobs
from reports.demonstration.commune.orders import Order, Stock, at_hour
from reports.demonstration.commune.people import of_trade, workers

_REFUSED = (
    "Relève du propriétaire riverain.",
    "Déjà prévu au programme de l’été.",
    "Route départementale : transmis au département.",
    "Doublon d’une demande ouverte.",
)
#: The states of the last orders, so that even a small commune has work in each.
_LAST = ("Planifiée", "Brouillon", "En pause", "Planifiée", "En cours", "Terminée")
#: What the last finished work is about: even a small commune has pictures of it.
_PICTURED = "Nid-de-poule"
#: The request that waits since long, and the day of an urgent order, before today.
WAITING_DAYS = 41


@dataclass
class Works:
    """The rows of the files, by year."""

    orders: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    stock: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def works(ground: Ground, targets: Sequence[Target]) -> Works:
    """Everything that was asked and done on the things of the commune, and the present week."""
    found = Works()
    items = load(TEMPLATES / "articles.csv")
    stock = Stock(
        dict.fromkeys((i["code"] for i in items), Decimal(0)),
        {i["code"]: i["magasin"] for i in items},
    )
    hours: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    places = {job: [t for t in targets if suits(job, t)] for job, _weight in jobs()}
    kinds = [(job, weight) for job, weight in jobs() if places[job]]
    shown = next((job for job, _weight in kinds if job.title == _PICTURED), None)
    for year in ground.years:
        found.stock[year] = _deliveries(ground, year, items, stock)
        days = [on for on in ground.days() if on.year == year]
        share = len(days) / 365
        chance = ground.chance(f"travaux {year}")
        agenda = _agenda(chance, days, kinds, round(ground.scale.orders_a_year * share))
        orders = []
        for number, (on, drawn) in enumerate(agenda, start=1):
            left = len(agenda) - number
            state = _LAST[left] if year == ground.today.year and left < len(_LAST) else ""
            job = shown if state == "Terminée" and shown is not None else drawn
            order = Order(ground, chance, f"BT-{year}-{number:04d}", on, job, places[job])
            if state:
                order.be(state)
            orders.append(order)
        if year == ground.today.year:
            orders += _present_week(ground, kinds, places, len(orders))
        for order in orders:
            found.orders[year] += order.rows(stock, hours)
            if order.job.kind == "corrective" and order.chance.random() < 0.85:
                found.requests[year].append(order.request())
        found.requests[year] += _unanswered(ground, chance, days, kinds, places)
        found.requests[year] = _in_order(found.requests[year])
    return found


def week_of(today: date) -> list[date]:
    """The workdays of the week of a day, of the next week when it is over."""
    at = today if today.weekday() < 5 else today + timedelta(days=7 - today.weekday())
    monday = at - timedelta(days=at.weekday())
    return [on for n in range(5) if is_workday(on := monday + timedelta(days=n))]


def _present_week(
    ground: Ground,
    kinds: Sequence[tuple[Job, int]],
    places: Mapping[Job, Sequence[Target]],
    before: int,
) -> list[Order]:
    """What each agent has done this week, does today and will do; ``before`` are the others."""
    chance = ground.chance("semaine")
    found: list[Order] = []
    for on in week_of(ground.today):
        if on.year < ground.today.year:
            continue  # told with the orders of that year
        for agent in workers(ground.scale.at_work):
            mine = [
                (job, weight * job.months[on.month - 1])
                for job, weight in kinds
                if agent in of_trade(job.trade, job.service)
            ]
            if not any(weight for _job, weight in mine):
                continue
            for _again in range(chance.choice((1, 2, 2)) if ground.scale.at_work > 5 else 1):
                job = chance.choices([j for j, _w in mine], [w for _j, w in mine])[0]
                opened = min(on, ground.today) - timedelta(days=chance.randint(1, 8))
                while not is_workday(opened):
                    opened -= timedelta(days=1)
                number = f"BT-{ground.today.year}-{before + len(found) + 1:04d}"
                order = Order(ground, chance, number, opened, job, places[job])
                order.stand_in_week(on, agent)
                found.append(order)
    return found


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By day; the same thing asked twice on a day is one request."""
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["_on"]):
        told.setdefault((row.pop("_on"), row["Bien"], row["Objet"]), row)
    return list(told.values())


def _deliveries(
    ground: Ground, year: int, items: list[dict[str, str]], stock: Stock
) -> list[dict[str, Any]]:
    """Two deliveries a year of each item, a little dearer each year."""
    chance, rows = ground.chance(f"stock {year}"), []
    small = ground.scale.orders_a_year / 1190
    for index, item in enumerate(items):
        for month in (1, 7):
            on = workday_from(date(year, month, 3 + index % 20))
            if on >= ground.today:
                continue
            wanted = max(8, round(int(item["par_an"]) * 0.62 * small * chance.uniform(0.9, 1.2)))
            price = Decimal(item["prix"].replace(",", "."))
            price *= Decimal(str(round(1.018 ** (year - ground.first_year), 4)))
            stock.left[item["code"]] += wanted
            rows.append(
                {
                    "Référence": item["code"],
                    "Désignation": item["nom"],
                    "Unité": item["unite"],
                    "Magasin": item["magasin"],
                    "Entrée": wanted,
                    "Reçu le": french(on),
                    "Bon de livraison": f"BL-{year}-{month:02d}{index:03d}",
                    "Prix unitaire HT": f"{price:.2f}".replace(".", ","),
                    "TVA": item["tva"],
                }
            )
    return rows


def _agenda(
    chance: Random, days: Sequence[date], kinds: Sequence[tuple[Job, int]], count: int
) -> list[tuple[date, Job]]:
    """Which work on which day: each kind in its months."""
    open_days = [on for on in days if is_workday(on)] or list(days)
    if not open_days:
        return []
    weights = [sum(job.months[on.month - 1] * weight for job, weight in kinds) for on in open_days]
    found = []
    for on in sorted(chance.choices(open_days, weights, k=count)):
        likely = [job.months[on.month - 1] * weight for job, weight in kinds]
        found.append((on, chance.choices([job for job, _weight in kinds], likely)[0]))
    return found


def _unanswered(
    ground: Ground,
    chance: Random,
    days: Sequence[date],
    kinds: Sequence[tuple[Job, int]],
    places: Mapping[Job, Sequence[Target]],
) -> list[dict[str, Any]]:
    """Requests that were refused, and in the last weeks those that nobody has sorted."""
    if not days:
        return []
    asked = [job for job, _weight in kinds if job.kind == "corrective"]
    rows = []
    for _index in range(round(ground.scale.requests_a_year * 0.05 * len(days) / 365)):
        job, on = chance.choice(asked), chance.choice(days)
        rows.append(_request(chance, job, on, chance.choice(places[job]), "Refusée"))
        rows[-1]["Motif du refus"] = chance.choice(_REFUSED)
    if days[-1].year == ground.today.year:
        for age in (WAITING_DAYS, 9, 6, 5, 3, 2, 1):
            job, on = chance.choice(asked), ground.today - timedelta(days=age)
            if on.year == ground.today.year:
                rows.append(_request(chance, job, on, chance.choice(places[job]), "À trier"))
    return rows


def _request(chance: Random, job: Job, on: date, place: Target, state: str) -> dict[str, Any]:
    return {
        "_on": on,
        "Bien": place.code,
        "Objet": job.title,
        "Reçue le": at_hour(on, chance.randrange(450, 1080, 5)),
        "Demandeur": requester(chance, job, place),
        "Canal": chance.choice(("Étiquette", "Interne", "Téléphone", "Portail")),
        "Priorité": "Normale",
        "État": state,
    }
