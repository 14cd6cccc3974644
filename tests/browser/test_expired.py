"""A session that ends while somebody types: what was typed comes back after signing in again."""

from __future__ import annotations

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_taps import _tagged
from tests.engines import PASSWORD

SAVE = "form[data-guard] button.btn-primary"


@pytest.fixture(scope="module")
def token(sqlite_server, site):
    return contextvars.Context().run(_tagged, sqlite_server.app)


def end_sessions(app, username):
    """End every session of somebody, as an administrator does."""
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select, update

    from base.basics import clock
    from base.rules.rights.actors import system_session
    from base.store.models import SignIn

    with app.app_context(), system_session("tests") as session:
        number = session.scalars(select(User.id).where(User.username == username)).one()
        session.core(
            update(SignIn.__table__)
            .where(SignIn.__table__.c.user_id == number)
            .values(ended_at=clock.now())
        )


def fresh(look, size, who="alice"):
    """A browser signed in by itself: ending its session touches nobody else's."""
    seen = look(None, size)
    seen.open("/login/")
    sign_in(seen.page, who)
    seen.page.wait_for_url(f"{seen.site}/")
    return seen


def sign_in(page, who):
    page.fill("#username", who)
    page.fill("#password", PASSWORD)
    page.click("form button.btn-primary")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("ended", ["cookie", "server"])
def test_a_form_of_the_desk_comes_back_filled(look, sqlite_server, size, ended):
    seen = fresh(look, size)
    seen.open("/partnerview/edit/5")
    page = seen.page
    page.fill("#phone", "03 26 00 00 05")
    page.fill("#address", f"4, rue des {size['width']} pas")
    if ended == "cookie":
        page.context.clear_cookies()
    else:
        contextvars.Context().run(end_sessions, sqlite_server.app, "alice")
    page.click(SAVE)
    page.wait_for_url(re.compile("/login/"))
    expect(page.locator("[role=alert]")).to_contain_text("votre saisie vous attend")
    sign_in(page, "alice")
    page.wait_for_url(re.compile("/partnerview/edit/5"))
    assert page.input_value("#phone") == "03 26 00 00 05"
    assert page.input_value("#address") == f"4, rue des {size['width']} pas"
    expect(page.locator("[data-typed-shown]")).to_contain_text("Votre session avait expiré")
    assert seen.overflow() <= 0
    page.click(SAVE)
    page.wait_for_url(re.compile("/partnerview/show/5"))
    assert "03 26 00 00 05" in page.locator("main").inner_text()
    # It arrived: nothing of it comes back another time.
    seen.open("/partnerview/edit/5")
    assert page.locator("[data-typed-shown]").count() == 0
    assert page.evaluate("sessionStorage.getItem('typed')") is None
    assert seen.faults == []


def test_choices_and_messages_come_back_too(look, sqlite_server):
    seen = fresh(look, DESK)
    page = seen.page
    seen.open("/workorderview/show/3")
    page.fill("textarea[name=body]", "Prévenir le gardien avant midi")
    page.context.clear_cookies()
    page.locator(".ov-composer button:visible").first.click()
    page.wait_for_url(re.compile("/login/"))
    sign_in(page, "alice")
    page.wait_for_url(re.compile("/workorderview/show/3"))
    assert page.input_value("textarea[name=body]") == "Prévenir le gardien avant midi"
    page.locator(".ov-composer button:visible").first.click()
    expect(page.locator("main")).to_contain_text("Prévenir le gardien avant midi")

    seen.open("/workorderview/add")
    page.fill("#title", "Vitre fêlée")
    page.locator("select#asset ~ .ts-wrapper .ts-control, #asset-ts-control").first.click()
    page.locator(".ts-dropdown .option").first.click()
    chosen = page.locator("#asset").input_value()
    page.context.clear_cookies()
    page.click(SAVE)
    page.wait_for_url(re.compile("/login/"))
    sign_in(page, "alice")
    page.wait_for_url(re.compile("/workorderview/add"))
    assert page.input_value("#title") == "Vitre fêlée"
    assert page.locator("#asset").input_value() == chosen != ""
    assert seen.faults == []


def test_somebody_else_who_signs_in_is_given_nothing(look):
    seen = fresh(look, DESK)
    page = seen.page
    seen.open("/partnerview/edit/6")
    page.fill("#phone", "06 99 99 99 99")
    page.context.clear_cookies()
    page.click(SAVE)
    page.wait_for_url(re.compile("/login/"))
    sign_in(page, "admin")
    page.wait_for_url(re.compile("/partnerview/edit/6"))
    assert page.input_value("#phone") != "06 99 99 99 99"
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def test_on_the_phone_what_was_typed_stays_on_the_page(look, token):
    seen = fresh(look, PHONE, "bob")
    page = seen.page
    seen.open(f"/t/{token}")
    page.click("text=Signaler")
    page.fill("[name=title]", "Odeur de gaz")
    page.context.clear_cookies()
    page.locator("button:has-text('Envoyer')").last.click()
    said = page.locator("[data-kept]")
    expect(said).to_contain_text("Votre session a expiré")
    with page.context.expect_page() as other:
        said.locator("a").click()
    sign_in(other.value, "bob")
    other.value.wait_for_url(re.compile("/interventions/|/$"))
    page.locator("button:has-text('Envoyer')").last.click()
    page.wait_for_url(re.compile("/ici"))
    expect(page.locator("body")).to_contain_text("est envoyée")
