"""Lists in a browser: the keyboard, the columns, the board, the views; desk and phone."""

import contextvars
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

LIST = "/workorderview/list/"


def _seed(app):
    from base.rules.rights.actors import system_session
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
    drag(
        page,
        page.locator("[data-card]", has_text="Vitre fendue"),
        page.locator("[data-lane=validated]"),
    )
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
    expect(
        lane.locator("[data-card]", has_text="Store coincé").locator("a[data-open]")
    ).to_be_focused()
    assert seen.faults == []


@pytest.mark.parametrize(
    "query",
    ["group=state&tab=all", "display=board", "display=calendar", "display=calendar&period=week"],
)
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


def _plan(app):
    from datetime import date

    from base.rules.rights.actors import system_session
    from interventions.models import Agent
    from tests.factories.interventions import building, work_order

    with app.app_context(), system_session("tests") as session:
        names = [("Hélène", "Prud’homme"), ("Marc", "Le Goff")]
        agents = [
            Agent(entity_id=1, code=f"P{n}", first_name=first, last_name=last)
            for n, (first, last) in enumerate(names)
        ]
        session.add_all(agents)
        session.flush()
        hall = building(session, 1, name="Halle aux toiles")
        for title, on in (
            ("Purge du ballon", date(2027, 3, 2)),
            ("Seuil à reprendre", None),
            ("Volet roulant", date(2027, 3, 3)),
        ):
            work_order(session, hall, title=title, planned_on=on, assigned_to=agents[0])


WEEK = f"{LIST}?display=calendar&period=week&on=2027-03-01&tab=all"


def cell(page, who, day):
    return page.locator(f"[data-who=\"{who}\"][data-on='2027-03-{day:02}']")


@pytest.fixture(scope="module")
def planned(site, sqlite_server):
    contextvars.Context().run(_plan, sqlite_server.app)


def grab(page, card, target):
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 52, start["y"] + 16, steps=4)
    page.mouse.move(end["x"] + 40, end["y"] + 14, steps=12)
    page.mouse.move(end["x"] + 44, end["y"] + 16, steps=3)
    page.mouse.up()


def test_work_is_dragged_to_another_day_and_person(look, planned):
    seen = look()
    seen.open(WEEK)
    page = seen.page
    card = page.locator("[data-card]", has_text="Purge du ballon")
    grab(page, card, cell(page, "Marc Le Goff", 4))
    moved = cell(page, "Marc Le Goff", 4).locator("[data-card]", has_text="Purge du ballon")
    expect(moved).to_have_count(1)
    expect(page.locator(".ov-toast", has_text="1 intervention planifiée.")).to_be_visible()
    # From the tray of what has no day.
    grab(
        page,
        page.locator(".ov-tray [data-card]", has_text="Seuil à reprendre"),
        cell(page, "Hélène Prud’homme", 5),
    )
    # Said by the server: the page has been drawn again.
    expect(page.locator("tr", has_text="Hélène")).to_contain_text("2 cette semaine")
    # Nobody is taken off by a drop.
    grab(
        page,
        page.locator("[data-card]", has_text="Seuil à reprendre"),
        cell(page, "Sans affectation", 5),
    )
    expect(page.locator(".ov-toast-late")).to_contain_text("ligne d’une personne")
    expect(cell(page, "Hélène Prud’homme", 5).locator("[data-card]")).to_have_count(1)
    seen.open(WEEK)
    expect(moved).to_have_count(1)
    assert seen.faults == []


def test_work_is_planned_by_keyboard_and_by_menu(look, planned):
    seen = look()
    seen.open(WEEK)
    page = seen.page
    card = page.locator("[data-card]", has_text="Volet roulant")
    card.locator("a[data-open]").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(cell(page, "Hélène Prud’homme", 4).locator("[data-card]")).to_have_count(1)
    expect(card.locator("a[data-open]")).to_be_focused()
    page.keyboard.press("m")
    dialog = page.locator("#ov-verb-plan")
    expect(dialog).to_be_visible()
    # It opens on the day and the person of the card.
    assert page.input_value("#ov-v-plan-planned_on") == "2027-03-04"
    expect(dialog).to_contain_text("Hélène Prud’homme")
    page.keyboard.press("Escape")
    expect(card.locator("a[data-open]")).to_be_focused()
    card.locator("[data-plan]").click()
    page.fill("#ov-v-plan-planned_on", "2027-03-06")
    dialog.locator("[data-verb-go]").click()
    expect(cell(page, "Hélène Prud’homme", 6).locator("[data-card]")).to_have_count(1)
    assert seen.faults == []


def test_a_tab_keeps_display_and_groups(look, seeded):
    seen = look()
    seen.open(f"{LIST}?group=priority")
    page = seen.page
    page.locator("#ov-head .ov-tabs a", has_text="Toutes").first.click()
    page.wait_for_url(re.compile("tab=all"))
    assert "group=priority" in page.url
    expect(page.locator("tr.ov-group").first).to_be_visible()
    page.locator(".ov-seg a[aria-label='Calendrier']").click()
    page.wait_for_url(re.compile("display=calendar"))
    page.locator(".ov-seg a[aria-label='Liste']").click()
    expect(page.locator("tr.ov-group").first).to_be_visible()
    page.locator(".ov-seg a[aria-label='Calendrier']").click()
    page.wait_for_url(re.compile("display=calendar"))
    page.locator("#ov-head .ov-tabs a", has_text="Ouvertes").first.click()
    page.wait_for_url(re.compile("tab=open"))
    expect(page.locator(".ov-calhead")).to_be_visible()
