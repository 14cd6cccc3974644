"""``keep.js`` by itself: what is typed on the phone outlives networks, pages and sessions."""

import pytest
from playwright.sync_api import expect

from tests.browser.alone import SITE, Alone

WORDS = """<div id="ov-keep" hidden data-lost="Rien n’est parti." data-retry="Réessayer"
  data-signed-out="Session finie." data-sign-in="Se reconnecter" data-broken="Pas enregistré."
  data-reload="Recharger"></div>"""
FORM = """<main><form id="f" method="post" action="/fin" data-keep>
  <input type="hidden" name="csrf_token" value="ancien">
  <input type="hidden" name="form_key" value="k">
  <input name="hours" value="0,50"><textarea name="finding"></textarea>
  <label><input type="checkbox" name="urgent" value="1" checked>Urgent</label>
  <label><input type="radio" name="moment" value="before" checked>Avant</label>
  <label><input type="radio" name="moment" value="after">Après</label>
  <details><summary>Plus</summary><input name="note"></details>
  <input type="file" name="photo">
  <button name="answer" value="done">Fini</button></form></main>"""


@pytest.fixture
def alone(chromium):
    made = Alone(chromium)
    yield made
    made.context.close()
    assert made.faults == []


def opened(alone, form=FORM):
    return alone.show(form + WORDS, "keep.js", path="/travail")


def draft(page):
    return page.evaluate("JSON.parse(sessionStorage.getItem('draft:/fin'))")


def test_what_was_touched_comes_back_and_what_was_proposed_does_not(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Joint changé ; reste l’évent")
    page.click("summary")
    page.fill("[name=note]", "à revoir")
    page.uncheck("[name=urgent]")
    page.check("[value=after]")
    # The server proposes another time when the page is opened again.
    page = opened(alone, FORM.replace('value="0,50"', 'value="1,25"'))
    assert page.input_value("[name=finding]") == "Joint changé ; reste l’évent"
    assert page.input_value("[name=note]") == "à revoir"
    assert page.input_value("[name=hours]") == "1,25"
    assert not page.is_checked("[name=urgent]") and page.is_checked("[value=after]")
    # A folded part that holds a recalled text is open: nothing comes back unseen.
    assert page.evaluate("document.querySelector('details').open")


def test_tokens_keys_and_files_are_never_in_the_draft(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Vu")
    page.set_input_files(
        "[name=photo]", files=[{"name": "a.png", "mimeType": "image/png", "buffer": b"x"}]
    )
    assert set(draft(page)) == {"finding", "photo"} and draft(page)["photo"] is None


def test_another_tab_has_its_own_draft(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Le mien")
    other = alone.tab()
    other.goto(SITE + "/travail")
    assert other.input_value("[name=finding]") == ""


def test_a_lost_network_says_so_and_the_same_press_is_sent_again(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    page.click("button[name=answer]")
    said = page.locator("[data-kept]")
    expect(said).to_contain_text("Rien n’est parti.")
    expect(said).to_be_focused()
    assert page.locator("form").get_attribute("aria-busy") == "false"
    assert draft(page)["finding"] == "Fait"
    alone.answers({"json": {"to": "/merci"}})
    said.locator("button").click()
    page.wait_for_url(SITE + "/merci")
    assert page.evaluate("sessionStorage.length") == 0


def test_what_is_sent_holds_every_field_and_the_button_that_was_pressed(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    alone.answers({"status": 422, "json": {"message": "Il reste un point."}})
    page.click("button[name=answer]")
    expect(page.locator("[data-kept]")).to_contain_text("Il reste un point.")
    (call,) = alone.sent()
    assert call["url"] == "/fin"
    assert {k: v for k, v in call["body"].items() if k != "photo"} == {
        "csrf_token": "ancien",
        "form_key": "k",
        "hours": "0,50",
        "finding": "Fait",
        "urgent": "1",
        "moment": "before",
        "note": "",
        "answer": "done",
    }
    # A refusal takes nothing away.
    assert page.input_value("[name=finding]") == "Fait" and draft(page)["finding"] == "Fait"


def test_two_presses_are_sent_once(alone):
    page = opened(alone)
    # An answer that takes its time.
    page.evaluate("""() => {
      const real = window.fetch;
      window.fetch = (...given) => { real(...given).catch(() => 0); return new Promise(() => 0); };
    }""")
    page.click("button[name=answer]")
    page.click("button[name=answer]", force=True)
    assert len(alone.sent()) == 1
    assert page.locator("form").get_attribute("aria-busy") == "true"


def test_a_token_that_is_over_is_taken_anew_once(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    fresh = '<form><input name="csrf_token" value="neuf"></form>'
    over = {"status": 400, "text": "<p role=alert>Jeton périmé</p>"}
    alone.answers(over, {"text": fresh}, over)
    page.click("button[name=answer]")
    expect(page.locator("[data-kept]")).to_contain_text("Jeton périmé")
    calls = alone.sent()
    assert [c["url"] for c in calls] == ["/fin", "/travail", "/fin"]
    assert [c["body"]["csrf_token"] for c in calls if c["body"]] == ["ancien", "neuf"]
    assert draft(page)["finding"] == "Fait"


def test_a_session_that_ended_keeps_the_text_and_leads_to_the_sign_in(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    alone.answers({"at": "/login/?next=x"})
    page.click("button[name=answer]")
    link = page.locator("[data-kept] a")
    assert link.get_attribute("href") == "/login/?next=%2Ftravail"
    assert link.get_attribute("target") == "_blank"
    # Signed in again in the other tab: this page takes a token of the new session, then sends.
    alone.answers({"text": '<input name="csrf_token" value="neuf">'}, {"json": {"to": "/merci"}})
    page.click("button[name=answer]")
    page.wait_for_url(SITE + "/merci")


def test_a_fault_of_the_server_is_said_in_our_words_and_keeps_the_text(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    alone.answers({"status": 500, "text": "<p role=alert>Traceback</p>"})
    page.click("button[name=answer]")
    expect(page.locator("[data-kept]")).to_contain_text("Pas enregistré.")
    assert "Traceback" not in page.locator("[data-kept]").inner_text()
    assert draft(page)["finding"] == "Fait"


def test_a_form_that_was_received_elsewhere_can_be_loaded_again(alone):
    page = opened(alone)
    page.fill("[name=finding]", "Fait")
    alone.answers({"status": 409, "json": {"message": "Déjà reçu.", "errors": {"form_key": "x"}}})
    page.click("button[name=answer]")
    page.locator("[data-kept] button", has_text="Recharger").click()
    expect(page.locator("[name=finding]")).to_have_value("")


def test_more_and_less_count_with_a_comma_and_never_below_one(alone):
    box = """<div data-steps><button type="button" data-step="-1">−</button>
      <input name="quantity" value="1,5"><button type="button" data-step="1">+</button></div>"""
    page = opened(alone, f'<form id="f" action="/fin" data-keep>{box}</form>')
    page.click("[data-step='1']")
    assert page.input_value("[name=quantity]") == "2,5"
    page.click("[data-step='-1']")
    page.click("[data-step='-1']")
    assert page.input_value("[name=quantity]") == "1"
    assert draft(page) == {"quantity": "1"}
