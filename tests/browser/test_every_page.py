"""Every page there is, at both widths and in both themes, on the small demonstration (T25).

A page is opened once: the theme is its attribute, the width that of the window. Which addresses are
pages is asked of the application, so that a new screen is looked at without a line here.
"""

from __future__ import annotations

import pathlib
from collections import defaultdict

import pytest
from sqlalchemy import func, inspect, select

from tests.browser import town
from tests.browser.conftest import DESK, PHONE, served, signed_in
from tests.sweeps import fill, model_of

AXE = pathlib.Path(__file__).resolve().parents[1] / "data" / "axe.min.js"
#: What an address needs beyond a row: endpoint -> addresses.
GIVEN = {
    "CatalogueView.lines": ["/rapports/cost/ecritures"],
    "CatalogueView.report": [
        "/rapports/cost?start=2026-01-01&end=2026-12-31",
        "/rapports/traceability",
    ],
    "HomeView.search": ["/recherche?q=mairie"],
    "ImportView.new": ["/imports/new/assets"],
    "RoleView.compare": ["/roles/compare?a=Admin&b=Tout", "/roles/compare?a=Admin&b=Tout&all=1"],
    "RoleView.show": ["/roles/show/Admin"],
}
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
RUN = """async (only) => {
  const found = await axe.run(document, {
    resultTypes: ["violations"], ...(only ? { runOnly: { type: "rule", values: only } } : {}),
  });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map(
    (v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " +
      (n.any[0] ? n.any[0].message : "")).join(" | "));
}"""
#: What answers a change of width has been called, and its frame drawn.
SETTLED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
THEME = "(name) => document.documentElement.setAttribute('data-bs-theme', name)"


@pytest.fixture(scope="module")
def site(sqlite_server):
    """The small demonstration, served."""
    town.build(sqlite_server)
    with served(sqlite_server.app) as address:
        yield address
    town.leave(sqlite_server)


def _row(session, model):
    """The first row of a model."""
    return session.core(select(func.min(*inspect(model).local_table.primary_key))).scalar()


#: Addresses that are no pages: files, choices, parts of pages.
NO_PAGE = (
    ".static",
    ".choices",
    ".export",
    ".progress",
    ".standing",
    ".document",
    ".download",
    ".sheet",
    ".shapes",
    ".days",
    ".curve",
    ".people",
    ".errors",
    ".source",
    ".pick",
    ".stock",
    ".tile",
)
#: Addresses that lead elsewhere, or have nothing to show in the demonstration.
ELSEWHERE = {
    "AccountView.link",
    "AuthDBView.login",
    "CatalogueView.cost_of",
    "CatalogueView.evidence_of",
    "CatalogueView.traceability_of",
    "ImportView.columns",
    "UtilView.back",
    "health",
    "ready",
}


def _addresses(app):
    """Endpoint -> the addresses that a person may read there."""
    from base.rules.rights.actors import system_session
    from base.store.database import Model

    models = {m.class_.__name__: m.class_ for m in Model.registry.mappers}
    with app.app_context(), system_session("tests", readonly=True) as session:
        rows = {name: _row(session, model) for name, model in models.items()}
        tag = session.scalar(select(models["Tag"].token))
        code = session.scalar(select(models["ReportRun"].verification_code))
        follow = session.scalar(select(models["TagReport"].follow_token))
    found = defaultdict(list)
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        name = rule.endpoint
        if "GET" not in rule.methods or rule.rule.startswith("/api/"):
            continue
        if name == "static" or name in ELSEWHERE or name.endswith(NO_PAGE):
            continue
        if name in GIVEN:
            found[name] = GIVEN[name]
            continue
        pk = rows.get(model_of(app, name) or "") or 1
        token = follow if name.startswith("FollowView") else tag
        found[name].append(fill(rule, pk, token=token, code=code))
    return found


def _look_at(page, address, whole):
    """What is wrong with an open page, looked at light and dark, at the desk and on the phone."""
    wrong = []

    def judge(width, theme, only=None):
        found = page.evaluate(RUN, only)
        wrong.extend(f"{address} ({width}, {theme}) {fault}" for fault in found)

    def measure(width):
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if (over := page.evaluate(wide)) > 0:
            wrong.append(f"{address} ({width}) {over} px too wide")

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
    judge(390, "dark")
    return wrong


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_page_at_both_widths_in_both_themes(site, sqlite_server, chromium, whole):
    """The quick round judges the phone in the dark; ``--slow`` the desk and all contrasts too."""
    listed = _addresses(sqlite_server.app)
    todo = [(address, "") for addresses in listed.values() for address in addresses]
    todo += ALSO.items()
    seen = signed_in(chromium, site, town.EVERYTHING)
    wrong = []
    for address, opening in todo:
        seen.page.set_viewport_size(DESK)
        answer = seen.open(address)
        if answer.status != (404 if "n-existe-pas" in address else 200):
            wrong.append(f"{address} answers {answer.status}: say in GIVEN what it is asked for")
            continue
        if opening:
            seen.page.evaluate(opening)
        wrong += _look_at(seen.page, address, whole)
        wrong += [f"{address} {fault}" for fault in seen.faults]
        seen.faults.clear()
    seen.page.context.close()
    print(f"{len(todo)} pages")
    assert len(todo) > 120
    assert wrong == [], "\n".join(wrong)
