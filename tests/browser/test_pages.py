"""Every page at both widths and in both themes: nothing refused, cut off or unnamed."""

from pathlib import Path

import pytest

from tests.browser.conftest import DESK, PHONE

AXE = Path(__file__).resolve().parents[1] / "data" / "axe.min.js"
ALICE = [
    "/",
    "/workorderview/list/",
    "/workorderview/show/3",
    "/workorderview/add",
    "/workorderview/edit/1",
    "/servicerequestview/list/",
    "/buildingview/show/1",
    "/assetview/list/",
    "/carte/",
    "/partnerview/list/",
    "/partnerview/show/1",
    "/partnerview/add",
    "/imports/",
    "/imports/new/assets",
    "/traitements/",
    "/rapports/",
    "/rapports/cost",
    "/deliverypointview/list/",
    "/compte/",
    "/recherche?q=mairie",
    "/scanner",
    "/une-page-qui-n-existe-pas",
]
ADMIN = ["/users/list/", "/roles/list/", "/entityview/list/"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_fit_and_obey_the_policy(look, size):
    wrong = []
    for who, paths in (("alice", ALICE), ("admin", ADMIN), (None, ["/login/"])):
        seen = look(who, size)
        for path in paths:
            answer = seen.open(path)
            if answer.status >= 500:
                wrong.append(f"{path}: {answer.status}")
            if seen.overflow() > 0:
                wrong.append(f"{path}: {seen.overflow()} px too wide")
            if seen.page.locator("h1").count() != 1:
                wrong.append(f"{path}: {seen.page.locator('h1').count()} h1")
        wrong += [f"{who}: {fault}" for fault in seen.faults]
    assert wrong == []


@pytest.mark.parametrize(
    ("size", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_no_page_has_a_serious_fault_of_accessibility(look, size, theme):
    source = AXE.read_text(encoding="utf-8")
    wrong = []
    # The desk sees every page; the phone in the dark one of each sort.
    some = ALICE if size == DESK else [*ALICE[:4], "/assetview/list/", "/imports/"]
    for who, paths in (("alice", some), ("admin", ADMIN), (None, ["/login/"])):
        seen = look(who, size, color_scheme=theme)
        for path in paths:
            seen.open(path)
            seen.page.evaluate(source)
            found = seen.page.evaluate(
                "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
                ".filter(v => ['serious', 'critical'].includes(v.impact))"
                ".map(v => v.id + ' ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' '"
                " + (n.any[0] ? n.any[0].message : '')).join(' | ')))"
            )
            wrong += [f"{path}: {fault}" for fault in found]
    assert wrong == []
