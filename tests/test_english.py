"""No French is left on any page for somebody who reads English."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from base.basics.catalogues import read
from base.rules.modules.loading import discover
from tests.sweeps import World, fill, model_of

#: What people read beside the text of the elements.
SHOWN = re.compile(r"title|alt|placeholder|aria-(?:label|valuetext|description)|data-\w+")
#: What a page of English words never has; the register's own words are left out before.
FRENCH = re.compile(
    r"[éèêëàâçùûîôœÉÈÀÇ«»]|\bn°|\b(?:le|la|les|des|du|une|est|et|au|aux|pour|avec|dans|sur|par"
    r"|ce|cette|ces|sans|vous|votre|vos|pas|plus|aucune?|HT|TTC|TVA|oui|non|jours?|mois|biens?)\b"
)
#: What scripts get beside words: names of columns, addresses.
CODE = re.compile(r"[a-z0-9_.,:;=&?/{}-]*")
#: Nothing for people to read there.
LEFT_OUT = ("/static", "/health", "/ready", "/metrics", "/lang", "/api/v1/openapi", "/imports/")
#: Sent empty, these would end the walk itself.
NOT_SENT = ("/api/", "/logout", "/compte/")


class Words(HTMLParser):
    """The texts of a page, and the words it hands to its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._deaf = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("script", "style") and given.get("type") != "application/json":
            self._deaf = tag
        if given.get("lang") == "fr":
            self._deaf = tag
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given.get("value") or "")
        self.texts += [
            value
            for name, value in attrs
            if value
            and SHOWN.fullmatch(name)
            and not (name.startswith("data-") and CODE.fullmatch(value))
        ]

    def handle_endtag(self, tag):
        if tag == self._deaf:
            self._deaf = ""

    def handle_data(self, data):
        if not self._deaf and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    made.browser.post("/lang/en", data={"csrf_token": made.csrf})
    yield made
    made.close()


@pytest.fixture(scope="module")
def french():
    """The sentences that English says otherwise."""
    told = read([manifest.path / "i18n" for manifest in discover()], "en")
    english = {words for words in told.values() if isinstance(words, str)}
    return {
        source for source, words in told.items() if isinstance(source, str) and source != words
    } - english


@pytest.fixture(scope="module")
def data(world):
    """What people wrote and may rename: it stays as they wrote it."""
    from base.desk.accounts.preferences import places
    from base.rules.rights.actors import system_session
    from base.store.models import Entity
    from patrimoine.models import Category

    with world.app.app_context(), system_session("test", readonly=True) as session:
        columns = (Category.name, Category.code, Entity.name)
        names = {name for column in columns for name in session.scalars(select(column))}
    # The entity's first name is in its history; "pièce" is the unit a new item starts with.
    own = {"Collectivité", "pièce", "Français", "Ouvrage"}
    return names | {place for _zone, place in places("en")} | own


def _left(answer, french, data):
    """The French texts of an answer."""
    if "html" not in answer.content_type:
        return []
    page = Words()
    page.feed(answer.get_data(as_text=True))
    found = []
    for text in page.texts:
        # A choice of categories says the kind before the name.
        if text in data or text.rpartition(" · ")[2] in data:
            continue
        if text in french or FRENCH.search(text):
            found.append(text[:120])
    return found


def test_no_page_says_a_french_word(world, french, data):
    wrong, seen = [], 0
    for method, rule in world.rules():
        if method != "GET" or rule.rule.startswith(LEFT_OUT):
            continue
        model = model_of(world.app, rule.endpoint) if {"pk", "key"} & rule.arguments else None
        path = fill(rule, world.ours.get(model, 1), token="none")
        answer = world.call("GET", path)
        assert answer.status_code < 500, path
        seen += "html" in answer.content_type
        wrong += [f"{path}: {text}" for text in _left(answer, french, data)]
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(sorted(set(wrong))[:60])
    assert seen > 100, "hardly any page was read"


def test_every_display_of_a_list_is_in_english(world, french, data):
    wrong = []
    for view in world.screens():
        asked = ["?q=nothing-has-this&f.nothing.eq=1"]
        if view.board is not None:
            asked.append("?display=board")
        if view.calendar is not None:
            asked += ["?display=calendar", "?display=calendar&period=week"]
        asked += [f"?group={name}" for name in view.groupable()[:1]]
        for question in asked:
            answer = world.call("GET", f"{view.route_base}/list/{question}")
            assert answer.status_code < 500, (view.endpoint, question)
            wrong += [f"{view.endpoint}{question}: {t}" for t in _left(answer, french, data)]
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(sorted(set(wrong))[:60])


def test_what_is_refused_is_refused_in_english(world, french, data):
    """An empty form, sent to every address that takes one."""
    wrong, refused = [], 0
    for method, rule in world.rules():
        if method != "POST" or rule.rule.startswith((*LEFT_OUT, *NOT_SENT)):
            continue
        model = model_of(world.app, rule.endpoint) if {"pk", "key"} & rule.arguments else None
        answer = world.call("POST", fill(rule, world.ours.get(model, 1), token="none"))
        assert answer.status_code < 500, rule.rule
        refused += answer.status_code >= 400
        wrong += [f"{rule.rule}: {text}" for text in _left(answer, french, data)]
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(sorted(set(wrong))[:60])
    assert refused > 20


def test_a_record_that_others_hold_is_kept_and_says_so(world):
    with world.app.app_context():
        from base.rules.rights.actors import system_session
        from patrimoine.models import Category

        with system_session("test", readonly=True) as session:
            # The kinds of buildings hang below the first of them.
            kept = session.scalars(select(Category.parent_id).where(Category.parent_id > 0)).first()
    answer = world.call("POST", f"/categoryview/delete/{kept}")
    assert answer.status_code == 302 and answer.headers["Location"].endswith(f"/show/{kept}")
    page = world.call("GET", answer.headers["Location"])
    assert "cannot be deleted" in page.get_data(as_text=True)
