"""Columns of a file of work orders, as former programs name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from base import facts
from base.i18n import _, _l
from base.tables import Column
from base.tables.days import day, moment
from base.tables.numbers import number, positive_euros
from base.tables.words import Cell, ValueRefused, as_text, code, one_of, shown, text
from interventions.domain import Answer, Kind, Priority, State
from interventions.imports.stock import percentage, quantity

#: Columns that a later file may still change; the rest is history.
OWN = ("title", "description", "kind", "priority", "requester", "planned_on", "due_on")
#: "2h30", "2:30", "2:30:00", "90 min".
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})\s*(?:h|:)\s*(?P<m>[0-5]\d)(?::00|\s*(?:min|mn|m))?"
    r"|(?P<only>\d{1,4})\s*(?:min|mn|minutes?)"
)
#: Columns that cost something.
COSTS = ("hours", "quantity", "amount_ht_eur")
KINDS = Kind.named({
    "Corrective": Kind.CORRECTIVE, "Curatif": Kind.CORRECTIVE, "Dépannage": Kind.CORRECTIVE,
    "Préventive": Kind.PREVENTIVE, "Entretien": Kind.PREVENTIVE,
})  # fmt: skip
PRIORITIES = Priority.named({
    "Urgent": Priority.URGENT, "Haute": Priority.URGENT,
    "Normal": Priority.NORMAL, "Moyenne": Priority.NORMAL, "Faible": Priority.LOW,
})  # fmt: skip
STATES = State.named({
    "À planifier": State.DRAFT, "Ouverte": State.DRAFT, "Prévue": State.PLANNED,
    "Commencée": State.STARTED, "Suspendue": State.PAUSED,
    "Close": State.VALIDATED, "Clôturée": State.VALIDATED, "Abandonnée": State.CANCELLED,
})  # fmt: skip
ANSWERS = Answer.named({
    "Conforme": Answer.DONE, "Oui": Answer.DONE, "Non": Answer.FAILED,
})  # fmt: skip


def hours(value: Cell) -> Decimal | None:
    """Hours of one day.

    Raises:
        ValueRefused: hours and minutes, whose thousandths would not be theirs; the sentence says
            how to write them.
    """
    clock = _CLOCK.fullmatch(as_text(value).strip().lower())
    if clock is not None:
        minutes = int(clock["h"] or 0) * 60 + int(clock["m"] or clock["only"] or 0)
        told = format(Decimal(minutes) / 60, ".3f").rstrip("0").rstrip(".").replace(".", ",")
        raise ValueRefused(
            _(
                "« %(value)s » compte des minutes : écrivez des heures décimales, ici %(hours)s.",
                value=shown(value),
                hours=told,
            )
        )
    return number(value, decimals=3, unit="h", low=Decimal("0.001"), high=24)


def measure(value: Cell) -> Decimal | None:
    """What was read on an instrument."""
    return number(value, decimals=3)


def columns() -> Sequence[Column]:
    """What a file of work orders holds: the order, then what one line adds to it."""
    return (
        Column("external_number", _l("Numéro"), lambda v: code(v, limit=60), required=True,
               aliases=("numéro d’origine", "n°", "n° intervention", "référence", "id", "bt",
                        "n° de bon", "numéro de bon")),
        Column("asset", _l("Bien"), code,
               aliases=("code bien", "n° d’inventaire", "inventaire", "asset", "code du bien",
                        "équipement", "bâtiment")),
        Column("title", _l("Objet"), text,
               aliases=("titre", "libellé", "intitulé", "nature des travaux", "title")),
        Column("description", _l("Description"), lambda v: text(v, limit=5000, lines=True),
               aliases=("détail", "commentaire")),
        Column("kind", _l("Nature"), one_of(KINDS), aliases=("type", "catégorie")),
        Column("priority", _l("Priorité"), one_of(PRIORITIES), aliases=("urgence",)),
        Column("state", _l("État"), one_of(STATES), aliases=("statut", "etat")),
        Column("service", _l("Service"), text, aliases=("service chargé", "pôle", "direction")),
        Column("requester", _l("Demandeur"), text, aliases=("demandée par", "demandé par")),
        Column("opened_on", _l("Ouverte le"), moment, dated=facts.fact(),
               aliases=("demandée le", "créée le", "date de création", "date d’ouverture")),
        Column("planned_on", _l("Prévue le"), day, dated=facts.plan(),
               aliases=("date prévue", "planifiée le")),
        Column("due_on", _l("Échéance"), day, dated=facts.plan(),
               aliases=("date limite", "à faire avant le")),
        Column("started_on", _l("Commencée le"), moment, dated=facts.fact(),
               aliases=("date de début", "débutée le")),
        Column("finished_on", _l("Terminée le"), moment, dated=facts.fact(after="started_on"),
               aliases=("date de fin", "réalisée le", "date", "faite le", "date réalisation",
                        "annulée le")),
        Column("validated_on", _l("Validée le"), moment,
               dated=facts.fact(after="finished_on"), aliases=("date de validation", "close le")),
        Column("finding", _l("Constat"), lambda v: text(v, limit=5000, lines=True),
               aliases=("compte rendu", "travaux réalisés", "observations")),
        Column("reason", _l("Motif"), lambda v: text(v, limit=300),
               aliases=("motif d’annulation", "motif de réouverture")),
        Column("agent", _l("Matricule"), code, aliases=("agent", "code agent")),
        Column("hours", _l("Heures"), hours, aliases=("temps passé", "durée", "temps", "nb h")),
        Column("line_on", _l("Jour"), day, dated=facts.fact(),
               aliases=("date de la ligne", "jour de la dépense")),
        Column("item", _l("Article"), code, aliases=("pièce", "code article", "référence article")),
        Column("quantity", _l("Quantité"), quantity, aliases=("qté", "nombre de pièces")),
        Column("store", _l("Magasin"), text, aliases=("code magasin", "dépôt")),
        Column("supplier", _l("Fournisseur"), text, aliases=("entreprise", "prestataire")),
        Column("label", _l("Prestation"), lambda v: text(v, limit=200),
               aliases=("libellé de la dépense", "objet de la facture")),
        Column("reference", _l("N° de pièce"), lambda v: text(v, limit=60),
               aliases=("n° de facture", "n° de devis", "facture")),
        Column("amount_ht_eur", _l("Montant HT"), positive_euros,
               aliases=("montant", "coût ht", "coût", "prix ht")),
        Column("vat_rate", _l("TVA en %"), percentage, aliases=("tva", "taux de tva")),
        Column("point", _l("Point de contrôle"), lambda v: text(v, limit=200),
               aliases=("contrôle", "point")),
        Column("answer", _l("Réponse"), one_of(ANSWERS), aliases=("résultat", "conformité")),
        Column("measure", _l("Mesure"), measure, aliases=("valeur", "valeur relevée")),
        Column("unit", _l("Unité"), lambda v: text(v, limit=20), aliases=("unité de mesure",)),
    )  # fmt: skip
