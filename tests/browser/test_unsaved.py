"""What was typed in one form and not saved when another's button is pressed; refusals at fields."""

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def _work(app):
    """A job under way, an agent with a rate, a finished job: their ids."""
    from base.rules.rights.rules import PersonSession
    from base.store.database import db
    from interventions.domain import State
    from tests.factories import interventions as make

    with app.app_context():
        session = PersonSession(db, scope=(1, 2), actor="user:2", door="test")
        hall = make.building(session, 1, name="Halle aux grains")
        rates = {"2020-01-01": "32.00"}
        make.agent(session, 1, code="0777", first="Odile", last="Varenne", rates=rates)
        rows = [make.work_order(session, hall, state=State.STARTED) for _n in range(4)]
        for n in range(3):
            make.work_order(session, hall, state=State.FINISHED, title=f"Finie {n}")
        session.commit()
        found = [row.id for row in rows]
        session.close()
        db.session.remove()
    return found


@pytest.fixture(scope="module")
def jobs(sqlite_server, site):
    return contextvars.Context().run(_work, sqlite_server.app)


def typed(page, hours):
    """Somebody's time is typed in the form of the page, and not saved."""
    page.click("summary:has-text('Ajouter du temps')")
    page.click("#lb-a-ts-control")
    page.locator(".ts-dropdown:visible .option:has-text('Varenne')").click()
    page.fill("#lb-h", hours)


def test_time_that_is_typed_is_saved_with_the_end_of_the_work(look, jobs):
    seen = look()
    seen.open(f"/workorderview/show/{jobs[0]}")
    typed(seen.page, "1,5")
    seen.page.click("form[action*='/finish/'] button")
    expect(seen.page.locator(".ov-toast")).to_contain_text("son coût est figé")
    said = seen.page.locator("main").inner_text().replace("\u00a0", " ")
    assert "48,00 €" in said and "Odile Varenne" in said
    assert seen.faults == []


def test_ending_without_time_asks_once_with_the_time_of_the_clock(look, jobs):
    seen = look()
    page = seen.page
    seen.open(f"/workorderview/show/{jobs[1]}")
    page.click("form[action*='/finish/'] button")
    expect(page.locator("[role=alert]")).to_contain_text("Aucun temps n’est noté")
    page.click("button:has-text('Terminer sans temps')")
    expect(page.locator(".ov-toast")).to_contain_text("son coût est figé")
    assert seen.faults == []


def test_what_another_form_holds_is_asked_about(look, jobs):
    seen = look()
    page = seen.page
    seen.open(f"/workorderview/show/{jobs[2]}")
    page.click("summary:has-text('Ajouter une prestation')")
    page.fill("#ex-s", "Protec")
    page.click("form[action*='/pause/'] button")
    expect(page.locator("#ov-leave")).to_be_visible()
    page.click("#ov-leave [data-close]")
    assert page.input_value("#ex-s") == "Protec"
    page.click("form[action*='/pause/'] button")
    page.click("#ov-leave [data-yes]")
    expect(page.locator(".ov-toast")).to_contain_text("en pause")
    assert seen.faults == []


def test_a_refused_verb_keeps_what_was_typed_and_says_why_at_its_field(look, jobs):
    seen = look()
    page = seen.page
    seen.open(f"/workorderview/show/{jobs[3]}")
    typed(page, "30")
    page.click("button:has-text('Enregistrer le temps')")
    expect(page.locator("#lb-h + .ov-err")).to_contain_text("entre 0 et 24 heures")
    assert page.input_value("#lb-h") == "30"
    assert "Varenne" in page.locator("#wo-time .ts-control").inner_text()
    page.fill("#lb-h", "2")
    page.click("button:has-text('Enregistrer le temps')")
    expect(page.locator(".ov-toast")).to_contain_text("Le temps est enregistré")
    assert "64,00 €" in page.locator("main").inner_text().replace("\u00a0", " ")
    assert seen.faults == []


def test_one_click_after_a_choice_is_enough(look, jobs):
    """Pressed and released where the button was seen, as a hand does."""
    seen = look()
    page = seen.page
    seen.open(f"/workorderview/show/{jobs[3]}")
    typed(page, "1")
    page.click("#lb-a-ts-control")
    page.locator(".ts-dropdown:visible .option:has-text('Varenne')").click()
    box = page.locator("button:has-text('Enregistrer le temps')").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3)
    with page.expect_request(re.compile("/workorderview/labour/")) as sent:
        page.mouse.down()
        page.wait_for_timeout(150)
        page.mouse.up()
    assert sent.value.method == "POST"


def test_approving_ticked_rows_asks_and_is_taken_back_from_its_message(look, jobs):
    seen = look()
    page = seen.page
    seen.open("/workorderview/list/?tab=finished&q=Finie")
    rows = page.locator("tbody tr").count()
    page.click("[data-all]")
    page.click("button[name=action][value=validate]")
    expect(page.locator("#ov-confirm")).to_contain_text(f"Valider {rows} interventions, pour")
    page.click("#ov-confirm [data-close]")
    assert page.locator("tbody tr").count() == rows
    page.wait_for_timeout(50)
    page.click("button[name=action][value=validate]")
    page.click("#ov-confirm [data-yes]")
    expect(page.locator(".ov-toast")).to_contain_text(f"{rows} interventions validées.")
    page.click(".ov-toast form button")
    expect(page.locator(".ov-toast")).to_contain_text("est annulée.")
    expect(page.locator("tbody tr")).to_have_count(rows)
    assert seen.faults == []


# --- the phone of the field -------------------------------------------------------------------


def test_the_phone_of_the_field_opens_on_the_day_and_keeps_its_bar(look, jobs):
    seen = look("bob", PHONE)
    page = seen.page
    page.wait_for_url(re.compile("/interventions/mobile/$"))
    for path in ("/assetview/list/", "/servicerequestview/list/", "/compte/", "/?bureau=1"):
        seen.open(path)
        assert seen.page.url.endswith(path)
        bar = page.locator(".ov-ph-nav")
        assert bar.is_visible() and "Ma journée" in bar.inner_text(), path
        small = page.evaluate("""() => [...document.querySelectorAll(
            ".ov-top > a, .ov-top > button, .ov-top summary, .ov-ph-nav a")]
          .filter((node) => node.offsetParent)
          .map((node) => [node.innerText, node.getBoundingClientRect()])
          .filter(([, box]) => box.width < 44 || box.height < 44).map(([words]) => words)""")
        assert small == [] and seen.overflow() == 0, path
    assert seen.faults == []


def test_the_desk_of_the_field_is_the_first_page(look):
    seen = look("bob")
    assert seen.page.url.rstrip("/").endswith(seen.site.rstrip("/"))
    assert not seen.page.locator(".ov-ph-nav").is_visible()


def test_a_message_stands_above_the_bar(look, jobs):
    seen = look("bob", PHONE)
    page = seen.page
    seen.open("/compte/")
    page.evaluate("""() => { document.querySelector(".ov-toasts").innerHTML =
        '<div class="ov-toast">Enregistré.</div>'; }""")
    toast = page.locator(".ov-toast").bounding_box()
    bar = page.locator(".ov-ph-nav .scan span").bounding_box()
    assert toast["y"] + toast["height"] <= bar["y"]
