"""Forms in a browser: nothing typed is lost, by leaving, by another person or by impatience."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE

SAVE = "form[data-guard] button.btn-primary"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_two_people_at_once_choose_field_by_field(look, size):
    first, second = look("alice", size), look()
    first.open("/partnerview/edit/2")
    second.open("/partnerview/edit/2")
    mark = size["width"]
    for field, value in (
        ("phone", f"03 00 00 {mark} 02"),
        ("email", f"p{mark}@protec.fr"),
        ("address", f"Troyes {mark}"),
    ):
        second.page.fill(f"#{field}", value)
    second.page.click(SAVE)
    second.page.wait_for_url(re.compile("/partnerview/show/2"))

    page = first.page
    page.fill("#phone", f"03 00 00 {mark} 01")
    page.fill("#email", f"autre{mark}@protec.fr")
    page.fill("#name", f"Protec {mark}")
    page.click(SAVE)
    page.wait_for_selector(".ov-clash")
    # What stands here is saved nowhere yet.
    page.locator(".ov-crumbs a").first.click()
    expect(page.locator("#ov-leave")).to_be_visible()
    page.keyboard.press("Escape")
    # Both changed two fields; the town was changed by the other alone, the name by this one.
    assert page.locator(".ov-clash legend").all_inner_texts() == ["Courriel", "Téléphone"]
    words = page.locator("main").inner_text()
    assert f"03 00 00 {mark} 02" in words and f"Troyes {mark}" in words
    assert "Alice A a modifié cette fiche" in words
    assert page.input_value("#phone") == f"03 00 00 {mark} 01"
    assert first.overflow() <= 0
    page.locator(".ov-clash", has_text="Courriel").locator("[value=theirs]").check()
    page.click(SAVE)
    page.wait_for_url(re.compile("/partnerview/show/2"))
    kept = page.locator("main").inner_text()
    for there in (f"03 00 00 {mark} 01", f"p{mark}@protec.fr", f"Troyes {mark}", f"Protec {mark}"):
        assert there in kept
    assert first.faults == second.faults == []


def test_leaving_a_changed_form_asks_and_nothing_is_lost(look):
    seen = look()
    seen.open("/partnerview/edit/3")
    page = seen.page
    page.fill("#phone", "01 02 03 04 05")
    page.click(".ov-nav a >> nth=1")
    dialog = page.locator("#ov-leave")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[data-close]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.input_value("#phone") == "01 02 03 04 05"
    page.click(".ov-nav a >> nth=1")
    page.click("#ov-leave [data-yes]")
    page.wait_for_url(lambda url: "/edit/" not in url)
    # Typed and taken back is nothing to lose.
    seen.open("/partnerview/edit/3")
    before = page.input_value("#phone")
    page.fill("#phone", "x")
    page.fill("#phone", before)
    page.click(".ov-nav a >> nth=1")
    page.wait_for_url(lambda url: "/edit/" not in url)
    assert seen.faults == []


def test_closing_a_changed_form_is_held_by_the_browser_and_a_sent_one_is_not(look):
    seen = look()
    page = seen.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    seen.open("/partnerview/edit/3")
    page.fill("#phone", "01 02 03 04 06")
    page.reload()
    assert asked == ["beforeunload"]
    page.fill("#phone", "01 02 03 04 07")
    page.click(SAVE)
    page.wait_for_url(re.compile("/partnerview/show/3"))
    page.fill(".ov-composer textarea", "Bonjour")
    page.click(".ov-composer button")
    page.wait_for_selector(".ov-msg")
    assert asked == ["beforeunload"]


def test_a_form_sent_twice_makes_one_record(look):
    seen = look()
    seen.open("/partnerview/add")
    page = seen.page
    page.fill("#code", "UNIQUE")
    page.fill("#name", "Deux fois")
    # Without our script's own guard: two posts of the same form, as fast as it goes.
    told = page.evaluate(
        """async () => {
          const form = document.querySelector("form[data-guard]");
          const send = () => fetch(location.href, { method: "POST", body: new FormData(form) });
          const both = await Promise.all([send(), send()]);
          return both.map((answer) => answer.url);
        }"""
    )
    assert len(set(told)) == 1 and "/partnerview/show/" in told[0]
    seen.open("/partnerview/list/?q=Deux+fois")
    expect(page.locator("tbody tr")).to_have_count(1)
