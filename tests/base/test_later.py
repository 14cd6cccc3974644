"""What a start leaves for later: schemas of resources, builders of addresses, words."""

from __future__ import annotations

import threading
import time

from werkzeug.routing import Map, Rule

from base.application import LateRule
from base.basics.i18n import _, _l, language, speaking
from base.face.api.schemas import Later, Schemas


class Resource:
    """What ``Later`` needs of a resource; making its schemas takes a while."""

    one, other = Later(), Later()

    def __init__(self):
        self.schemas = Schemas()
        self.begun = threading.Event()
        self.times = 0

    def make_schemas(self):
        self.times += 1
        self.one = "raw"
        self.begun.set()
        time.sleep(0.05)  # long enough for the other thread to ask meanwhile
        self.one = f"{self.one}, changed"
        self.other = "made"


def test_whoever_asks_while_schemas_are_made_gets_whole_ones():
    resource = Resource()
    assert resource.one is None and Resource.one is None, "FAB looks before the resource stands"
    resource.schemas.wanted = True
    found = []
    first = threading.Thread(target=lambda: found.append(resource.other))
    first.start()
    assert resource.begun.wait(5)
    assert resource.one == "raw, changed"
    first.join()
    assert found == ["made"] and resource.times == 1


def test_schemas_that_failed_are_tried_again():
    resource = Resource()
    resource.schemas.wanted = True
    resource.make_schemas, made = None, resource.make_schemas
    try:
        resource.one  # noqa: B018 - asking makes it
    except TypeError:
        resource.make_schemas = made
    assert resource.one == "raw, changed"


def test_addresses_are_those_that_werkzeug_builds():
    patterns = ["/", "/a/<int:n>", "/b/<path:p>/c", "/d/<string(maxlength=3):s>"]
    given = [{}, {"n": 3, "q": "é&"}, {"p": "x/ÿ y"}, {"s": "ab", "more": [1, 2]}]
    told = []
    for kind in (Rule, LateRule):
        adapter = Map([kind(p, endpoint=p) for p in patterns]).bind("localhost")
        pairs = list(zip(patterns, given, strict=True))
        told.append(
            [adapter.build(p, v, append_unknown=u) for p, v in pairs for u in (True, False)]
        )
        told[-1] += [adapter.build(p, v) for p, v in pairs]  # built a second time
    assert told[0] == told[1]


def test_a_text_of_a_declaration_has_no_marks_of_fab(sqlite_app):
    said = _l("Bien : %(name)s", name="Pompe")
    assert not hasattr(said, "_urls") and not hasattr(said, "__deepcopy__")
    with sqlite_app.app_context():
        assert str(said) == "Bien\u00a0: Pompe" and said.upper() == "BIEN\u00a0: POMPE"
    with (
        sqlite_app.app_context(),
        sqlite_app.test_request_context("/", headers={"Accept-Language": "en"}),
    ):
        assert language() == "en" and _("Enregistrer") == "Save"
        with speaking("fr"):
            assert language() == "fr" and _("Enregistrer") == "Enregistrer"
            with speaking("en"):
                assert str(_l("Enregistrer")) == "Save"
            assert language() == "fr"
        assert language() == "en" and str(_l("Enregistrer")) == "Save"
