"""The sheet of a work order: what it says, and the same bytes for the same content."""

import io
from datetime import date
from decimal import Decimal

import pypdf
import pytest

from interventions import queries, services
from interventions.documents import Point, Sheet, work_order_sheet
from interventions.domain import State
from tests.factories.interventions import MONDAY, NOON, agent, building, work_order


@pytest.fixture
def sheet(sqlite_session):
    session = sqlite_session
    row = work_order(session, building(session, 1), State.STARTED)
    nadia = agent(session, 1)
    services.record_labour(session, row, nadia, hours=Decimal("2.50"), date_on=MONDAY)
    services.record_expense(
        session, row, supplier="Thermique du Val", label="Recherche de fuite",
        amount_ht_eur=Decimal("264.00"), vat_rate=Decimal(20), date_on=MONDAY)

    def make(**more):
        return Sheet(**{
            "entity": "Commune d’Aubre", "service": "Bâtiments", "number": row.number,
            "title": row.title, "state": "en cours", "kind": "Correctif", "priority": "Urgente",
            "asset": "Chaufferie", "asset_code": "BAT-0001", "place": "École Les Tilleuls",
            "requester": "Mme Delorme", "assigned_to": nadia.name, "planned_on": MONDAY,
            "due_on": date(2026, 11, 24), "started_at": NOON, "finished_at": None,
            "validated_at": None, "description": "Eau au sol.", "finding": "",
            "points": [Point("Pression à froid", "Fait", "1,6 bar")],
            "cost": queries.cost_summary(session, row), "issued_at": NOON, **more})

    return make


def pdf(content):
    out = io.BytesIO()
    work_order_sheet(out, content)
    return out.getvalue()


def words(data):
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_sheet_says_what_was_done_and_what_it_cost(sheet):
    text = words(pdf(sheet()))
    for expected in ("INT-2026-00001", "Chaufferie", "BAT-0001", "Pression à froid", "1,6 bar",
                     "2,50 h × 32,40 €", "Thermique du Val, Recherche de fuite", "345,00 €",
                     "397,80 € TTC", "Mme Delorme", "signature de l’agent"):
        assert expected.replace("\u00a0", " ") in text, expected


def test_the_same_content_gives_the_same_bytes(sheet):
    assert pdf(sheet()) == pdf(sheet())


def test_hostile_words_do_not_stop_the_sheet(sheet):
    nasty = "<b>&amp;\x00\x07\u202e" + "é" * 3000
    data = pdf(sheet(description=nasty, finding=nasty, requester=nasty, title=nasty,
                     points=[Point(nasty, nasty, nasty)] * 30))
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) > 1
