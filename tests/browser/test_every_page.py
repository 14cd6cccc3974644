"""Every page there is, at both widths and in both themes, on the small demonstration (T25).

A page is opened once: the theme is its attribute, the width that of the window. Which addresses are
pages is asked of the application, so that a new screen is looked at without a line here.
"""

from __future__ import annotations

import pathlib
import re

import pytest

from tests.browser import town
from tests.browser.addresses import addresses_of
from tests.browser.conftest import DESK, PHONE, served, signed_in

AXE = pathlib.Path(__file__).resolve().parents[1] / "data" / "axe.min.js"
#: Pages of another display, or with something open: address -> what opens it.
ALSO = {
    "/workorderview/list/?display=board": "",
    "/workorderview/list/?display=calendar": "",
    "/workorderview/list/?display=calendar&period=week": "",
    "/workorderview/list/?group=state&tab=all": "",
    "/workorderview/list/?tab=all": "document.querySelector('[data-all]').click()",
    "/workorderview/list/?q=rien-de-tel": "",
    "/assetview/list/?display=map": "",
    "/equipmentview/list/?group=category": "document.querySelector('.ov-colmenu').open = true",
    "/equipmentview/list/": "document.getElementById('ov-add-filter').showModal()",
    "/buildingview/list/": "document.getElementById('ov-keep-view').showModal()",
    "/servicerequestview/list/": "document.getElementById('ov-keys').showModal()",
    "/une-page-qui-n-existe-pas": "",
}
RUN = """async ([only, part]) => {
  const found = await axe.run(part && document.querySelector(part) ? part : document, {
    resultTypes: ["violations"], ...(only ? { runOnly: { type: "rule", values: only } } : {}),
  });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map(
    (v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " +
      (n.any[0] ? n.any[0].message : "")).join(" | "));
}"""
#: What answers a change of width has been called, and its frame drawn.
SETTLED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
THEME = "(name) => document.documentElement.setAttribute('data-bs-theme', name)"


#: What makes a choice field of a page.
CHOICE_FIELD = re.compile(r"<select[^>]*\b(multiple|data-remote|data-search)\b")
#: Chooses the first row of each choice field of a page, then takes the focus away: how many were
#: chosen, and which buttons in sight have moved.
CHOOSE = """async () => {
  const drawn = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  const places = () => [...document.querySelectorAll("button, a.btn, summary")].map((node) => {
    const box = node.getBoundingClientRect();
    const seen = box.bottom > 0 && box.top < window.innerHeight;
    return { node, seen, at: [box.x, box.y, box.width, box.height] };
  });
  // A list that scrolls by less than a pixel takes no button from under a finger.
  const apart = (one, other) => one.some((side, n) => Math.abs(side - other[n]) > 1);
  const moved = [];
  let chosen = 0;
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  for (const field of [...document.querySelectorAll("select")].filter((s) => s.tomselect)) {
    const box = field.tomselect;
    const dialog = field.closest("dialog");
    if (dialog) { dialog.showModal(); }
    if (box.control.offsetParent && !box.isDisabled) {
      box.control.scrollIntoView({ block: "center" });
      box.focus();
      for (let n = 0; n < 40 && !box.dropdown.querySelector("[data-selectable]"); n += 1) {
        await new Promise((go) => setTimeout(go, 25));
      }
      const option = [...box.dropdown.querySelectorAll("[data-selectable]")].find(
        (node) => node.dataset.value !== "");
      if (option) {
        option.click();
        chosen += 1;
        await drawn();
        const before = places();
        box.blur();
        await drawn();
        const after = places();
        // What nobody sees is not clicked: above, a chart may still be coming.
        before.forEach(({ node, seen, at }, n) => {
          if (seen && apart(at, after[n].at)) {
            moved.push(`${field.name}: "${node.textContent.trim()}" ${at} -> ${after[n].at}`);
          }
        });
      }
    }
    if (dialog) { dialog.close(); }
  }
  return { chosen, moved };
}"""


@pytest.fixture(scope="module")
def site(sqlite_server):
    """The small demonstration, served."""
    town.build(sqlite_server)
    with served(sqlite_server.app) as address:
        yield address
    town.leave(sqlite_server)


def _look_at(page, address, whole, judged, part=None):
    """What is wrong with an open page, looked at light and dark, at the desk and on the phone.

    With ``part`` that part alone is judged: around it pages are alike; without ``judged`` nothing
    is, its heading and width are looked at.
    """
    wrong = []

    def judge(width, theme, only=None):
        found = page.evaluate(RUN, [only, part])
        wrong.extend(f"{address} ({width}, {theme}) {fault}" for fault in found)

    def measure(width):
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if (over := page.evaluate(wide)) > 0:
            wrong.append(f"{address} ({width}) {over} px too wide")

    if judged:
        page.evaluate(AXE.read_text(encoding="utf-8"))
    heads = page.locator("h1").count()
    if heads != 1:
        wrong.append(f"{address} {heads} h1")
    measure(1440)
    if whole:
        judge(1440, "light")
    page.evaluate(THEME, "dark")
    if whole:
        # The theme changes colours alone.
        judge(1440, "dark", ["color-contrast"])
    page.set_viewport_size(PHONE)
    page.evaluate(SETTLED)
    measure(390)
    if judged:
        judge(390, "dark")
    return wrong


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_page_at_both_widths_in_both_themes(site, sqlite_server, chromium, whole):
    """The quick round measures each page and judges every third, on the phone in the dark, every
    ninth with what is around it; ``--slow`` judges all of them, at the desk and in the light too.
    """
    listed = addresses_of(sqlite_server.app)
    todo = [(address, "") for addresses in listed.values() for address in addresses]
    todo += ALSO.items()
    seen = signed_in(chromium, site, town.EVERYTHING)
    wrong = []
    for count, (address, opening) in enumerate(todo):
        seen.page.set_viewport_size(DESK)
        answer = seen.open(address)
        if answer.status != (404 if "n-existe-pas" in address else 200):
            wrong.append(f"{address} answers {answer.status}: say in GIVEN what it is asked for")
            continue
        if opening:
            seen.page.evaluate(opening)
        around = whole or opening or count % 9 == 0
        judged = around or count % 3 == 0
        wrong += _look_at(seen.page, address, whole, judged, None if around else "main")
        wrong += [f"{address} {fault}" for fault in seen.faults]
        seen.faults.clear()
    seen.page.context.close()
    print(f"{len(todo)} pages")
    assert len(todo) > 120
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(
    ("size", "each"),
    [
        pytest.param(PHONE, 3, id="phone-a-third"),
        pytest.param(PHONE, 1, id="phone", marks=pytest.mark.slow),
        pytest.param(DESK, 1, id="desk", marks=pytest.mark.slow),
    ],
)
def test_no_button_moves_when_a_choice_field_loses_the_focus(
    site, sqlite_server, chromium, size, each
):
    """Between the press and the release of a click the focus is lost: the button must stay.

    Of the pages with a choice field by day every third, all of them with ``--slow``.
    """
    seen = signed_in(chromium, site, town.EVERYTHING, size)
    asking = seen.page.context.request
    wrong, met, pages, fields = [], 0, 0, 0
    for addresses in addresses_of(sqlite_server.app).values():
        for address in addresses:
            # The browser is slow: pages without a choice field are not opened.
            if not CHOICE_FIELD.search(asking.get(site + address).text()):
                continue
            met += 1
            if met % each:
                continue
            seen.open(address)
            found = seen.page.evaluate(CHOOSE)
            pages, fields = pages + 1, fields + found["chosen"]
            wrong += [f"{address} {fault}" for fault in found["moved"]]
    seen.page.context.close()
    assert fields > 100 // each and pages > 50 // each, (fields, pages)
    assert wrong == [], "\n".join(wrong)
