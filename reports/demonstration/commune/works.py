"""Three years of requests and work orders, with what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from reports.demonstration.commune.ground import (
    TEMPLATES,
    Ground,
    french,
    is_workday,
    load,
    workday_from,
)
from reports.demonstration.commune.jobs import Job, jobs
from reports.demonstration.commune.people import of_trade

_REQUESTERS = (
    "Mme Delorme, directrice",
    "M. Castel, gardien",
    "Mme Rivoal, association",
    "M. Boyer",
    "Accueil de la mairie",
    "M. Perrin, commerçant",
    "Mme Lacroix",
    "Cantine des Tilleuls",
    "Club de handball",
    "Mme Hubert, crèche",
    "M. Nadal, riverain",
    "Police municipale",
)
_REFUSED = (
    "Relève du propriétaire riverain.",
    "Déjà prévu au programme de l’été.",
    "Route départementale : transmis au département.",
    "Doublon d’une demande ouverte.",
)
_ABANDONED = (
    "Matériel remplacé entre-temps.",
    "Fait par l’entreprise sous garantie.",
    "Demande retirée par le service.",
)
#: The states of the last orders, so that even a small commune has work in each.
_LAST = ("Planifiée", "Brouillon", "En pause", "Planifiée", "En cours", "Terminée")
#: The request that waits since long, and the day of an urgent order, before today.
WAITING_DAYS = 41


@dataclass
class Stock:
    """What is left of each item, so that no job takes more than there is."""

    left: dict[str, Decimal]
    store: dict[str, str]

    def take(self, code: str, wanted: int) -> Decimal:
        """As many as are wanted and there, a few kept back."""
        given = min(Decimal(wanted), self.left[code] - 2)
        if given <= 0:
            return Decimal(0)
        self.left[code] -= given
        return given


@dataclass
class Works:
    """The rows of the files, by year."""

    orders: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    stock: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))


def works(ground: Ground, assets: dict[str, list[str]], fallback: Sequence[str]) -> Works:
    """Everything that was asked and done; ``assets`` are codes by category.

    ``fallback`` are the codes of jobs whose category the commune has none of.
    """
    found = Works()
    items = load(TEMPLATES / "articles.csv")
    stock = Stock(
        dict.fromkeys((i["code"] for i in items), Decimal(0)),
        {i["code"]: i["magasin"] for i in items},
    )
    hours: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    kinds = jobs()
    for year in ground.years:
        found.stock[year] = _deliveries(ground, year, items, stock)
        days = [on for on in ground.days() if on.year == year]
        share = len(days) / 365
        chance = ground.chance(f"travaux {year}")
        agenda = _agenda(chance, days, kinds, round(ground.scale.orders_a_year * share))
        for number, (on, job) in enumerate(agenda, start=1):
            places = [c for t in job.targets for c in assets.get(t, ())] or list(fallback)
            order = _Order(ground, chance, f"BT-{year}-{number:04d}", on, job, places)
            if year == ground.today.year and len(agenda) - number < len(_LAST):
                order.be(_LAST[len(agenda) - number])
            found.orders[year] += order.rows(stock, hours)
            if job.kind == "corrective" and chance.random() < 0.85:
                found.requests[year].append(order.request())
        found.requests[year] += _unanswered(ground, chance, days, kinds, assets, fallback)
        found.requests[year] = _in_order(found.requests[year])
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


class _Order:
    """One work order on its way to the rows of the file."""

    def __init__(
        self,
        ground: Ground,
        chance: Random,
        number: str,
        on: date,
        job: Job,
        places: Sequence[str],
    ) -> None:
        self.ground, self.chance, self.number = ground, chance, number
        self.opened, self.job = on, job
        self.asset = chance.choice(places)
        self.requester = chance.choice(_REQUESTERS)
        urgent = chance.randint(1, 100) <= job.urgent_percent
        self.priority = "Urgente" if urgent else chance.choice(("Normale", "Normale", "Basse"))
        wait = 0 if urgent else chance.choice((0, 1, 1, 2, 3, 4, 6, 9, 14))
        self.done = workday_from(on + timedelta(days=wait))
        self.due = self.done + timedelta(days=2 if urgent else chance.choice((5, 7, 10, 15)))
        self.age = (ground.today - on).days
        self.reason = ""
        self.state = self._state()

    def be(self, state: str) -> None:
        """Stand in a state; what is under way has begun, and what is over is not of tomorrow."""
        self.state = state
        if state in ("En cours", "En pause"):
            self.done = self.opened
        elif state == "Terminée":
            self.done = min(self.done, self.ground.today)

    def _state(self) -> str:
        """Old work is validated; the last weeks hold all that can be under way."""
        dice = self.chance.random()
        if self.age > 75 or (self.age > 20 and dice < 0.72):
            return "Annulée" if dice < 0.03 else "Validée"
        if self.done >= self.ground.today:
            return "Planifiée" if dice < 0.6 else "Brouillon"
        if dice < 0.035:
            return "Annulée"
        if self.age > 20:
            return self.chance.choice(("Terminée",) * 6 + ("Validée",) * 12 + ("En pause",))
        return self.chance.choice(
            ("Terminée",) * 5
            + ("Validée",) * 6
            + ("Planifiée",) * 4
            + ("Brouillon", "Brouillon", "En pause", "En cours")
        )

    def request(self) -> dict[str, Any]:
        """The request that it answers; told after ``rows``, which says why it was given up."""
        state = {"Validée": "Traitée", "Terminée": "Traitée", "Annulée": "Refusée"}.get(
            self.state, "Acceptée"
        )
        given_up = self.state == "Annulée"
        return {
            "_on": self.opened,
            "Bien": self.asset,
            "Objet": self.job.title,
            "Reçue le": french(self.opened),
            "Demandeur": self.requester,
            "Canal": self.chance.choice(("Étiquette", "Interne", "Téléphone", "Portail")),
            "Priorité": self.priority,
            "État": state,
            "N° intervention": "" if given_up else self.number,
            "Motif du refus": self.reason if given_up else "",
        }

    def rows(self, stock: Stock, hours: dict[tuple[str, date], Decimal]) -> list[dict[str, Any]]:
        """The order on its first row, what it cost on that one and the next."""
        over = self.state in ("Validée", "Terminée")
        crew = of_trade(self.job.trade, self.job.service)
        lines = (
            self._costs(stock, hours, crew)
            if over or self.state in ("En cours", "En pause")
            else []
        )
        planned = self.done
        if self.state in ("Planifiée", "Brouillon") and self.age <= 20:
            planned = workday_from(self.ground.today + timedelta(days=self.chance.randint(0, 12)))
            self.due = planned + timedelta(days=self.chance.choice((2, 5, 8)))
            if self.chance.random() < 0.15:  # late: the day has passed
                planned, self.due = self.done, self.done + timedelta(days=1)
        ends = over or self.state == "Annulée"
        self.reason = self.chance.choice(_ABANDONED) if self.state == "Annulée" else ""
        first: dict[str, Any] = {
            "N° intervention": self.number,
            "Bien": self.asset,
            "Objet": self.job.title,
            "Nature": self.job.kind,
            "Priorité": self.priority,
            "État": self.state,
            "Service": self.job.service,
            "Demandeur": self.requester,
            "Ouverte le": french(self.opened),
            "Prévue le": "" if self.state == "Brouillon" else french(planned),
            "Échéance": french(max(self.due, planned)),
            "Commencée le": french(self.done) if lines else "",
            "Terminée le": french(self.done) if ends else "",
            "Validée le": french(
                min(workday_from(self.done + timedelta(days=3)), self.ground.today)
            )
            if self.state == "Validée"
            else "",
            "Constat": self.job.finding if over else "",
            "Motif": self.reason,
            "Matricule": "" if self.state == "Brouillon" else self.chance.choice(crew),
        }
        if lines and "Heures" in lines[0]:
            first["Matricule"] = lines[0]["Matricule"]
        found = [first, *({"N° intervention": self.number} for _line in lines[1:])]
        for row, line in zip(found, lines, strict=False):
            row.update(line)
        return found + self._points(over)

    def _points(self, over: bool) -> list[dict[str, Any]]:
        answer = "Fait" if over else ""
        return [
            {"N° intervention": self.number, "Point de contrôle": point, "Réponse": answer}
            for point in self.job.points
        ]

    def _costs(
        self, stock: Stock, hours: dict[tuple[str, date], Decimal], crew: Sequence[str]
    ) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        on = french(self.done)
        low, high = self.job.hours
        team = self.chance.sample(crew, k=min(len(crew), 2 if high >= 6 else 1))
        for agent in team:
            wanted = Decimal(self.chance.randint(low * 4 + 1, high * 4 + 3)) / 4
            given = min(wanted, Decimal(9) - hours[agent, self.done])
            if given > 0:
                hours[agent, self.done] += given
                lines.append({"Matricule": agent, "Heures": _number(given), "Jour": on})
        for code, most in self.job.items:
            if self.chance.random() < 0.62:
                given = stock.take(code, self.chance.randint(1, most))
                if given:
                    lines.append(
                        {
                            "Article": code,
                            "Quantité": _number(given),
                            "Magasin": stock.store[code],
                            "Jour": on,
                        }
                    )
        if self.job.supplier and self.chance.randint(1, 100) <= self.job.supplier_percent:
            least, most = self.job.amounts
            amount = Decimal(self.chance.randint(least * 20, most * 20)) / 20
            lines.append(
                {
                    "Fournisseur": self.job.supplier,
                    "Prestation": self.job.title,
                    "N° de pièce": f"F{self.done:%y%m}-{self.chance.randint(100, 999)}",
                    "Montant HT": _number(amount),
                    "TVA": self.chance.choice(("20", "20", "20", "10")),
                    "Jour": french(min(self.done + timedelta(days=1), self.ground.today)),
                }
            )
        return lines


def _unanswered(
    ground: Ground,
    chance: Random,
    days: Sequence[date],
    kinds: Sequence[tuple[Job, int]],
    assets: dict[str, list[str]],
    fallback: Sequence[str],
) -> list[dict[str, Any]]:
    """Requests that were refused, and in the last weeks those that nobody has sorted."""
    if not days:
        return []
    asked = [job for job, _weight in kinds if job.kind == "corrective"]
    rows = []
    for _index in range(round(ground.scale.requests_a_year * 0.05 * len(days) / 365)):
        job, on = chance.choice(asked), chance.choice(days)
        rows.append(_request(chance, job, on, _one(chance, job, assets, fallback), "Refusée"))
        rows[-1]["Motif du refus"] = chance.choice(_REFUSED)
    if days[-1].year == ground.today.year:
        for age in (WAITING_DAYS, 9, 6, 5, 3, 2, 1):
            job, on = chance.choice(asked), ground.today - timedelta(days=age)
            if on.year == ground.today.year:
                place = _one(chance, job, assets, fallback)
                rows.append(_request(chance, job, on, place, "À trier"))
    return rows


def _one(chance: Random, job: Job, assets: dict[str, list[str]], fallback: Sequence[str]) -> str:
    return chance.choice([c for t in job.targets for c in assets.get(t, ())] or list(fallback))


def _request(chance: Random, job: Job, on: date, place: str, state: str) -> dict[str, Any]:
    return {
        "_on": on,
        "Bien": place,
        "Objet": job.title,
        "Reçue le": french(on),
        "Demandeur": chance.choice(_REQUESTERS),
        "Canal": chance.choice(("Étiquette", "Interne", "Téléphone", "Portail")),
        "Priorité": "Normale",
        "État": state,
    }


def _number(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")
