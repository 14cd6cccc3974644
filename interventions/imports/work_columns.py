"""Columns of a file of work orders, as former programs name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from base.basics import clock, facts
from base.basics.i18n import _, _l
from base.desk.imports.columns import column_from
from base.papers.tables import Column
from base.papers.tables.days import moment
from base.papers.tables.numbers import number
from base.papers.tables.texts import Cell, ValueRefused, as_text, code, shown, text
from interventions.domain import Answer, Kind, Priority, State
from interventions.imports.stock import percentage
from interventions.models import ChecklistPoint, Expense, Labour, PartUse, WorkOrder

#: Columns that a later file may still change; the rest is history.
OWN = ("title", "description", "kind", "priority", "requester", "planned_on", "due_on")
#: "2h30", "2:30", "2:30:00", "90 min".
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})\s*(?:h|:)\s*(?P<m>[0-5]\d)(?::00|\s*(?:min|mn|m))?"
    r"|(?P<only>\d{1,4})\s*(?:min|mn|minutes?)"
)
#: Columns that cost something.
COSTS = ("hours", "quantity", "amount_ht_eur")
#: Further words of files for the values of closed lists.
KINDS = {
    "Corrective": Kind.CORRECTIVE,
    "Curatif": Kind.CORRECTIVE,
    "Dépannage": Kind.CORRECTIVE,
    "Préventive": Kind.PREVENTIVE,
    "Entretien": Kind.PREVENTIVE,
}
PRIORITIES = {
    "Urgent": Priority.URGENT,
    "Haute": Priority.URGENT,
    "Normal": Priority.NORMAL,
    "Moyenne": Priority.NORMAL,
    "Faible": Priority.LOW,
}
STATES = {
    "À planifier": State.DRAFT,
    "Ouverte": State.DRAFT,
    "Prévue": State.PLANNED,
    "Commencée": State.STARTED,
    "Suspendue": State.PAUSED,
    "Close": State.VALIDATED,
    "Clôturée": State.VALIDATED,
    "Abandonnée": State.CANCELLED,
}
ANSWERS = {"Conforme": Answer.DONE, "Oui": Answer.DONE, "Non": Answer.FAILED}


def hours(value: Cell) -> Decimal | None:
    """Hours of one day.

    Raises:
        ValueRefused: hours and minutes, whose thousandths would not be theirs; the sentence says
            how to write them.
    """
    told_so = _CLOCK.fullmatch(as_text(value).strip().lower())
    if told_so is not None:
        minutes = int(told_so["h"] or 0) * 60 + int(told_so["m"] or told_so["only"] or 0)
        told = format(Decimal(minutes) / 60, ".3f").rstrip("0").rstrip(".").replace(".", ",")
        raise ValueRefused(
            _(
                "« %(value)s » compte des minutes : écrivez des heures décimales, ici %(hours)s.",
                value=shown(value),
                hours=told,
            )
        )
    return number(value, decimals=3, unit="h", low=Decimal("0.001"), high=24)


def day_of(on: date | datetime) -> date:
    """The day that a file says, of an instant that of the authority's clocks."""
    return clock.local(on).date() if isinstance(on, datetime) else on


def instant_of(on: date | datetime, hour: int) -> datetime:
    """The instant that a file says; of a day without its hour, a usual one that is past."""
    if isinstance(on, datetime):
        return on
    usual = datetime.combine(on, time(hour), ZoneInfo(clock.authority_zone()))
    return min(usual, clock.now())


def columns() -> Sequence[Column]:
    """What a file of work orders holds: the order, then what one line adds to it."""
    of = partial(column_from, WorkOrder)
    return (
        of(
            "external_number",
            "numéro d’origine | n° | n° intervention | référence | id | bt | n° de bon | "
            "numéro de bon",
            label=_l("Numéro"),
            required=True,
            parse=lambda v: code(v, limit=60),
        ),
        of(
            "asset",
            "code bien | n° d’inventaire | inventaire | asset | code du bien | "
            "équipement | bâtiment",
        ),
        of("title", "titre | libellé | intitulé | nature des travaux | title"),
        of("description", "détail | commentaire", limit=5000),
        of("kind", "type | catégorie", also=KINDS),
        of("priority", "urgence", also=PRIORITIES),
        of("state", "statut | etat", also=STATES),
        of("service", "service chargé | pôle | direction", parse=text),
        of("requester", "demandée par | demandé par", label=_l("Demandeur")),
        Column(
            "opened_on",
            _l("Ouverte le"),
            moment,
            dated=facts.fact(),
            aliases=("demandée le", "créée le", "date de création", "date d’ouverture"),
        ),
        of("planned_on", "date prévue | planifiée le"),
        of("due_on", "date limite | à faire avant le", dated=facts.plan()),
        of("started_at", "date de début | débutée le", key="started_on"),
        of(
            "finished_at",
            "date de fin | réalisée le | date | faite le | date réalisation | annulée le",
            key="finished_on",
            dated=facts.fact(after="started_on"),
        ),
        of(
            "validated_at",
            "date de validation | close le",
            key="validated_on",
            dated=facts.fact(after="finished_on"),
        ),
        of("finding", "compte rendu | travaux réalisés | observations", limit=5000),
        of("reason", "motif d’annulation | motif de réouverture"),
        column_from(Labour, "agent", "agent | code agent", label=_l("Matricule")),
        column_from(Labour, "hours", "temps passé | durée | temps | nb h", parse=hours),
        column_from(Labour, "date_on", "date de la ligne | jour de la dépense", key="line_on"),
        column_from(PartUse, "item", "pièce | code article | référence article"),
        column_from(PartUse, "quantity", "qté | nombre de pièces", low=0),
        column_from(PartUse, "store", "code magasin | dépôt", parse=text),
        column_from(Expense, "supplier", "entreprise | prestataire"),
        column_from(
            Expense, "label", "libellé de la dépense | objet de la facture", label=_l("Prestation")
        ),
        column_from(
            Expense, "reference", "n° de facture | n° de devis | facture", label=_l("N° de pièce")
        ),
        column_from(Expense, "amount_ht_eur", "montant | coût ht | coût | prix ht", low=0),
        column_from(
            Expense, "vat_rate", "tva | taux de tva", label=_l("TVA en %"), parse=percentage
        ),
        column_from(
            ChecklistPoint, "label", "contrôle | point", key="point", label=_l("Point de contrôle")
        ),
        column_from(
            ChecklistPoint, "answer", "résultat | conformité", label=_l("Réponse"), also=ANSWERS
        ),
        column_from(ChecklistPoint, "measure", "valeur | valeur relevée"),
        column_from(ChecklistPoint, "unit", "unité de mesure"),
    )
