"""A finished routine job in four taps after the scan, counted."""

import contextvars
import re

import pytest

from tests.browser.conftest import PHONE


def _tagged(app):
    """A building with a tag, and Bob's account linked to an agent: the tag's token."""
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    from base.basics import clock
    from base.rules.rights.actors import system_session
    from interventions.models import Agent
    from patrimoine.services import issue_tag
    from tests.factories import interventions as make

    with app.app_context(), system_session("tests") as session:
        bob = session.scalars(select(User).where(User.username == "bob")).one()
        mine = session.scalars(select(Agent).where(Agent.code == "0412")).first()
        if mine is None:
            mine = make.agent(session, 1)
        mine.user_id = bob.id
        school = make.building(session, 1, name="Chaufferie des Tilleuls")
        make.stocked(session, 1, "5", "12.00")
        return issue_tag(session, school, at=clock.now()).token


@pytest.fixture(scope="module")
def token(sqlite_server, site):
    return contextvars.Context().run(_tagged, sqlite_server.app)


class Thumb:
    """A thumb that counts its taps."""

    def __init__(self, page):
        self.page = page
        self.taps = 0

    def tap(self, selector, goes=True):
        target = self.page.locator(selector).first
        box = target.bounding_box()
        assert box["height"] >= 44, f"{selector} is {box['height']} px high"
        self.taps += 1
        if not goes:
            target.tap()
            return
        with self.page.expect_navigation(wait_until="networkidle"):
            target.tap()


def test_a_routine_job_is_finished_in_four_taps_after_the_scan(look, token):
    seen = look("bob", PHONE, has_touch=True, is_mobile=True)
    seen.open(f"/t/{token}")
    thumb = Thumb(seen.page)
    thumb.tap("text=Intervenir")
    thumb.tap("button:has-text('Dépannage')")
    thumb.tap("label:has-text('30 min')", goes=False)
    thumb.tap("button:has-text('Terminer l’intervention')")
    assert thumb.taps == 4
    said = seen.page.locator("body").inner_text().replace("\u00a0", " ")
    assert re.search(r"INT-\d{4}-\d{5} est terminée : 16,20 € HT", said)
    assert "Dépannage" in said
    assert seen.overflow() == 0
    assert seen.faults == []


def test_the_time_of_the_clock_needs_no_tap(look, token):
    seen = look("bob", PHONE, has_touch=True, is_mobile=True)
    seen.open(f"/t/{token}")
    thumb = Thumb(seen.page)
    thumb.tap("text=Intervenir")
    thumb.tap("button:has-text('Réparation')")
    thumb.tap("button:has-text('Terminer l’intervention')")
    assert thumb.taps == 3
    said = seen.page.locator("body").inner_text().replace("\u00a0", " ")
    assert "8,10 € HT" in said  # a quarter of an hour, the least that is proposed


def test_a_part_is_taken_with_the_job(look, token):
    seen = look("bob", PHONE, has_touch=True, is_mobile=True)
    seen.open(f"/t/{token}")
    thumb = Thumb(seen.page)
    thumb.tap("text=Intervenir")
    thumb.tap("button:has-text('Réparation')")
    seen.page.click("summary:has-text('Pièce')")
    seen.page.select_option("select[name=level]", index=1)
    thumb.tap("button:has-text('Terminer l’intervention')")
    said = seen.page.locator("body").inner_text().replace("\u00a0", " ")
    assert "20,10 € HT" in said  # 8,10 + 12,00
    assert seen.faults == []


@pytest.mark.parametrize("width", [320, 390])
def test_the_pages_of_the_phone_fit_its_width(look, token, width):
    seen = look("bob", {"width": width, "height": 740}, has_touch=True, is_mobile=True)
    seen.open(f"/t/{token}")
    assert seen.overflow() == 0
    pages = [
        seen.page.get_attribute(f"a:has-text('{words}')", "href")
        for words in ("Intervenir", "Mes interventions ici", "Signaler")
    ]
    for path in (*pages, "/interventions/mobile/"):
        seen.open(path if path.startswith("/") else f"/{path}")
        assert seen.overflow() == 0, path
    assert seen.faults == []
