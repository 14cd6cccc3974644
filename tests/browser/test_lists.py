"""Lists in a browser: the keyboard, the columns, the board, the views; desk and phone."""

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

LIST = "/workorderview/list/"


def _seed(app):
    from base.sessions import system_session
    from tests.factories.interventions import building, work_order

    with app.app_context(), system_session("tests") as session:
        hall = building(session, 1, name="Halle aux grains")
        for title in ("Vitre fendue", "Store coincé", "Fuite au robinet"):
            work_order(session, hall, title=title)


@pytest.fixture(scope="module")
def seeded(site, sqlite_server):
    contextvars.Context().run(_seed, sqlite_server.app)


def held(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_a_list_is_walked_and_ticked_from_the_keyboard(look, seeded):
    seen = look()
    seen.open(LIST)
    page = seen.page
    titles = page.locator("a[data-open]").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert held(page) == titles[1]
    page.keyboard.press("ArrowUp")
    assert held(page) == titles[0]
    page.keyboard.press("x")
    expect(page.locator(".ov-bulk")).to_be_visible()
    expect(page.locator("[data-count]")).to_have_text("1 sélectionnée")
    page.keyboard.press("x")
    expect(page.locator(".ov-bulk")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#ov-keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    # A letter typed in a field is a letter.
    page.keyboard.type("fuite au")
    page.keyboard.press("Enter")
    expect(page.locator("a[data-open]")).to_have_text(["Fuite au robinet"])
    assert re.search(r"q=fuite(\+|%20)au", page.url)
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 700, "y": 600})
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Fuite au robinet")
    assert seen.faults == []


def test_groups_close_and_open_from_the_keyboard(look, seeded):
    seen = look()
    seen.open(f"{LIST}?group=state")
    page = seen.page
    count = page.locator("tr[data-row]").count()
    assert count >= 3
    page.locator("a[data-fold]").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("a[data-fold]").first).to_have_attribute("aria-expanded", "false")
    first = page.locator("tbody").first.locator("tr[data-row]")
    expect(first).to_have_count(0)
    expect(page.locator("a[data-fold]").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("tr[data-row]")).to_have_count(count)
    assert seen.faults == []


def test_columns_are_chosen_and_moved_and_remembered(look, seeded):
    seen = look()
    seen.open(LIST)
    page = seen.page
    page.click("summary:has-text('Colonnes')")
    page.locator("[data-column-list] li", has_text="Nature").locator("input").check()
    page.locator("[data-column-list] li", has_text="Priorité").locator("input").uncheck()
    page.locator("[data-column-list] li", has_text="Objet").locator(".ov-grip").focus()
    page.keyboard.press("ArrowUp")
    page.click("[data-columns] button:has-text('Appliquer')")
    heads = page.locator("thead th[scope=col]")
    expect(heads.first).to_have_text("Objet")
    expect(page.locator("thead")).to_contain_text("Nature")
    expect(page.locator("thead")).not_to_contain_text("Priorité")
    seen.open(LIST)
    expect(heads.first).to_have_text("Objet")
    # The address says by itself what was remembered.
    assert "cols=title" in page.url
    page.click("summary:has-text('Colonnes')")
    page.click("[data-columns] button:has-text('Rétablir')")
    expect(heads.first).to_have_text("Numéro")
    assert seen.faults == []


def test_a_view_is_kept_and_opened_by_its_tab(look, seeded):
    seen = look()
    seen.open(f"{LIST}?q=store&group=state")
    page = seen.page
    page.click("button:has-text('Enregistrer cette vue')")
    page.fill("#ov-kv-name", "Stores à voir")
    page.click("#ov-keep-view button.btn-primary")
    tab = page.locator(".ov-tabs-views a", has_text="Stores à voir")
    expect(tab).to_have_attribute("aria-current", "page")
    seen.open(f"{LIST}?view=0")
    expect(page.locator("a[data-open]")).not_to_have_count(1)
    tab.click()
    expect(page.locator("a[data-open]")).to_have_text(["Store coincé"])
    assert "group=state" in page.url
    page.click(".ov-viewmenu summary")
    page.click(".ov-viewmenu button:has-text('Supprimer')")
    page.click("#ov-confirm [data-yes]")
    expect(tab).to_have_count(0)
    assert seen.faults == []


def drag(page, card, lane):
    start, end = card.bounding_box(), lane.bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] + 4, steps=4)
    page.mouse.move(end["x"] + 60, end["y"] + 40, steps=12)
    page.mouse.move(end["x"] + 66, end["y"] + 44, steps=3)
    page.mouse.up()


def test_a_card_is_dragged_to_a_state_and_a_refused_move_is_explained(look, seeded):
    seen = look()
    seen.open(f"{LIST}?display=board")
    page = seen.page
    card = page.locator("[data-card]", has_text="Vitre fendue")
    started = page.locator("[data-lane=started]")
    drag(page, card, started)
    expect(started.locator("[data-card]", has_text="Vitre fendue")).to_have_count(1)
    # Said once the board shows it.
    expect(page.locator(".ov-toast", has_text="1 intervention en cours.")).to_be_visible()
    drag(page, page.locator("[data-card]", has_text="Vitre fendue"),
         page.locator("[data-lane=validated]"))
    expect(page.locator(".ov-toast-late")).to_contain_text("On ne passe pas directement")
    expect(started.locator("[data-card]", has_text="Vitre fendue")).to_have_count(1)
    assert seen.faults == []


def test_a_card_changes_state_from_the_keyboard(look, seeded):
    seen = look()
    seen.open(f"{LIST}?display=board")
    page = seen.page
    page.locator("[data-card]", has_text="Store coincé").locator("a[data-open]").focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    assert held(page) == "Commencer"
    page.keyboard.press("Enter")
    lane = page.locator("[data-lane=started]")
    expect(lane.locator("[data-card]", has_text="Store coincé")).to_have_count(1)
    # The focus stays with the card that was moved.
    expect(lane.locator("[data-card]", has_text="Store coincé").locator("a[data-open]")
           ).to_be_focused()
    assert seen.faults == []


@pytest.mark.parametrize("query", ["group=state&tab=all", "display=board", "display=calendar",
                                   "display=calendar&period=week"])  # fmt: skip
def test_displays_fit_a_phone(look, seeded, query):
    seen = look("alice", PHONE)
    seen.open(f"{LIST}?{query}")
    assert seen.overflow() <= 0
    small = seen.page.evaluate(
        """() => Array.from(document.querySelectorAll("#ov-list .btn, #ov-list summary, .ov-seg a"))
           .filter((n) => n.offsetParent && n.getBoundingClientRect().height < 40)
           .map((n) => n.textContent.trim() + n.getBoundingClientRect().height)"""
    )
    assert small == []
    assert re.fullmatch(r"\s*", "".join(seen.faults))


def test_without_scripts_a_list_is_filtered_grouped_and_opened(look, seeded):
    seen = look("alice", java_script_enabled=False)
    seen.open(f"{LIST}?group=state")
    page = seen.page
    page.fill("[data-list-search]", "fuite au")
    page.keyboard.press("Enter")
    expect(page.locator("a[data-open]")).to_have_text(["Fuite au robinet"])
    page.locator("a[data-fold]").first.click()
    expect(page.locator("a[data-open]")).to_have_count(0)
    page.locator("a[data-fold]").first.click()
    page.locator("a[data-open]").first.click()
    expect(page.locator("h1")).to_have_text("Fuite au robinet")
