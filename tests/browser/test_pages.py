"""What depends on who looks: homes by role, sign-in; every page is in test_every_page.py."""

from pathlib import Path

import pytest

from tests.browser.conftest import DESK, PHONE

AXE = Path(__file__).resolve().parents[1] / "data" / "axe.min.js"
#: Who, and the pages that differ for them.
SEEN = (
    ("alice", ["/", "/workorderview/show/3", "/buildingview/show/1"]),
    ("bob", ["/", "/workorderview/list/"]),
    ("damien", ["/", "/workorderview/show/3", "/buildingview/show/1"]),
    ("admin", ["/"]),
    (None, ["/login/", "/verifier/"]),
)


@pytest.mark.parametrize(
    "size", [pytest.param(DESK, marks=pytest.mark.slow), PHONE], ids=["desk", "phone"]
)
def test_pages_fit_and_obey_the_policy(look, size):
    wrong = []
    for who, paths in SEEN:
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
def test_no_page_has_a_serious_fault_of_accessibility(look, size, theme):
    source = AXE.read_text(encoding="utf-8")
    wrong = []
    for who, paths in SEEN:
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
