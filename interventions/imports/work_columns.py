"""Columns of a file of work orders, as former programs name them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from base import facts
from base.i18n import _
from base.tables import Column
from base.tables.days import day, moment
from base.tables.numbers import number, positive_euros
from base.tables.words import Cell, code, one_of, text
from interventions.domain import ANSWER_LABELS, KIND_LABELS, Answer, Kind, Priority, State
from interventions.imports.stock import percentage, quantity

#: Columns that a later file may still change; the rest is history.
OWN = ("title", "description", "kind", "priority", "requester", "planned_on", "due_on")
#: Columns that cost something.
COSTS = ("hours", "quantity", "amount_ht_eur")
KINDS = {
    **{str(label): kind for kind, label in KIND_LABELS.items()},
    "Corrective": Kind.CORRECTIVE, "Curatif": Kind.CORRECTIVE, "Dépannage": Kind.CORRECTIVE,
    "Préventive": Kind.PREVENTIVE, "Entretien": Kind.PREVENTIVE,
    **{kind.value: kind for kind in Kind},
}  # fmt: skip
PRIORITIES = {
    "Urgente": Priority.URGENT, "Urgent": Priority.URGENT, "Haute": Priority.URGENT,
    "Normale": Priority.NORMAL, "Normal": Priority.NORMAL, "Moyenne": Priority.NORMAL,
    "Basse": Priority.LOW, "Faible": Priority.LOW,
    **{priority.value: priority for priority in Priority},
}  # fmt: skip
STATES = {
    "Brouillon": State.DRAFT, "À planifier": State.DRAFT, "Ouverte": State.DRAFT,
    "Planifiée": State.PLANNED, "Prévue": State.PLANNED,
    "En cours": State.STARTED, "Commencée": State.STARTED,
    "En pause": State.PAUSED, "Suspendue": State.PAUSED,
    "Terminée": State.FINISHED, "Close": State.VALIDATED, "Clôturée": State.VALIDATED,
    "Validée": State.VALIDATED, "Annulée": State.CANCELLED, "Abandonnée": State.CANCELLED,
    **{state.value: state for state in State},
}  # fmt: skip
ANSWERS = {
    **{str(label): answer for answer, label in ANSWER_LABELS.items()},
    "Conforme": Answer.DONE, "Oui": Answer.DONE, "Non": Answer.FAILED,
    **{answer.value: answer for answer in Answer},
}  # fmt: skip


def hours(value: Cell) -> Decimal | None:
    """Hours of one day."""
    return number(value, decimals=3, unit="h", low=Decimal("0.001"), high=24)


def measure(value: Cell) -> Decimal | None:
    """What was read on an instrument."""
    return number(value, decimals=3)



def columns() -> Sequence[Column]:
    """What a file of work orders holds: the order, then what one line adds to it."""
    return (
        Column("external_number", _("Numéro"), code, required=True,
               aliases=("numéro d’origine", "n°", "n° intervention", "référence", "id", "bt",
                        "n° de bon", "numéro de bon")),
        Column("asset", _("Bien"), code,
               aliases=("code bien", "n° d’inventaire", "inventaire", "asset", "code du bien",
                        "équipement", "bâtiment")),
        Column("title", _("Objet"), text,
               aliases=("titre", "libellé", "intitulé", "nature des travaux", "title")),
        Column("description", _("Description"), lambda v: text(v, limit=5000, lines=True),
               aliases=("détail", "commentaire")),
        Column("kind", _("Nature"), one_of(KINDS), aliases=("type", "catégorie")),
        Column("priority", _("Priorité"), one_of(PRIORITIES), aliases=("urgence",)),
        Column("state", _("État"), one_of(STATES), aliases=("statut", "etat")),
        Column("service", _("Service"), text, aliases=("service chargé", "pôle", "direction")),
        Column("requester", _("Demandeur"), text, aliases=("demandée par", "demandé par")),
        Column("opened_on", _("Ouverte le"), moment, dated=facts.fact(),
               aliases=("demandée le", "créée le", "date de création", "date d’ouverture")),
        Column("planned_on", _("Prévue le"), day, dated=facts.plan(),
               aliases=("date prévue", "planifiée le")),
        Column("due_on", _("Échéance"), day, dated=facts.plan(),
               aliases=("date limite", "à faire avant le")),
        Column("started_on", _("Commencée le"), moment, dated=facts.fact(),
               aliases=("date de début", "débutée le")),
        Column("finished_on", _("Terminée le"), moment, dated=facts.fact(after="started_on"),
               aliases=("date de fin", "réalisée le", "date", "faite le", "date réalisation",
                        "annulée le")),
        Column("validated_on", _("Validée le"), moment,
               dated=facts.fact(after="finished_on"), aliases=("date de validation", "close le")),
        Column("finding", _("Constat"), lambda v: text(v, limit=5000, lines=True),
               aliases=("compte rendu", "travaux réalisés", "observations")),
        Column("reason", _("Motif"), lambda v: text(v, limit=300),
               aliases=("motif d’annulation", "motif de réouverture")),
        Column("agent", _("Matricule"), code, aliases=("agent", "code agent")),
        Column("hours", _("Heures"), hours, aliases=("temps passé", "durée", "temps", "nb h")),
        Column("line_on", _("Jour"), day, dated=facts.fact(),
               aliases=("date de la ligne", "jour de la dépense")),
        Column("item", _("Article"), code, aliases=("pièce", "code article", "référence article")),
        Column("quantity", _("Quantité"), quantity, aliases=("qté", "nombre de pièces")),
        Column("store", _("Magasin"), text, aliases=("code magasin", "dépôt")),
        Column("supplier", _("Fournisseur"), text, aliases=("entreprise", "prestataire")),
        Column("label", _("Prestation"), lambda v: text(v, limit=200),
               aliases=("libellé de la dépense", "objet de la facture")),
        Column("reference", _("N° de pièce"), lambda v: text(v, limit=60),
               aliases=("n° de facture", "n° de devis", "facture")),
        Column("amount_ht_eur", _("Montant HT"), positive_euros,
               aliases=("montant", "coût ht", "coût", "prix ht")),
        Column("vat_rate", _("TVA en %"), percentage, aliases=("tva", "taux de tva")),
        Column("point", _("Point de contrôle"), lambda v: text(v, limit=200),
               aliases=("contrôle", "point")),
        Column("answer", _("Réponse"), one_of(ANSWERS), aliases=("résultat", "conformité")),
        Column("measure", _("Mesure"), measure, aliases=("valeur", "valeur relevée")),
        Column("unit", _("Unité"), lambda v: text(v, limit=20), aliases=("unité de mesure",)),
    )  # fmt: skip
