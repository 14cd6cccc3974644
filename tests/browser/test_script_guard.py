"""``guard.js`` by itself: leaving a page never loses what was typed on it without asking."""

import pytest
from playwright.sync_api import expect

from tests.browser.alone import SITE, Alone

DIALOG = """<dialog id="ov-leave"><button data-yes>Quitter</button>
  <button onclick="this.closest('dialog').close()">Rester</button></dialog>"""
FORM = """<form method="post" action="/garde" data-guard><input name="csrf_token" value="t">
  <input name="phone" value="01"><input type="file" name="file">
  <button>Enregistrer</button></form>"""
LINK = '<a id="away" href="/ailleurs">Ailleurs</a>'


@pytest.fixture
def alone(chromium):
    made = Alone(chromium)
    yield made
    made.context.close()
    assert made.faults == []


def opened(alone, form=FORM, link=LINK, more="", before=""):
    return alone.show(f"<main>{form}{link}{more}</main>{DIALOG}", "guard.js", before=before)


def asks(page, press="#away"):
    """Whether leaving by this link asks first."""
    page.click(press)
    return page.locator("#ov-leave").is_visible()


def test_a_changed_form_asks_and_stays_or_leaves_as_told(alone):
    page = opened(alone)
    page.fill("[name=phone]", "02")
    assert asks(page)
    page.click("text=Rester")
    assert page.url == SITE + "/" and page.input_value("[name=phone]") == "02"
    assert asks(page)
    page.click("[data-yes]")
    page.wait_for_url(SITE + "/ailleurs")


def test_typed_and_taken_back_is_nothing_to_lose(alone):
    page = opened(alone)
    page.fill("[name=phone]", "02")
    page.fill("[name=phone]", "01")
    assert not asks(page)
    page.wait_for_url(SITE + "/ailleurs")


def test_a_chosen_file_counts_as_typed(alone):
    page = opened(alone)
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a;b"}
    page.focus("[name=file]")
    page.set_input_files("[name=file]", files=[file])
    assert asks(page)


def test_a_form_that_came_back_refused_is_saved_nowhere(alone):
    page = opened(alone, FORM.replace("data-guard", "data-guard data-unsaved"))
    assert asks(page)


def test_the_first_fault_of_a_refused_form_has_the_focus(alone):
    page = opened(alone, FORM.replace('value="01"', 'value="01" aria-invalid="true"'))
    expect(page.locator("[name=phone]")).to_be_focused()


def test_a_form_that_another_script_stopped_is_not_sent_and_still_asks(alone):
    page = opened(alone)
    page.evaluate("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
    page.fill("[name=phone]", "02")
    page.click("form button")
    assert asks(page)


def test_a_sent_form_leaves_without_asking(alone):
    asked = []
    page = opened(alone)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.fill("[name=phone]", "02")
    page.click("form button")
    page.wait_for_url(SITE + "/garde")
    assert asked == []


@pytest.mark.parametrize(
    "link",
    [
        '<a id="away" href="/ailleurs" target="_blank">x</a>',
        '<a id="away" href="#bas">x</a>',
        '<a id="away" href="/f.csv" download>x</a>',
    ],
)
def test_what_does_not_leave_the_page_asks_nothing(alone, link):
    page = opened(alone, link=link)
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    page.fill("[name=phone]", "02")
    assert not asks(page)


@pytest.mark.parametrize("mark", ["data-keep", "data-bulk", "data-board", "data-unguarded"])
def test_forms_that_keep_themselves_or_only_choose_are_not_guarded(alone, mark):
    page = opened(alone, FORM.replace("data-guard", mark))
    page.fill("[name=phone]", "02")
    assert not asks(page)


def test_a_part_about_to_be_replaced_asks_when_something_is_typed_in_it(alone):
    page = opened(alone, f'<div id="part">{FORM}</div>', more='<div id="other"></div>')
    page.evaluate("""() => {
      window.went = [];
      window.ask = (id) => document.body.dispatchEvent(new CustomEvent("htmx:confirm", {
        bubbles: true, cancelable: true,
        detail: { target: document.getElementById(id), issueRequest: (now) => went.push(now) },
      }));
    }""")
    page.fill("[name=phone]", "02")
    assert page.evaluate("ask('other')")  # nobody stopped it
    assert not page.evaluate("ask('part')")
    expect(page.locator("#ov-leave")).to_be_visible()
    page.click("[data-yes]")
    assert page.evaluate("went") == [True]


def test_forms_that_come_later_are_guarded_too(alone):
    page = opened(alone, "<div id=late></div>")
    page.evaluate(
        """(form) => {
      const box = document.getElementById("late");
      box.innerHTML = form;
      document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: box } }));
    }""",
        FORM,
    )
    page.fill("[name=phone]", "02")
    assert asks(page)


def test_typing_in_ones_own_value_of_a_conflict_chooses_it(alone):
    clash = """<form method="post"><fieldset class="ov-clash">
      <input type="radio" name="who" value="theirs" checked><input type="radio" name="who"
      value="mine" data-mine><input name="phone" value="01"></fieldset></form>"""
    page = opened(alone, clash)
    page.fill("[name=phone]", "02")
    assert page.is_checked("[data-mine]")
    page.check("[value=theirs]")
    assert page.is_checked("[value=theirs]")
