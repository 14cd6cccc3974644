"""Papers of the demonstration, all of our own making: a notice, an inspection, a plan."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from base.basics.formats import day, number
from reports.demonstration.commune.ground import NAME

if TYPE_CHECKING:
    from base.papers.pdf.layout import Paper

_NOTICE = (
    (
        "Mise en marche.",
        "Vérifier que la pression à froid est entre 1,2 et 1,8 bar. Ouvrir la vanne de gaz, "
        "mettre l’interrupteur général sur 1, attendre la fin du cycle de préventilation. La "
        "température de départ se règle sur le régulateur, jamais sur l’aquastat de sécurité.",
    ),
    (
        "En cas d’arrêt.",
        "Lire le code affiché et le noter. Contrôler la pression, l’arrivée de gaz et "
        "l’alimentation. Réarmer une seule fois ; au deuxième arrêt, appeler l’atelier.",
    ),
    (
        "Chaque mois.",
        "Purger les points hauts, contrôler la soupape, noter la pression et le compteur.",
    ),
    (
        "Chaque année.",
        "Entretien complet par une personne qualifiée : mesure de combustion, nettoyage du corps "
        "de chauffe et du siphon, essai des sécurités, attestation laissée sur place.",
    ),
    (
        "Danger.",
        "Odeur de gaz : ne toucher à aucun interrupteur, fermer la vanne de barrage à l’entrée, "
        "ouvrir, sortir et appeler les secours de l’extérieur.",
    ),
)
_POINTS = (
    ("Dégagements et issues", "Conforme", ""),
    ("Éclairage de sécurité", "Conforme", "essai de coupure, une heure"),
    ("Alarme incendie", "Conforme", "audible en tout point"),
    ("Extincteurs", "Conforme", "plombs en place"),
    ("Installation électrique", "Observation", "repérage du tableau à compléter"),
    ("Chauffage", "Conforme", "coupure d’urgence essayée"),
    ("Registre de sécurité", "Conforme", "à jour"),
)


def _paper(out: io.BytesIO, title: str, subtitle: str, on: date, reference: str) -> Paper:
    from base.papers.pdf.layout import Paper

    paper = Paper(
        out, title=title, entity=NAME, issued=day(on), running=subtitle, reference=reference
    )
    paper.title(subtitle)
    return paper


def notice(name: str, brand: str, code: str, on: date) -> bytes:
    """How to use a boiler, and what to do when it stops."""
    out = io.BytesIO()
    paper = _paper(out, "Notice d’utilisation", f"{name}, {brand}", on, f"Notice, {code}")
    for lead, text in _NOTICE:
        paper.paragraph(text, lead=lead, size=10)
    paper.finish()
    return out.getvalue()


def inspection(name: str, code: str, on: date) -> bytes:
    """What was found when a building open to the public was inspected."""
    from base.papers.pdf.table import Head, Row

    out = io.BytesIO()
    title = "Rapport de vérification périodique"
    paper = _paper(out, title, f"{name}, visite du {day(on)}", on, f"Vérification, {code}")
    paper.paragraph(
        "Contrôle Bâti a visité l’établissement en présence du responsable d’atelier. Les points "
        "vérifiés et ce qui a été trouvé sont dans le tableau.",
        size=10,
    )
    paper.table(
        [Head("Point"), Head("Résultat", wraps=False), Head("Remarque")],
        [Row(point) for point in _POINTS],
    )
    paper.paragraph(
        "une observation, sans incidence sur l’exploitation. Avis favorable.",
        lead="Conclusion :",
        size=10,
    )
    paper.finish()
    return out.getvalue()


def plan(name: str, code: str, floors: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> bytes:
    """A sketch of a building, storey by storey: its rooms (name, m²) as wide as they are large."""
    from base.papers.pdf.page import BAND, INK_2, MARGIN, WIDTH
    from base.papers.pdf.sheet import SANS, SEMI, shorten

    out = io.BytesIO()
    paper = _paper(out, "Plan des niveaux", name, date(2024, 3, 4), f"Plan, {code}")
    paper.paragraph("Schéma sans échelle : la largeur des locaux suit leur surface.", size=9)
    for storey, rooms in floors:
        paper.heading(storey, after=130)
        paper.y -= 4
        half = (len(rooms) + 1) // 2
        for row in (rooms[:half], rooms[half:]):
            whole, x = sum(area for _name, area in row), MARGIN
            for room, area in row:
                wide = WIDTH * area / whole
                paper.fill(x, paper.y - 62, wide, 62, BAND)
                paper.box(x, paper.y - 62, wide, 62)
                paper.text(x + 4, paper.y - 14, shorten(room, SEMI, 8, wide - 8), SEMI, 8)
                size = shorten(f"{number(area)} m²", SANS, 7.6, wide - 8)
                paper.text(x + 4, paper.y - 26, size, SANS, 7.6, INK_2)
                x += wide
            paper.y -= 62 if row else 0
    paper.finish()
    return out.getvalue()
