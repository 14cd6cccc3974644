"""Pages opened after a scan look with their small style sheet as they would with all of them."""

from __future__ import annotations

import contextvars

import pytest

from tests.browser.conftest import PHONE
from tests.browser.test_light import PLAIN, _swing
from tests.browser.test_taps import _tagged

FULL = (
    "/static/vendor/tabler/tabler.min.css",
    "/static/vendor/tom-select/tom-select.min.css",
    "/static/ouvrage.css",
    "/static-patrimoine/patrimoine/public.css",
    "/static-interventions/interventions/interventions.css",
)
#: Every property of every element that is seen. What is hidden takes no room and has no look.
MEASURE = """() => [...document.querySelectorAll('body, body *')].filter((one) =>
    one.checkVisibility() && !one.closest('symbol, defs')).map((one) => {
  const css = getComputedStyle(one);
  const found = {is: one.tagName + ' ' + (one.className.baseVal ?? one.className)};
  for (const name of css) if (!name.startsWith('--')) found[name] = css.getPropertyValue(name);
  return found;
})"""
LIGHT = "document.querySelector('link[href*=\"light.css\"]')"


def _tags(app):
    """A tag of each sort, by its name: the tokens."""
    from base.basics import clock
    from base.rules.rights.actors import system_session
    from patrimoine import services
    from patrimoine.services import tags
    from tests.factories import interventions as make

    found = {"school": _tagged(app), "swing": _swing(app), "unknown": "ZZZZ-ZZZZ-ZZZZ"}
    with app.app_context(), system_session("tests") as session:
        at = clock.now()
        gone = make.building(session, 1, name="Ancien lavoir")
        kept = tags.issue_tag(session, gone, at=at)
        services.archive(session, gone)
        lost = tags.issue_tag(session, make.building(session, 1, name="Halle"), at=at)
        tags.revoke_tag(session, lost, at=at)
        blank = tags.issue_blank_tags(session, entity_id=1, count=1, at=at)[0]
        return found | {"archived": kept.token, "revoked": lost.token, "blank": blank.token}


@pytest.fixture(scope="module")
def tags(sqlite_server, site):
    return contextvars.Context().run(_tags, sqlite_server.app)


def _differences(light, full):
    assert [one["is"] for one in light] == [one["is"] for one in full]
    return [
        f"{one['is']}: {name} {one[name]} / {other[name]}"
        for one, other in zip(light, full, strict=True)
        for name in one
        if one[name] != other[name]
    ]


@pytest.mark.parametrize("who", [None, "bob", pytest.param("damien", marks=pytest.mark.slow)])
@pytest.mark.parametrize("which", ["school", "swing", "archived", "revoked", "unknown", "blank"])
def test_nothing_that_is_seen_lacks_a_rule(look, tags, who, which):
    seen = look(who, PHONE, bypass_csp=True)
    seen.open(f"/t/{tags[which]}")
    # An agent has the bar at the foot, whichever sheet the page has; nobody else it leads.
    if who == "bob" and which in ("school", "swing", "archived", "blank"):
        assert seen.page.locator("nav.ov-ph-nav").evaluate(
            "one => getComputedStyle(one).display"
        ) == ("grid")
    assert seen.overflow() <= 0
    if not seen.page.evaluate(f"!!{LIGHT}"):
        # What is rarely opened, or not on an asset, has the sheets of all pages.
        assert which in ("revoked", "unknown", "blank", "archived")
        assert seen.page.locator('link[href*="ouvrage.css"]').count() == 1
        return
    seen.page.add_style_tag(content=PLAIN)
    light = seen.page.evaluate(MEASURE)
    seen.page.evaluate(f"{LIGHT}.disabled = true")
    for path in FULL:
        seen.page.add_style_tag(url=seen.site + path)
    seen.page.add_style_tag(content=PLAIN)
    assert _differences(light, seen.page.evaluate(MEASURE)) == []
