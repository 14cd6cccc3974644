"""``boards.js`` by itself: a card goes where its verb may bring it, or back to its place."""

import pytest
from playwright.sync_api import expect

from tests.browser.alone import Alone

#: In the place of the library that drags: what it would call is called by ``drop``.
HANDS = """
  window.handles = new Map();
  window.refreshed = [];
  window.Sortable = { create: (place, options) => handles.set(place, options) };
  window.htmx = { ajax: (verb, url) => { refreshed.push(url); return Promise.resolve(); } };
  window.grab = (from) => handles.get(document.querySelector(from)).onStart({});
  window.drop = (card, to) => {
    const item = document.querySelector(`[data-card="${card}"]`);
    const from = item.parentNode, place = document.querySelector(to);
    const oldIndex = [...from.children].indexOf(item);
    place.append(item);
    handles.get(from).onEnd({ item, from, to: place, oldIndex });
  };
  window.cards = (place) => [...document.querySelectorAll(place + " [data-card]")]
    .map((card) => card.dataset.card).join(" ");
"""


def card(number, menu=""):
    link = f'<a href="/w/{number}" data-open>T{number}</a>'
    return f'<li class="ov-kcard" data-card="{number}">{link}{menu}</li>'


def lane(name, moves, cards=""):
    return f"""<section class="ov-lane" aria-label="{name.title()}">
      <ul data-lane="{name}" data-moves="{moves}">{cards}</ul></section>"""


MENU = """<details class="ov-menu"><summary>…</summary>
  <button data-move="plan">Planifier</button></details>"""
BOARD = f"""<div id="ov-list"><form data-board data-action="/liste/action/VERB/0"
  data-query="tab=all" data-refused="Pas de « {{from}} » à « {{to}} ».">
  <input type="hidden" name="csrf_token" value="t">
  {lane("draft", "planned:plan cancelled:cancel ", card(1) + card(2, MENU) + card(3))}
  {lane("planned", "started:start ")}{lane("started", "")}{lane("cancelled", "")}
  <dialog data-verb="cancel"><input name="cancel.reason" value="doublon">
  <button data-verb-go>Annuler l’intervention</button></dialog></form></div>
  <p data-board-said></p>"""
PLANNED = "[data-lane=planned]"


@pytest.fixture
def alone(chromium):
    made = Alone(chromium)
    yield made
    made.context.close()
    assert made.faults == []


@pytest.fixture
def board(alone):
    return alone.show(BOARD, "lists.js", "boards.js", path="/liste", before=HANDS)


def drop(page, number, place):
    page.evaluate("([number, place]) => drop(number, place)", [number, place])


def cards(page, place):
    return page.evaluate("(place) => cards(place)", place)


def said(page):
    return page.locator("[data-board-said]")


def test_a_card_dropped_where_it_may_go_is_the_verb_of_the_two_lanes(alone, board):
    alone.answers({"json": {"message": "Planifiée."}})
    drop(board, 2, PLANNED)
    expect(said(board)).to_have_text("Planifiée.")
    (call,) = alone.sent()
    assert call["url"] == "/liste/action/plan/2?tab=all" and call["body"]["csrf_token"] == "t"
    # The list is read again from the server: it alone knows where the card is now.
    assert len(board.evaluate("refreshed")) == 1
    assert board.locator("[data-card='2']").get_attribute("aria-busy") is None


def test_a_move_that_no_verb_makes_goes_back_to_its_place_and_is_explained(alone, board):
    drop(board, 2, "[data-lane=started]")
    assert cards(board, "[data-lane=draft]") == "1 2 3"
    expect(said(board)).to_have_text("Pas de « Draft » à « Started ».")
    assert alone.sent() == []


def test_what_the_server_refuses_goes_back_to_its_place(alone, board):
    alone.answers({"status": 409, "json": {"message": "Il reste un point ouvert."}})
    drop(board, 1, PLANNED)
    expect(said(board)).to_have_text("Il reste un point ouvert.")
    assert cards(board, "[data-lane=draft]") == "1 2 3" and cards(board, PLANNED) == ""
    assert board.evaluate("refreshed") == []
    expect(board.locator(".ov-toast-late")).to_have_text("Il reste un point ouvert.")


def test_a_lost_network_brings_the_card_back(alone, board):
    drop(board, 3, PLANNED)
    expect(said(board)).to_have_text("Pas de réseau.")
    assert cards(board, "[data-lane=draft]") == "1 2 3"
    assert board.locator("[data-card='3']").get_attribute("aria-busy") is None


def test_a_card_put_down_in_its_own_lane_does_nothing(alone, board):
    drop(board, 1, "[data-lane=draft]")
    assert alone.sent() == [] and said(board).inner_text() == ""


def test_a_verb_that_asks_waits_for_its_answer(alone, board):
    dialog = board.locator("dialog[data-verb=cancel]")
    drop(board, 2, "[data-lane=cancelled]")
    expect(dialog).to_be_visible()
    assert alone.sent() == []
    # Nothing answered: the card goes back, and the focus with it.
    board.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    board.wait_for_function("cards('[data-lane=draft]') === '1 2 3'")
    expect(board.locator("[data-card='2'] a")).to_be_focused()

    alone.answers({"json": {"message": "Annulée."}})
    drop(board, 2, "[data-lane=cancelled]")
    dialog.locator("[data-verb-go]").click()
    expect(said(board)).to_have_text("Annulée.")
    (call,) = alone.sent()
    assert call["url"] == "/liste/action/cancel/2?tab=all"
    assert call["body"]["cancel.reason"] == "doublon"


FINISH = """<dialog data-verb="finish" data-asks-again><p data-verb-why></p>
  <input name="finish.hours"><select name="finish.agent"><option value=""></option></select>
  <button type="button" data-verb-go data-tells="untimed">Sans temps</button>
  <button data-verb-go>Terminer</button></dialog></form>"""


def test_a_verb_that_asks_only_what_lacks_is_tried_first(alone):
    markup = BOARD.replace("</form>", FINISH).replace("started:start", "started:finish")
    board = alone.show(markup, "lists.js", "boards.js", path="/liste", before=HANDS)
    dialog = board.locator("dialog[data-verb=finish]")
    board.evaluate("""() => {
      document.querySelector("[data-lane=draft]").dataset.moves = "started:finish ";
      document.querySelector("[name='finish.hours']").value = "9";
    }""")
    asks = {"hours": "0.25", "agent": {"value": 4, "text": "Nadia"}}
    lacks = {"status": 422, "json": {"message": "Aucun temps.", "asks": asks}}
    alone.answers(lacks)
    drop(board, 1, "[data-lane=started]")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[data-verb-why]")).to_have_text("Aucun temps.")
    # What the dialog still held was of another card.
    assert "finish.hours" not in alone.sent()[0]["body"]
    board.keyboard.press("Escape")
    board.wait_for_function("cards('[data-lane=draft]') === '1 2 3'")

    alone.answers(lacks, {"status": 422, "json": {"message": "Trop.", "asks": asks}})
    drop(board, 1, "[data-lane=started]")
    expect(dialog).to_be_visible()
    dialog.locator("input").fill("30")
    dialog.locator("[data-verb-go]").last.click()
    expect(dialog.locator("[data-verb-why]")).to_have_text("Trop.")
    expect(dialog.locator("input")).to_have_value("30")
    alone.answers({"json": {"message": "Terminée."}})
    dialog.locator("[data-tells]").click()
    expect(said(board)).to_have_text("Terminée.")
    bodies = [call["body"] for call in alone.sent()[2:]]
    assert [(b["finish.hours"], b["finish.agent"]) for b in bodies] == [("30", "4"), ("30", "4")]
    assert "finish.untimed" not in bodies[0] and bodies[1]["finish.untimed"] == "1"


def test_enter_in_a_dialog_is_its_own_verb_and_not_the_first_of_the_list(alone):
    """The fields belong to the form of the list, whose first button is another verb's."""
    page = alone.show(
        """<form id="f"><button name="action" value="validate">Valider</button></form>
        <dialog class="ov-dialog" open><input name="cancel.reason" form="f">
        <button form="f" name="action" value="cancel" data-verb-go>Annuler</button></dialog>""",
        "fields.js",
        "ouvrage.js",
        path="/liste",
    )
    page.evaluate("""() => document.getElementById("f").addEventListener("submit", (event) => {
      event.preventDefault();
      document.body.dataset.did = event.submitter.value;
    })""")
    page.focus("[name='cancel.reason']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.body.dataset.did") == "cancel"


def test_a_card_in_hand_shows_the_lanes_where_it_may_go(board):
    board.evaluate("grab('[data-lane=draft]')")
    told = "() => [...document.querySelectorAll('.ov-lane')].map((one) => one.className)"
    assert board.evaluate(told) == [
        "ov-lane",
        "ov-lane ov-lane-can",
        "ov-lane ov-lane-cannot",
        "ov-lane ov-lane-can",
    ]
    drop(board, 1, "[data-lane=draft]")
    assert set(board.evaluate(told)) == {"ov-lane"}


def test_the_menu_of_a_card_does_the_same_as_the_hand(alone, board):
    alone.answers({"json": {"message": "Planifiée."}})
    board.click("summary")
    board.click("[data-move=plan]")
    expect(said(board)).to_have_text("Planifiée.")
    assert alone.sent()[0]["url"] == "/liste/action/plan/2?tab=all"
    assert not board.evaluate("document.querySelector('details').open")


def cell(day, line, cards=""):
    return f'<td><div data-on="{day}" data-line="{line}" data-who="P{line}">{cards}</div></td>'


#: Two days and two people; the first line is that of nobody.
ROWS = "".join(
    f"<tr>{cell('2026-06-01', line, card(7) if line == '4' else '')}{cell('2026-06-02', line)}</tr>"
    for line in ("", "4", "5")
)
WEEK = f"""<div id="ov-list"><form data-calendar="plan" data-action="/liste/action/VERB/0"
  data-query="" data-width="2" data-column="planned_on" data-resource="agent_id"
  data-nobody="Déposez sur une personne."><table>{ROWS}</table></form></div>
  <p data-board-said></p>"""


@pytest.fixture
def week(alone):
    return alone.show(WEEK, "lists.js", "boards.js", path="/liste", before=HANDS)


def place(day, line):
    return f"[data-on='2026-06-0{day}'][data-line='{line}']"


def test_work_dropped_on_another_day_and_person_sends_both(alone, week):
    alone.answers({"json": {"message": "Planifiée."}})
    drop(week, 7, place(2, 5))
    expect(said(week)).to_have_text("Planifiée.")
    (call,) = alone.sent()
    assert call["url"] == "/liste/action/plan/7?"
    assert call["body"] == {"plan.planned_on": "2026-06-02", "plan.agent_id": "5"}


def test_work_moved_within_a_line_keeps_its_person_unsaid(alone, week):
    alone.answers({"json": {"message": "Planifiée."}})
    drop(week, 7, place(2, 4))
    expect(said(week)).to_have_text("Planifiée.")
    assert alone.sent()[0]["body"] == {"plan.planned_on": "2026-06-02"}


def test_a_drop_takes_nothing_of_what_was_typed_for_another_card(alone):
    left = '<dialog data-verb="plan"><input name="plan.due_on" value="2026-07-01"></dialog></form>'
    markup = WEEK.replace("</form>", left)
    week = alone.show(markup, "lists.js", "boards.js", path="/liste", before=HANDS)
    alone.answers({"json": {"message": "Planifiée."}})
    drop(week, 7, place(2, 4))
    expect(said(week)).to_have_text("Planifiée.")
    assert alone.sent()[0]["body"] == {"plan.planned_on": "2026-06-02"}


def test_nobody_is_taken_off_by_a_drop(alone, week):
    drop(week, 7, place(1, ""))
    expect(said(week)).to_have_text("Déposez sur une personne.")
    assert cards(week, place(1, 4)) == "7" and alone.sent() == []


def test_the_keyboard_moves_by_a_day_or_a_person_and_stops_at_the_edge(alone, week):
    week.focus("[data-card='7'] a")
    week.keyboard.press("Shift+ArrowLeft")
    assert alone.sent() == []
    alone.answers({"json": {"message": "a"}}, {"json": {"message": "b"}})
    week.keyboard.press("Shift+ArrowRight")
    expect(said(week)).to_have_text("a")
    week.focus("[data-card='7'] a")
    week.keyboard.press("Shift+ArrowDown")
    expect(said(week)).to_have_text("b")
    assert [call["body"] for call in alone.sent()] == [
        {"plan.planned_on": "2026-06-02"},
        {"plan.planned_on": "2026-06-01", "plan.agent_id": "5"},
    ]
