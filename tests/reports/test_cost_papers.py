"""The cost report on paper and in a workbook: short, and its figures lead to their lines."""

import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from pypdf import PdfReader

from base.basics.formats import euros
from base.rules.rights.actors import job_session
from base.store.models.inbox import Notification
from patrimoine.services import book_cost, create
from reports.commands import read_params
from tests import engines
from tests.reports.test_catalogue import PARAMS, ask, cells, content, document, finished
from tests.reports.test_doors import work

SITE = "https://ouvrage.saint-maurin.fr"


@pytest.fixture
def public(sqlite_tilleuls, monkeypatch):
    """A town whose address everybody reaches."""
    settings = replace(sqlite_tilleuls.settings, base_url=SITE)
    monkeypatch.setattr(sqlite_tilleuls, "settings", settings)
    return sqlite_tilleuls


def pages(data):
    return PdfReader(io.BytesIO(data)).pages


def words(data):
    text = " ".join(page.extract_text() for page in pages(data))
    return " ".join(text.replace("\u00a0", " ").split())


def links(data):
    return [
        note.get_object()["/A"]["/URI"] for page in pages(data) for note in page.get("/Annots", ())
    ]


def many(count):
    """Forty assets with lines of their own."""
    with job_session((1,), "user:2", "test") as session:
        for n in range(40):
            asset = create(
                session,
                "building",
                entity_id=1,
                code=f"X-{n:02d}",
                name=f"Salle {n:02d}",
                on=date(2020, 1, 1),
            )
            for line in range(count):
                book_cost(
                    session,
                    asset,
                    date_on=date(2026, 1 + line % 10, 1 + n % 28),
                    amount_ht_eur=Decimal(n + 1),
                    nature="energy",
                    label=f"Fluide {line}",
                    source_type="test",
                    source_id=None,
                )


def test_the_printed_report_is_short_and_its_detail_an_annex_that_is_asked_for(sqlite_tilleuls):
    many(12)
    short, whole = document(ask(form="pdf")), document(ask(form="pdf", detail="1", **PARAMS))
    assert len(pages(short)) <= 6
    assert "Fluide" not in words(short) and "<b>Joint</b>" not in words(short)
    assert "fait de 486 écritures" in words(short)
    assert words(whole).count("Fluide") == 480
    assert len(pages(whole)) > 2 * len(pages(short))


def test_what_was_not_printed_is_proved_as_well(sqlite_tilleuls):
    runs = (ask(form="pdf"), ask(form="csv"), ask(form="xlsx"))
    assert len({finished(run)[1] for run in runs}) == 1


def test_each_figure_on_paper_leads_to_the_page_that_says_it(public, sqlite_client_of):
    alice = sqlite_client_of("alice")
    found = set(links(document(ask(form="pdf"))))
    assert len(found) > 40
    shown = 0
    for link in found:
        assert link.startswith(SITE + "/rapports/cost"), link
        parts = urlsplit(link)
        answer = alice.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 200, link
        shown += "Total, égal au chiffre ouvert" in answer.get_data(as_text=True)
    assert shown > 40
    energy = [link for link in found if "nature=energy" in link and "measure=ht" in link]
    page = alice.get(energy[0].removeprefix(SITE)).get_data(as_text=True)
    assert euros(Decimal("150.50"), 2) in page


def test_no_link_leads_to_a_machine_that_nobody_reaches(sqlite_tilleuls):
    assert sqlite_tilleuls.settings.is_loopback
    assert links(document(ask(form="pdf"))) == []


def test_another_address_is_another_document(sqlite_tilleuls, monkeypatch):
    first = document(ask(form="pdf"))
    settings = replace(sqlite_tilleuls.settings, base_url=SITE)
    monkeypatch.setattr(sqlite_tilleuls, "settings", settings)
    assert document(ask(form="pdf")) != first


def test_figures_of_the_workbook_lead_to_their_rows(sqlite_tilleuls):
    book = load_workbook(io.BytesIO(document(ask(form="xlsx"))))
    detail = book["Détail des écritures"]
    heads = [cell.value for cell in detail[1]]
    net, nature, asset = heads.index("Net, €"), heads.index("Nature"), heads.index("Nom du bien")

    def behind(cell):
        sheet, _mark, where = cell.hyperlink.location.rpartition("!")
        assert sheet == "'Détail des écritures'"
        left, top, right, bottom = range_boundaries(where)
        assert (left, right) == (1, len(heads))
        rows = detail.iter_rows(min_row=top, max_row=bottom, values_only=True)
        found = list(rows)
        assert found and all(row[net] is not None for row in found)
        return found

    count = 0
    for row in book["Par bien"].iter_rows(min_row=2, max_row=3):
        for cell in row[1:-1]:
            if cell.hyperlink is not None:
                count += 1
                assert round(sum(r[net] for r in behind(cell)), 2) == cell.value
    for row in book["Par nature"].iter_rows(min_row=2, max_row=5):
        for cell in row[1:6]:
            count += 1
            assert behind(cell)[0][nature] == row[0].value
    assert count > 20
    whole = book["Rapport"]
    figure = next(row[1] for row in whole.iter_rows() if row[1].value == 240.6)
    assert round(sum(r[net] for r in behind(figure)), 2) == 240.6
    assert {r[asset] for r in behind(book["Par bien"]["F2"])} == {"Les Tilleuls", "Chaudière"}


def test_what_was_before_the_period_has_no_rows_to_lead_to(sqlite_tilleuls):
    book = load_workbook(io.BytesIO(document(ask(form="xlsx"))))
    heads = {cell.value: cell.column for cell in book["Par nature"][1]}
    before = [book["Par nature"].cell(row, heads["Avant, €"]) for row in range(2, 6)]
    assert [cell.hyperlink for cell in before] == [None] * 4


def test_assets_stand_by_what_they_cost_and_the_others_are_said_not_drawn(sqlite_tilleuls):
    many(1)
    made, tables = content(**PARAMS)
    rows = [Decimal(str(row[-2])) for row in tables["asset"][0]]
    assert rows == sorted(rows, reverse=True)
    assert cells(tables["asset"][0])[0][0] == "Les Tilleuls"
    (chart,) = made.charts
    assert len(chart.bars) == 7
    assert "autre" not in " ".join(name for name, _parts in chart.bars)
    drawn = sum((part for _name, parts in chart.bars for part in parts), Decimal(0))
    assert chart.note.startswith("35 autres biens")
    assert euros(made.figures[0].value - drawn, 2) in chart.note


def test_people_give_the_last_day_and_programs_the_day_after(sqlite_tilleuls, sqlite_client_of):
    alice = sqlite_client_of("alice")
    page = alice.get("/rapports/cost?start=2026-01-01&until=2026-03-01").get_data(as_text=True)
    assert "120,00\u00a0€" in page  # what was booked on 2 March is left out
    assert re.search(r'name="until"[^>]*value="2026-03-01"', page)
    assert "exclu" not in page
    page = alice.get("/rapports/cost?start=2026-01-01&end=2026-03-03").get_data(as_text=True)
    assert re.search(r'name="until"[^>]*value="2026-03-02"', page)
    assert "180,00\u00a0€" in page
    wrong = alice.get("/rapports/cost?start=2026-01-01&until=demain").get_data(as_text=True)
    assert "« demain » n’est pas un jour" in wrong.replace("\u00a0", " ")
    assert alice.get("/rapports/cost?start=0001-01-01&until=9999-12-31").status_code == 200
    backwards = alice.get("/rapports/cost?start=2026-03-02&until=2026-03-01")
    assert "La fin doit venir après le début." in backwards.get_data(as_text=True)


def test_a_run_says_its_last_day_as_people_do(sqlite_tilleuls, sqlite_client_of):
    run = ask(form="csv")
    page = sqlite_client_of("alice").get(f"/reportrunview/show/{run}").get_data(as_text=True)
    assert "31/12/2026" in page and "01/01/2027" not in page


def test_usual_periods_are_one_click_away(sqlite_tilleuls, sqlite_client_of):
    page = sqlite_client_of("alice").get("/rapports/cost?nature=energy").get_data(as_text=True)
    found = dict(re.findall(r'href="/rapports/cost\?([^"]*)"[^>]*>\s*(Cette année|Ce mois)', page))
    assert len(found) == 2
    last = re.search(r'href="(/rapports/cost\?[^"]*)"[^>]*>\s*L’an dernier', page)
    assert last
    query = last[1].replace("&amp;", "&")
    assert "start=2025-01-01" in query and "end=2026-01-01" in query and "nature=energy" in query
    month = next(query for query, word in found.items() if word == "Ce mois")
    assert "start=2026-11-01" in month and "end=2026-12-01" in month


def test_whoever_asked_is_told_in_the_bell_and_led_there(sqlite_tilleuls, sqlite_client_of):
    alice = sqlite_client_of("alice")
    data = {"csrf_token": engines.csrf(alice, "/rapports/cost"), "format": "pdf", **PARAMS}
    asked = alice.post("/rapports/cost", data=data)
    assert asked.headers["Location"].endswith("#ouvrir")
    work(sqlite_tilleuls)
    page = alice.get("/boite/").get_data(as_text=True)
    assert "Le rapport « Coûts par bien et par nature » est prêt." in page.replace("\u00a0", " ")
    where = asked.headers["Location"].partition("#")[0]
    assert f'name="next" value="{where}"' in page
    with job_session((1,), "user:2", "test", readonly=True) as session:
        assert session.query(Notification).count() == 1
    # Whoever is on its page has seen it: the page says so to the bell, then opens the document.
    page = alice.get(where).get_data(as_text=True)
    seen = re.search(r'hx-post="(/boite/lu/\d+)"', page)
    assert seen and "data-opens" not in page
    assert "hx-post" not in sqlite_client_of("admin").get(where).get_data(as_text=True)
    data = {"csrf_token": engines.csrf(alice, where), "next": where}
    page = alice.post(seen[1], data=data, follow_redirects=True).get_data(as_text=True)
    assert "data-opens" in page and "hx-post" not in page
    assert "ov-unread" not in alice.get("/boite/").get_data(as_text=True)


def test_a_report_that_is_found_is_called_by_its_title(sqlite_tilleuls, sqlite_client_of):
    ask(form="csv")
    page = sqlite_client_of("alice").get("/recherche?q=RAP-2026-00001").get_data(as_text=True)
    assert "Coûts par bien et par nature" in page


def test_programs_and_commands_ask_for_the_annex_too(sqlite_tilleuls, sqlite_api_of, tmp_path):
    question = {"code": "cost", "params": {**PARAMS, "detail": "1"}, "format": "pdf"}
    asked = sqlite_api_of("alice")("POST", "/api/v1/report_run/", json=question)
    assert asked.status_code == 202
    work(sqlite_tilleuls)
    assert "<b>Joint</b>" in words(document(asked.get_json()["id"]))
    wrong = {**question, "params": {**PARAMS, "detail": "oui"}}
    refused = sqlite_api_of("alice")("POST", "/api/v1/report_run/", json=wrong)
    assert refused.status_code == 422 and "detail" in refused.get_json()["errors"]
    given = read_params(["detail=1"])
    assert "<b>Joint</b>" in words(document(ask(form="pdf", **PARAMS, **given)))
