"""What people do on the screens, with the mouse, the thumb and the keyboard."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def test_a_filter_is_added_by_its_sheet_and_taken_away_by_its_chip(look):
    seen = look()
    seen.open("/workorderview/list/?tab=all")
    page = seen.page
    page.click(".ov-chip-add")
    page.select_option("#ov-f-column", "state")
    page.check("[data-column=state] input[value=planned]")
    page.click("dialog[open] button.btn-primary")
    page.wait_for_selector(".ov-chip b")
    assert "Planifiée" in page.locator(".ov-chip b").inner_text()
    assert "f.state.in=planned" in page.url
    assert set(page.locator("tbody .ov-st").all_inner_texts()) == {"Planifiée"}
    shown = page.locator("tbody tr").count()
    assert page.locator("#ov-head .ov-meta").inner_text().startswith(str(shown))
    export = page.locator("a[href*='/export/csv']").get_attribute("href")
    assert "f.state.in=planned" in export
    page.click(".ov-chip a")
    expect(page.locator(".ov-chip b")).to_have_count(0)
    assert "f.state" not in page.url
    assert seen.faults == []


def test_pages_of_a_list_go_on_by_key_without_loading_the_shell_again(look):
    seen = look()
    seen.open("/partnerview/list/")
    page = seen.page
    page.evaluate("window.kept = 1")
    assert page.locator("tbody tr").count() == 25
    page.click("a[rel=next]")
    expect(page.locator("tbody tr")).to_have_count(5)
    assert page.evaluate("window.kept") == 1
    page.click("a[rel=prev]")
    expect(page.locator("tbody tr")).to_have_count(25)
    assert seen.faults == []


def test_a_list_is_exported_as_it_is_filtered(look):
    seen = look()
    seen.open("/partnerview/list/?f.code.has=F00")
    page = seen.page
    page.click("details.ov-menu summary.btn")
    with page.expect_download() as download:
        page.click("a[href*='/export/csv']")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert download.value.suggested_filename.endswith(".csv")
    assert len(text.strip().splitlines()) == 11
    assert text.splitlines()[0].startswith("Code;Nom")


def test_a_relation_is_searched_on_the_server_by_keyboard(look):
    seen = look()
    seen.open("/workorderview/add")
    page = seen.page
    assert page.locator("select[name=asset] option").count() <= 1
    page.focus("#asset-ts-control")
    page.keyboard.type("gymn")
    expect(page.locator(".ts-dropdown .option")).to_have_count(1)
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text("Gymnase")
    page.keyboard.press("Enter")
    page.fill("#title", "Vitre fêlée")
    page.click("form[data-guard] button.btn-primary")
    page.wait_for_url(re.compile("/workorderview/show/"))
    assert page.locator("h1").inner_text() == "Vitre fêlée"
    assert "Gymnase des Forges" in page.locator("main").inner_text()
    assert seen.faults == []


def test_a_choice_beside_a_button_does_not_move_it_from_under_the_click(look):
    seen = look()
    seen.open("/agentview/show/1")
    page = seen.page
    button = page.locator("form[action*='/account/'] button")
    page.click("#ac-u-ts-control")
    page.locator(".ts-dropdown:visible .option").first.click()
    held = button.bounding_box()
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(200)
    assert button.bounding_box()["x"] == held["x"]
    assert seen.faults == []


def test_a_fault_stands_beside_its_field_and_nothing_typed_is_lost(look):
    seen = look()
    seen.open("/partnerview/add")
    page = seen.page
    page.fill("#code", "NEUF")
    page.fill("#phone", "03 25 11 22 33")
    page.click("form[data-guard] button.btn-primary")
    page.wait_for_selector("#name-error")
    assert page.get_attribute("#name", "aria-describedby") == "name-error"
    assert page.get_attribute("#name", "aria-invalid") == "true"
    assert page.input_value("#phone") == "03 25 11 22 33"
    assert page.evaluate("document.activeElement.id") == "name"


def test_a_message_joins_the_thread(look):
    seen = look()
    seen.open("/partnerview/show/3")
    seen.page.fill(".ov-composer textarea", "Rappeler avant <b>lundi</b>")
    seen.page.click(".ov-composer button")
    seen.page.wait_for_selector(".ov-msg")
    assert seen.page.locator(".ov-msg").inner_text() == "Rappeler avant <b>lundi</b>"


def test_a_record_is_deleted_only_after_a_yes(look):
    seen = look()
    seen.open("/partnerview/show/4")
    page = seen.page
    page.click("details.ov-menu summary.ov-btn-i")
    page.click("form[action*='/delete/'] button")
    page.click("#ov-confirm [data-close]")
    assert page.url.endswith("/partnerview/show/4")
    page.click("details.ov-menu summary.ov-btn-i")
    page.click("form[action*='/delete/'] button")
    page.click("#ov-confirm [data-yes]")
    page.wait_for_url(re.compile("/partnerview/list/"))
    assert "est supprimé" in page.locator(".ov-toast").inner_text()


def test_the_theme_is_kept_on_the_device(look):
    seen = look()
    page = seen.page
    assert page.get_attribute("html", "data-bs-theme") == "light"
    page.click("summary.ov-person")
    page.click("[data-theme-switch]")
    seen.open("/partnerview/list/")
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_keyboard_reaches_the_content_and_the_search(look):
    seen = look()
    page = seen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ov-skip"
    page.keyboard.press("Control+k")
    page.keyboard.type("mairie")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/recherche"))
    assert "Mairie" in page.locator(".ov-results").inner_text()
    page.focus("summary.ov-person")
    page.keyboard.press("Enter")
    assert page.locator("details.ov-menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("details.ov-menu[open]").count() == 0
    assert page.evaluate("document.activeElement.className") == "ov-person"


def test_the_phone_opens_its_menu_and_lists_rows_as_cards(look):
    seen = look("alice", PHONE)
    page = seen.page
    assert not page.is_visible("#ov-side")
    page.click("[data-side]")
    page.click("#ov-side summary:has-text('Réglages')")
    page.click("#ov-side a:has-text('Fournisseurs')")
    page.wait_for_url(re.compile("/partnerview/list/"))
    assert page.locator("tbody tr").first.bounding_box()["height"] > 44
    assert page.locator("thead").is_hidden()


def test_signing_out_is_a_post(look):
    seen = look("damien")
    seen.page.click("summary.ov-person")
    seen.page.click("form[action*=logout] button")
    seen.page.wait_for_url(re.compile("/login"))
    seen.open("/")
    assert "/login" in seen.page.url
