"""What a page does while something is on its way, and when it does not come; nothing jumps."""

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_energy import _seed

SHIFTS = """() => new Promise((done) => {
  let total = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    if (!entry.hadRecentInput) { total += entry.value; }
  })).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(total)));
})"""


def answering(status):
    return lambda route: route.fulfill(status=status, body="")


@pytest.fixture(scope="module")
def point(site, sqlite_server, tmp_path_factory):
    place = tmp_path_factory.mktemp("curve")
    return contextvars.Context().run(_seed, sqlite_server.app, place)


def test_a_chart_says_itself_and_tries_again_when_it_did_not_come(look, point):
    seen = look()
    page = seen.page
    page.route(re.compile("/days|/curve"), lambda route: route.abort())
    seen.open(f"/deliverypointview/show/{point}")
    chart = page.locator("#chart-days")
    note = page.locator("#chart-days + .ov-fail")
    expect(note).to_contain_text("Le serveur ne répond plus")
    before = chart.bounding_box()["height"]
    page.unroute(re.compile("/days|/curve"))
    note.locator("button").click()
    expect(chart.locator("canvas")).to_have_count(1)
    expect(note).to_have_count(0)
    assert chart.bounding_box()["height"] == before
    # The sentence and the table say what the picture shows.
    expect(page.locator("#chart-days-said")).to_contain_text("kWh en 3 jours, de ")
    assert chart.get_attribute("aria-describedby") == "chart-days-said"
    page.click("summary:has-text('Voir les valeurs')")
    expect(page.locator("#table-days tbody tr")).to_have_count(3)
    for status, words in ((500, "n’a pas pu répondre"), (403, "ne vous est pas ouvert")):
        page.route(re.compile("/days"), answering(status))
        page.click("form[data-period=days] button")
        expect(note).to_contain_text(words)
        page.unroute(re.compile("/days"))
    # After the sign-in one is back on this page.
    page.context.clear_cookies()
    page.click("#chart-days + .ov-fail button")
    expect(note).to_contain_text("Votre session a expiré")
    note.locator("button").click()
    page.wait_for_url(re.compile(f"/login/.*deliverypointview.*{point}"))


def test_a_part_that_does_not_come_is_said_with_a_way_to_try_again(look, point):
    seen = look()
    page = seen.page
    seen.open("/partnerview/list/")
    page.route(re.compile("after="), lambda route: route.abort())
    page.click("a[rel=next]")
    toast = page.locator(".ov-toast")
    expect(toast).to_contain_text("Le serveur ne répond plus")
    page.unroute(re.compile("after="))
    toast.locator("button").click()
    expect(page.locator("a[rel=prev]")).to_be_visible()
    expect(toast).to_have_count(0)


def test_the_map_gathers_what_lies_close_and_opens_by_keyboard(look, point, sqlite_server):
    contextvars.Context().run(_places, sqlite_server.app)
    seen = look()
    page = seen.page
    seen.open("/carte/")
    cluster = page.locator(".ov-cluster").first
    expect(cluster).to_be_visible()
    counts = [int(text) for text in page.locator(".ov-cluster").all_inner_texts()]
    pins = page.locator(".ov-pin").count()
    assert sum(counts) + pins == 41
    assert cluster.get_attribute("title").endswith("biens ici, approcher")
    was = len(counts) + pins
    page.locator(".ov-pin").first.click()
    bubble = page.locator(".leaflet-popup")
    expect(bubble).to_contain_text("Abri 40")
    # Where it is comes when the bubble opens: a building without an address says its town.
    expect(bubble).to_contain_text("Commune d’Aubre")
    page.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    cluster.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#map-count")).not_to_contain_text("41")
    assert page.locator(".ov-cluster, .ov-pin").count() != was
    assert seen.faults == []


def _places(app):
    from datetime import date

    from base.rules.rights.actors import system_session
    from patrimoine.services import create

    with app.app_context(), system_session("tests") as session:
        for n in range(41):
            far = 0.05 if n == 40 else n % 8 / 40_000
            create(
                session,
                "building",
                entity_id=1,
                name=f"Abri {n}",
                on=date(2025, 1, 1),
                latitude=48.3 + far,
                longitude=4.1 + far,
            )


def test_paper_is_white_without_the_shell_and_says_where_it_comes_from(look, point, tmp_path):
    from pypdf import PdfReader

    seen = look("alice", color_scheme="dark")
    page = seen.page
    for path, words in (
        ("/workorderview/list/?tab=all&size=100", "Échéance"),
        (f"/deliverypointview/show/{point}", "Compteurs et séries"),
        ("/rapports/cost?start=2026-01-01&end=2026-12-31", "Coûts par bien"),
    ):
        seen.open(path)
        page.wait_for_load_state("networkidle")
        page.emulate_media(media="print", color_scheme="dark")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
        shell = page.locator(".ov-side, .ov-top, .btn, .ov-tabs, .ov-filters")
        assert shell.locator("visible=true").count() == 0
        page.pdf(path=str(tmp_path / "page.pdf"), format="A5")
        page.emulate_media(media="screen", color_scheme="dark")
        sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "page.pdf").pages]
        # Lines may break anywhere in an address.
        first = "".join(sheets[0].split())
        assert "Communed’Aubre" in first and path in first
        assert any(words in sheet for sheet in sheets)
        if "list" in path:
            # The head of the table is on each sheet that has its rows.
            assert len(sheets) > 1 and all("Échéance" in sheet for sheet in sheets)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert seen.faults == []


@pytest.mark.parametrize(
    "size", [pytest.param(DESK, marks=pytest.mark.slow), PHONE], ids=["desk", "phone"]
)
def test_nothing_jumps_while_a_page_comes(look, point, size):
    seen = look("alice", size)
    moved = {}
    for path in (
        "/",
        "/workorderview/list/",
        "/workorderview/list/?display=board",
        "/workorderview/show/1",
        "/workorderview/add",
        "/buildingview/show/1",
        f"/deliverypointview/show/{point}",
        "/carte/",
        "/imports/",
        "/rapports/cost?start=2026-01-01&end=2026-12-31",
    ):
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
        moved[path] = round(seen.page.evaluate(SHIFTS), 3)
    print(moved)
    assert {path: by for path, by in moved.items() if by >= 0.1} == {}
