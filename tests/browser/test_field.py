"""The phone when things go wrong: no network, a double tap, "back", a session that ended; and
a signature drawn with the finger."""

import contextvars
import re

import pytest

from tests.browser.conftest import PHONE
from tests.browser.test_taps import Thumb, _tagged
from tests.engines import PASSWORD


@pytest.fixture(scope="module")
def token(sqlite_server, site):
    return contextvars.Context().run(_tagged, sqlite_server.app)


@pytest.fixture
def phone(look):
    return look("bob", PHONE, has_touch=True, is_mobile=True)


def begin(seen, token, words="Dépannage"):
    """From the scan to the page of a job that runs."""
    seen.open(f"/t/{token}")
    thumb = Thumb(seen.page)
    thumb.tap("text=Intervenir")
    thumb.tap(f"button:has-text('{words}')")
    return seen.page.url


def said(page):
    return re.sub(r"[\s\u00a0\u202f]+", " ", page.locator("body").inner_text())


def lost(seen):
    """Cut the network; what the browser says of it is no fault of the page."""
    seen.page.context.set_offline(True)
    seen.faults.clear()


def test_a_lost_network_loses_nothing_and_the_job_is_finished_once(phone, token):
    page = phone.page
    begin(phone, token)
    page.locator("label:has-text('1 h')").first.tap()
    page.click("summary:has-text('Photo ou mot')")
    page.fill("textarea[name=finding]", "Robinet remplacé, pression réglée.")
    lost(phone)
    page.tap("button:has-text('Terminer l’intervention')")
    page.wait_for_selector("[data-kept]")
    assert "Pas de réseau : rien n’est parti, rien n’est perdu." in said(page)
    assert page.input_value("textarea[name=finding]") == "Robinet remplacé, pression réglée."
    page.context.set_offline(False)
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("[data-kept] button:has-text('Réessayer')")
    assert re.search(r"INT-\d{4}-\d{5} est terminée : 32,40 € HT", said(page))
    assert phone.overflow() == 0


def test_what_was_typed_is_there_when_the_page_is_opened_again(phone, token):
    page = phone.page
    job = begin(phone, token)
    page.click("summary:has-text('Photo ou mot')")
    page.fill("textarea[name=finding]", "Fuite sous l’évier")
    page.goto("about:blank")
    page.goto(job)
    assert page.input_value("textarea[name=finding]") == "Fuite sous l’évier"
    assert page.locator("textarea[name=finding]").is_visible()
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("button:has-text('Terminer l’intervention')")
    page.goto(job)
    assert "Fuite sous l’évier" in said(page) and page.locator("textarea").count() == 0


def test_an_answer_lost_on_the_way_back_does_not_act_twice(phone, token):
    page = phone.page
    job = begin(phone, token)
    page.locator("label:has-text('2 h')").first.tap()
    swallowed = []

    def swallow(route):
        swallowed.append(route.fetch().status)
        route.abort()

    page.route("**/terminer", swallow)
    page.tap("button:has-text('Terminer l’intervention')")
    page.wait_for_selector("[data-kept]")
    assert swallowed == [200]  # the server has it; the phone does not know
    page.unroute("**/terminer")
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("[data-kept] button:has-text('Réessayer')")
    page.goto(job)
    assert "64,80 €" in said(page)


def test_a_double_tap_opens_one_job(phone, token):
    page = phone.page
    phone.open(f"/t/{token}")
    Thumb(page).tap("text=Intervenir")
    page.fill("input[name=title]", "Serrure du portail")
    sent = []
    page.on("request", lambda r: sent.append(r.url) if r.url.endswith("/commencer") else None)
    with page.expect_navigation(wait_until="networkidle"):
        page.evaluate(
            "() => { const b = document.querySelectorAll('form')[1].querySelector('button');"
            " b.click(); b.click(); }"
        )
    assert len(sent) == 1
    page.goto(phone.site + "/workorderview/list/?q=Serrure du portail")
    assert len(set(re.findall(r"INT-\d{4}-\d{5}", said(page)))) == 1


def test_back_after_a_choice_chooses_again_without_a_raw_error(phone, token):
    page = phone.page
    first = begin(phone, token, "Dépannage")
    page.go_back(wait_until="networkidle")
    other = page.locator("button.btn-xl:not(:has-text('Dépannage'))").first
    words = other.inner_text()
    with page.expect_navigation(wait_until="networkidle"):
        other.tap()
    assert page.url != first
    assert page.locator("h1").inner_text() == words


def test_a_session_that_ended_keeps_what_was_typed(phone, token):
    page = phone.page
    begin(phone, token)
    page.click("summary:has-text('Photo ou mot')")
    page.fill("textarea[name=finding]", "Vanne grippée, à revoir")
    page.context.clear_cookies()
    page.tap("button:has-text('Terminer l’intervention')")
    page.wait_for_selector("[data-kept] a:has-text('Se reconnecter')")
    assert "Votre session a expiré" in said(page)
    with page.context.expect_page() as opened:
        page.tap("[data-kept] a:has-text('Se reconnecter')")
    other = opened.value
    other.fill("#username", "bob")
    other.fill("#password", PASSWORD)
    other.click("form button.btn-primary")
    other.wait_for_url("**/interventions/mobile/**")
    other.close()
    assert page.input_value("textarea[name=finding]") == "Vanne grippée, à revoir"
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("button:has-text('Terminer l’intervention')")
    assert "est terminée" in said(page)


def test_a_refusal_is_said_above_the_form_and_nothing_is_lost(phone, token):
    page = phone.page
    begin(phone, token)
    page.click("summary:has-text('Autre durée')")
    page.fill("input[name=other_hours]", "99")
    page.click("summary:has-text('Photo ou mot')")
    page.fill("textarea[name=finding]", "Fait")
    page.tap("button:has-text('Terminer l’intervention')")
    page.wait_for_selector("[data-kept]")
    assert "entre 0 et 24 heures" in said(page)
    assert page.input_value("textarea[name=finding]") == "Fait"
    page.fill("input[name=other_hours]", "1,5")
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("button:has-text('Terminer l’intervention')")
    assert "48,60 € HT" in said(page)
    assert phone.faults == []


def draw(page):
    page.locator("[data-pad] canvas").scroll_into_view_if_needed()
    box = page.locator("[data-pad] canvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(box["x"] + 30 + step * 18, box["y"] + 60 + (step % 3) * 20)
    page.mouse.up()


def test_a_signature_drawn_on_the_phone_is_on_the_record_and_on_the_sheet(phone, look, token):
    page = phone.page
    job = begin(phone, token)
    page.click("summary:has-text('Signature')")
    page.fill("input[name=signer_name]", "Mme Delorme")
    draw(page)
    page.locator("[data-clear]").click()
    assert page.input_value("input[name=signature]") == ""
    draw(page)
    assert page.input_value("input[name=signature]").startswith("data:image/png;base64,")
    with page.expect_navigation(wait_until="networkidle"):
        page.tap("button:has-text('Terminer l’intervention')")
    page.goto(job)
    assert "Signée par Mme Delorme le" in said(page)
    pk = job.rsplit("/", 1)[1]
    desk = look("alice")
    desk.open(f"/workorderview/show/{pk}")
    shown = desk.page.locator("img.ov-sig")
    assert shown.evaluate("image => image.complete && image.naturalWidth > 100")
    assert desk.faults == [] and phone.faults == []


@pytest.mark.parametrize("words", ["Intervenir", "Mes interventions ici", "Signaler"])
def test_what_a_thumb_presses_is_large_enough(phone, token, words):
    page = phone.page
    phone.open(f"/t/{token}")
    Thumb(page).tap(f"a:has-text('{words}')")
    low = page.evaluate(
        "() => [...document.querySelectorAll('.ov-ph button, .ov-ph .btn, .ov-ph summary,"
        " .ov-ph .form-control, .ov-ph-nav a')].map(e => [e.innerText,"
        " e.getBoundingClientRect().height]).filter(([t, h]) => h > 0 && h < 48)"
    )
    assert low == []
