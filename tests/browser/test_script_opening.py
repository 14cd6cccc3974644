"""A document that was asked for opens by itself when it is ready, once, and for whoever asked."""

import pytest

from tests.browser.alone import SITE, Alone

READY = '<main><a id="doc" data-opens href="/document/7">Ouvrir le document PDF</a></main>'
WAITING = "<main><p>En cours</p></main>"
SCRIPTS = ("loading.js", "fields.js", "ouvrage.js")


@pytest.fixture
def alone(chromium):
    made = Alone(chromium)
    yield made
    made.context.close()
    assert made.faults == []


def asked(alone, markup):
    """The page of a run, as it comes after the report was asked for."""
    page = alone.show(markup, *SCRIPTS, path="/rapport/7")
    page.goto(SITE + "/ailleurs")
    page.goto(SITE + "/rapport/7#ouvrir")
    return page


def test_a_ready_document_opens_by_itself_and_only_once(alone):
    page = asked(alone, READY)
    page.wait_for_url(SITE + "/document/7")
    page.go_back()
    page.wait_for_url(SITE + "/rapport/7")
    page.reload()
    page.wait_for_timeout(200)
    assert page.url == SITE + "/rapport/7"


def test_it_opens_when_the_page_has_waited_for_it(alone):
    page = asked(alone, WAITING)
    assert page.url == SITE + "/rapport/7"
    alone.pages["/rapport/7"] = alone.pages["/rapport/7"].replace(WAITING, READY)
    page.reload()
    page.wait_for_url(SITE + "/document/7")


def test_whoever_comes_to_its_page_later_is_left_alone(alone):
    page = alone.show(READY, *SCRIPTS, path="/rapport/7")
    page.wait_for_timeout(200)
    assert page.url == SITE + "/rapport/7"
