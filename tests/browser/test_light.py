"""Pages opened after a scan, on a weak network: what they weigh, and how long they take."""

from __future__ import annotations

import contextvars
import importlib.util
import time

import pytest

from config import ROOT
from tests.browser.conftest import PHONE
from tests.browser.test_taps import _tagged

#: Bytes over the wire at the first opening, all requests and their headers.
STRANGER, AGENT = 60_000, 150_000
#: 400 kbit/s, 400 ms: the edge of a village.
SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
SECONDS = 3.0
#: The same letters at once: fonts and movements are not compared.
PLAIN = "* { font-family: monospace !important; transition: none !important; }"


def _swing(app):
    """A swing with a tag that takes reports, one of them open; its token."""
    from sqlalchemy import select

    from base.basics import clock
    from base.rules.rights.actors import system_session
    from patrimoine import services
    from patrimoine.models import Category
    from patrimoine.services import issue_tag
    from tests.patrimoine.rows import DAY

    with app.app_context(), system_session("tests") as session:
        play = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
        swing = services.create(
            session, "equipment", entity_id=1, name="Balançoire", on=DAY, category=play
        )
        tag = issue_tag(session, swing, at=clock.now())
        services.receive_report(
            session,
            asset_id=swing.id,
            entity_id=1,
            tag_id=tag.id,
            description="Chaîne cassée",
            contact=None,
            at=clock.now(),
        )
        return tag.token


@pytest.fixture(scope="module")
def swing(sqlite_server, site):
    return contextvars.Context().run(_swing, sqlite_server.app)


@pytest.fixture(scope="module")
def school(sqlite_server, site):
    return contextvars.Context().run(_tagged, sqlite_server.app)


class Wire:
    """What a page brings over the wire, address by address."""

    def __init__(self, page):
        self.names, self.bytes = {}, {}
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("Network.enable")
        self.cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.cdp.on("Network.requestWillBeSent", self._asked)
        self.cdp.on("Network.loadingFinished", self._came)

    def _asked(self, event):
        self.names[event["requestId"]] = event["request"]["url"].partition("?")[0]

    def _came(self, event):
        # What was on its way before the wire was watched is no part of this page.
        if url := self.names.get(event["requestId"]):
            self.bytes[url] = int(event["encodedDataLength"])

    @property
    def total(self):
        return sum(self.bytes.values())

    def said(self):
        lines = sorted(self.bytes.items(), key=lambda item: -item[1])
        return "\n".join(f"{size:8} {url}" for url, size in lines)


def opened(look, who, path, conditions=None):
    """The page, what it weighed, and the seconds until it was whole."""
    seen = look(who, PHONE)
    wire = Wire(seen.page)
    if conditions:
        wire.cdp.send("Network.emulateNetworkConditions", conditions)
    start = time.monotonic()
    seen.page.goto(seen.site + path, wait_until="networkidle" if not conditions else "load")
    took = time.monotonic() - start
    print(f"{path}: {wire.total} bytes, {took:.2f} s\n{wire.said()}")
    return seen, wire, took


def test_a_strangers_first_page_weighs_sixty_kilobytes_at_most(look, swing):
    seen, wire, _took = opened(look, None, f"/t/{swing}")
    assert seen.page.locator("h1").inner_text() == "Balançoire"
    assert wire.total <= STRANGER, wire.said()
    assert seen.overflow() <= 0 and seen.faults == []


def test_an_agents_first_page_weighs_a_hundred_and_fifty_at_most(look, school):
    seen, wire, _took = opened(look, "bob", f"/t/{school}")
    assert seen.page.locator("text=Intervenir").count() == 1
    assert wire.total <= AGENT, wire.said()
    assert seen.overflow() <= 0 and seen.faults == []


@pytest.mark.slow
def test_a_stranger_waits_three_seconds_at_most_on_a_weak_network(look, swing):
    # The server and the files are warm: what is measured is the network.
    opened(look, None, f"/t/{swing}")
    took = min(opened(look, None, f"/t/{swing}", SLOW)[2] for _n in range(3))
    assert took <= SECONDS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_light_sheet_shows_what_the_whole_sheets_show(look, swing, theme):
    """Each element has the same box and colours as under all of the style sheets."""
    measure = """() => [...document.querySelectorAll('main *, header')].map((one) => {
      const box = one.getBoundingClientRect(), css = getComputedStyle(one);
      return [one.tagName, one.className.baseVal || one.className, Math.round(box.x),
        Math.round(box.width), Math.round(box.height), css.color, css.backgroundColor,
        css.borderTopColor, css.fontSize].join(' ');
    })"""
    seen = look(None, PHONE, color_scheme=theme, bypass_csp=True)
    seen.open(f"/t/{swing}")
    seen.page.add_style_tag(content=PLAIN)
    light = seen.page.evaluate(measure)
    seen.page.evaluate("document.querySelector('link[href*=\"light.css\"]').disabled = true")
    for name in ("vendor/tabler/tabler.min.css", "ouvrage.css"):
        seen.page.add_style_tag(url=f"{seen.site}/static/{name}")
    seen.page.add_style_tag(url=f"{seen.site}/static-patrimoine/patrimoine/public.css")
    seen.page.add_style_tag(content=PLAIN)
    assert light == seen.page.evaluate(measure)


def test_the_light_sheet_is_in_step_with_the_whole_ones():
    found = importlib.util.spec_from_file_location("light_css", ROOT / "docs" / "light_css.py")
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    assert made.sheet() == made.TARGET.read_text(encoding="utf-8"), "run docs/light_css.py"
