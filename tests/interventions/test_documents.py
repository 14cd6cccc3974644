"""The sheet of a work order: what it says, and the same bytes for the same content."""

import io
from datetime import date
from decimal import Decimal

import pypdf
import pytest

from interventions import queries, services
from interventions.documents import Picture, Point, Sheet, Signed, work_order_sheet
from interventions.domain import State
from tests.factories.interventions import MONDAY, NOON, agent, building, work_order


@pytest.fixture
def sheet(sqlite_session):
    session = sqlite_session
    row = work_order(session, building(session, 1), State.STARTED)
    nadia = agent(session, 1)
    services.record_labour(session, row, nadia, hours=Decimal("2.50"), date_on=MONDAY)
    services.record_expense(
        session,
        row,
        supplier="Thermique du Val",
        label="Recherche de fuite",
        amount_ht_eur=Decimal("264.00"),
        vat_rate=Decimal(20),
        date_on=MONDAY,
    )

    def make(**more):
        return Sheet(
            **{
                "entity": "Commune d’Aubre",
                "service": "Bâtiments",
                "number": row.number,
                "title": row.title,
                "state": "en cours",
                "kind": "Correctif",
                "priority": "Urgente",
                "asset": "Chaufferie",
                "asset_code": "BAT-0001",
                "place": "École Les Tilleuls",
                "requester": "Mme Delorme",
                "assigned_to": nadia.name,
                "planned_on": MONDAY,
                "due_on": date(2026, 11, 24),
                "started_at": NOON,
                "finished_at": None,
                "validated_at": None,
                "description": "Eau au sol.",
                "finding": "",
                "points": [Point("Pression à froid", "Fait", "1,6 bar")],
                "cost": queries.cost_summary(session, row),
                "issued_at": NOON,
                **more,
            }
        )

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
    for expected in (
        "INT-2026-00001",
        "Chaufferie",
        "BAT-0001",
        "Pression à froid",
        "1,6 bar",
        "2,50 h × 32,40 €",
        "Thermique du Val, Recherche de fuite",
        "345,00 €",
        "397,80 € TTC",
        "Mme Delorme",
        "signature de l’agent",
    ):
        assert expected.replace("\u00a0", " ") in text, expected


BLANKS = ("Temps passé", "Pièces posées", "Relevés", "Compteur ou mesure", "Début", "Quantité")


def to_do(sheet, **more):
    """Work that nobody has begun."""
    cost = sheet().cost
    fields = {
        "cost": cost._replace(parts=[part._replace(lines=[]) for part in cost.parts]),
        "state": "planifiée",
        "started_at": None,
        "is_to_do": True,
        "place": "Groupe scolaire Les Tilleuls, chaufferie (rez-de-chaussée)",
        "postal": "12 rue des Tilleuls, 10990 Saint-Maurin-sur-Aubre",
        "points": [
            Point("Pression à froid", ""),
            Point("Sécurités essayées", ""),
            Point("Filtre nettoyé", "Fait", "remplacé"),
        ],
    }
    return sheet(**fields | more)


def test_work_to_do_is_one_page_that_is_filled_in_by_hand(sheet):
    data = pdf(to_do(sheet))
    text = words(data)
    for expected in (
        *BLANKS,
        "Groupe scolaire Les Tilleuls, chaufferie (rez-de-chaussée)",
        "12 rue des Tilleuls, 10990 Saint-Maurin-sur-Aubre",
        "Eau au sol.",
        "Mme Delorme",
        "Fait, remplacé",
        "Date et signature de l’agent",
        "Date et signature de qui reçoit le travail",
    ):
        assert expected in text, expected
    assert text.count("Non conforme") == 2  # to tick at each point that has no answer
    assert "Rien n’est" not in text and "Total" not in text
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) == 1


def test_an_address_that_is_in_the_place_is_said_once(sheet):
    address = "12 rue des Tilleuls, 10990 Saint-Maurin-sur-Aubre"
    for place, told in ((address, False), (f"École, {address}", False), ("Préau", True)):
        page = words(pdf(to_do(sheet, place=place)))
        assert page.count("12 rue des Tilleuls") == 1, place
        assert ("Adresse" in page) is told, place


def test_work_under_way_has_its_lines_and_room_for_more(sheet):
    text = words(pdf(sheet(is_to_do=True)))
    assert "2,50 h × 32,40 €" in text
    assert [word for word in BLANKS if word not in text] == []


def test_work_that_is_over_has_nothing_to_fill_in(sheet):
    text = words(pdf(sheet(finished_at=NOON)))
    assert [word for word in BLANKS if word in text] == []
    assert "La personne qui reçoit le travail reconnaît" in text


def photograph(colour, size=(1600, 1200)):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def ink():
    from PIL import Image, ImageDraw

    image = Image.new("L", (400, 140), 255)
    ImageDraw.Draw(image).line(((10, 60), (90, 120), (200, 20), (390, 80)), fill=0, width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_same_content_gives_the_same_bytes(sheet):
    assert pdf(sheet()) == pdf(sheet())
    whole = {
        "address": "http://127.0.0.1:8080/interventions/mobile/1",
        "photos": [Picture(photograph("#875"), "Avant"), Picture(photograph("#587"), "Après")],
        "signed": Signed("Mme Delorme", "directrice", NOON, ink(), "ab" * 32),
    }
    assert pdf(sheet(**whole)) == pdf(sheet(**whole))


def test_the_sheet_shows_photographs_and_who_signed(sheet):
    shots = [Picture(photograph(c), f"Photo {n}") for n, c in enumerate(("#875", "#587", "#758"))]
    signed = Signed("Mme Delorme", "directrice", NOON, ink(), "ab" * 32)
    data = pdf(sheet(photos=shots, signed=signed))
    text = words(data)
    for expected in (
        "Photo 0",
        "Photo 2",
        "Mme Delorme, directrice a signé à l’écran le",
        "23/11/2026 13:00",
        "ab" * 20,
    ):
        assert expected in text, expected
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    sizes = sorted(image.image.size for page in pages for image in page.images)
    assert sizes == [(400, 140), (720, 540), (720, 540), (720, 540)]
    assert len(data) < 200_000


def test_a_name_typed_is_said_to_be_typed(sheet):
    text = words(pdf(sheet(signed=Signed("M. Petit", "", NOON, None, ""))))
    assert "M. Petit a confirmé par son nom, tapé à l’écran" in text


def test_hostile_words_do_not_stop_the_sheet(sheet):
    nasty = "<b>&amp;\x00\x07\u202e" + "é" * 3000
    data = pdf(
        sheet(
            description=nasty,
            finding=nasty,
            requester=nasty,
            title=nasty,
            points=[Point(nasty, nasty, nasty)] * 30,
        )
    )
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) > 1
