"""One work order on its way to the file: its days and hours, its state, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from reports.demonstration.commune.asking import Target, requester
from reports.demonstration.commune.ground import Ground, french, workday_from
from reports.demonstration.commune.jobs import Job
from reports.demonstration.commune.people import of_trade

_ABANDONED = (
    "Matériel remplacé entre-temps.",
    "Fait par l’entreprise sous garantie.",
    "Demande retirée par le service.",
)
#: When people begin, in minutes of the day.
_BEGUN = (475, 480, 495, 510, 525, 540, 570, 585, 615, 645, 795, 810, 825, 855, 885, 915)


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


class Order:
    """One work order on its way to the rows of the file."""

    def __init__(
        self,
        ground: Ground,
        chance: Random,
        number: str,
        on: date,
        job: Job,
        places: Sequence[Target],
    ) -> None:
        self.ground, self.chance, self.number = ground, chance, number
        self.opened, self.job = on, job
        self.crew: Sequence[str] = of_trade(job.trade, job.service)
        self.planned: date | None = None
        self.asked = ""
        target = chance.choice(places)
        self.asset = target.code
        self.requester = requester(chance, job, target)
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

    def stand_in_week(self, on: date, agent: str) -> None:
        """Be the work of an agent on a day of the present week."""
        self.crew, self.planned, self.done = [agent], on, on
        self.due = on + timedelta(days=self.chance.choice((1, 2, 4)))
        if on < self.ground.today:
            self.state = self.chance.choice(("Terminée", "Terminée", "Validée"))
        elif on == self.ground.today:
            self.state = self.chance.choice(("En cours", "Planifiée", "Planifiée"))
        else:
            self.state = "Planifiée"

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
        """The request that it answers; told after ``rows``: when it came, what became of it."""
        state = {"Validée": "Traitée", "Terminée": "Traitée", "Annulée": "Refusée"}.get(
            self.state, "Acceptée"
        )
        given_up = self.state == "Annulée"
        return {
            "_on": self.opened,
            "Bien": self.asset,
            "Objet": self.job.title,
            "Reçue le": self.asked,
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
        crew = self.crew
        lines = (
            self._costs(stock, hours, crew)
            if over or self.state in ("En cours", "En pause")
            else []
        )
        planned = self.planned or self.done
        if self.planned is None and self.state in ("Planifiée", "Brouillon") and self.age <= 20:
            planned = workday_from(self.ground.today + timedelta(days=self.chance.randint(0, 12)))
            self.due = planned + timedelta(days=self.chance.choice((2, 5, 8)))
            if self.chance.random() < 0.15:  # late: the day has passed
                planned, self.due = self.done, self.done + timedelta(days=1)
        ends = over or self.state == "Annulée"
        asked, begun, ended = self._hours(lines)
        self.asked = self._at(self.opened, asked)
        self.reason = self.chance.choice(_ABANDONED) if self.state == "Annulée" else ""
        first: dict[str, Any] = {
            "N° intervention": self.number,
            "Bien": self.asset,
            "Objet": self.job.title,
            "Description": self.job.told,
            "Nature": self.job.kind,
            "Priorité": self.priority,
            "État": self.state,
            "Service": self.job.service,
            "Demandeur": self.requester,
            "Ouverte le": self.asked,
            "Prévue le": "" if self.state == "Brouillon" else french(planned),
            "Échéance": french(max(self.due, planned)),
            "Commencée le": self._at(self.done, begun) if lines else "",
            "Terminée le": self._at(self.done, ended) if ends else "",
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

    def _hours(self, lines: Sequence[dict[str, Any]]) -> tuple[int, int, int]:
        """Minutes of the day at which it was asked, begun and over."""
        begun = self.chance.choice(_BEGUN)
        worked = [Decimal(line["Heures"].replace(",", ".")) for line in lines if "Heures" in line]
        ended = min(begun + int(max(worked, default=Decimal(1)) * 60), 18 * 60)
        last = begun - 10 if self.opened == self.done else 16 * 60 + 30
        return self.chance.randrange(450, last, 5), begun, ended

    def _at(self, on: date, minutes: int) -> str:
        """A day with its hour as files have it; of today the hour is not known to be past."""
        return french(on) if on >= self.ground.today else at_hour(on, minutes)

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
                lines.append({"Matricule": agent, "Heures": number(given), "Jour": on})
        for code, most in self.job.items:
            if self.chance.random() < 0.62:
                given = stock.take(code, self.chance.randint(1, most))
                if given:
                    lines.append(
                        {
                            "Article": code,
                            "Quantité": number(given),
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
                    "Montant HT": number(amount),
                    "TVA": self.chance.choice(("20", "20", "20", "10")),
                    "Jour": french(min(self.done + timedelta(days=1), self.ground.today)),
                }
            )
        return lines


def number(value: Decimal) -> str:
    """A quantity or an amount as files have it."""
    return f"{value:.2f}".replace(".", ",")


def at_hour(on: date, minutes: int) -> str:
    """A day and its hour, in minutes from midnight, as people write them in files."""
    return f"{french(on)} {minutes // 60:02d}:{minutes % 60:02d}"
