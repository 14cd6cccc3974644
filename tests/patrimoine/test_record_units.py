"""A unit is said once on the page of a record: by the value, else by its label."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from base.face.views.cells import label_beside
from base.rules.rights.actors import system_session
from patrimoine.models import Asset
from tests.patrimoine.rows import KINDS
from tests.patrimoine.test_views import text_of

NBSP = "\u00a0"


def labels(page):
    return {
        re.sub(r"\s+", " ", name): re.sub(r"\s+", " ", value.replace(NBSP, " ")).strip()
        for name, value in re.findall(r"<dt>([^<]*)</dt>\s*<dd[^>]*>([^<]*)</dd>", page)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_a_record_says_the_unit_once(client_of, town, kind):
    with system_session("tests") as session:
        session.get(Asset, town[kind]).acquisition_cost_eur = Decimal("125000.50")
    alice = client_of("alice")
    page = text_of(alice.get(f"/{kind.replace('_', '')}view/show/{town[kind]}"))
    assert labels(page)["Coût d’acquisition"] == "125 000,50 €"
    assert "<dt>Coût d’acquisition (€)" not in page
    form = text_of(alice.get(f"/{kind.replace('_', '')}view/edit/{town[kind]}"))
    assert "Coût d’acquisition (€)" in form


def test_the_list_keeps_its_heads(client_of, town):
    page = text_of(client_of("alice").get("/buildingview/list/?cols=code,acquisition_cost_eur"))
    assert "Coût d’acquisition (€)" in page


@pytest.mark.parametrize(
    ("label", "shown", "said"),
    [
        ("Coût (€)", f"125{NBSP}000,50{NBSP}€", "Coût"),
        ("Cost (€)", "€12.00", "Cost"),
        ("PTAC (kg)", f"3{NBSP}500{NBSP}kg", "PTAC"),
        ("Heures (h)", f"1,75{NBSP}h", "Heures"),
        ("Surface (m²)", "2184", "Surface (m²)"),
        ("Puissance (kW)", f"12{NBSP}kWh", "Puissance (kW)"),
        ("Catégorie (Code)", "Le Code", "Catégorie (Code)"),
        ("Nom", f"12{NBSP}€", "Nom"),
    ],
)
def test_a_label_leaves_the_unit_to_the_value_that_says_it(label, shown, said):
    assert label_beside(label, shown) == said
