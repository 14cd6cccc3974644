"""REST lists: counts that are true, pages by key, filters that mean what they say."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import prison
import pytest
from sqlalchemy import inspect

from base.rules.rights.actors import system_session
from base.store.models import Partner

NAMES = ["50% laine", "50 laine", "a_b", "axb", "c\\d", "cd", "Éclair", "plain"]


def q(**asked):
    return {"q": json.dumps(asked)}


@pytest.fixture
def partners(app):
    with system_session("test") as session:
        session.add_all(
            Partner(entity_id=1, code=f"P{n}", name=name, phone=None if n % 2 else f"0{n}")
            for n, name in enumerate(NAMES)
        )
    return app


def names(alice, opr, value):
    asked = q(filters=[{"col": "name", "opr": opr, "value": value}], order_column="id")
    answer = alice("GET", "/api/v1/partner/", query_string=asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return {row["name"] for row in answer.get_json()["result"]}


def test_percent_underscore_and_backslash_are_letters_in_every_filter(partners, api_of):
    alice = api_of("alice")
    every = set(NAMES)
    for opr, fits in (
        ("ct", lambda name, part: part in name),
        ("sw", lambda name, part: name.startswith(part)),
        ("ew", lambda name, part: name.endswith(part)),
    ):
        for part in ("%", "_", "\\", "50%", "a_b", "c\\d", "% laine", "_b", "\\d", "/", "la"):
            expected = {name for name in NAMES if fits(name, part)}
            assert names(alice, opr, part) == expected, (opr, part)
            assert names(alice, f"n{opr}", part) == every - expected, (f"n{opr}", part)


@pytest.mark.parametrize("words, found", [("%", "50% laine"), ("_", "a_b"), ("\\", "c\\d")])
def test_they_are_letters_on_screens_too(partners, client_of, words, found):
    alice = client_of("alice")
    page = alice.get("/partnerview/list/", query_string={"f.name.has": words})
    shown = {name for name in NAMES if f">{name}<" in page.get_data(as_text=True)}
    assert shown == {found}


def walked(call, path):
    """Every id of a list, by following ``next``."""
    found, steps = [], 0
    while path is not None:
        answer = call("GET", path)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True))
        page = answer.get_json()
        found += page["ids"]
        path, steps = page["next"], steps + 1
        assert steps < 1000
    return found


def test_a_walk_by_next_gives_every_row_once_while_rows_are_added(app, api_of):
    with system_session("test") as session:
        session.add_all(
            Partner(entity_id=1, code=f"W{n:05d}", name=f"Nom {n % 7}", phone=str(n))
            for n in range(450)
        )
    alice = api_of("alice")
    everything = set(walked(alice, "/api/v1/partner/?q=(page_size:100)"))
    assert len(everything) == 450
    for question in (
        "(page_size:70)",
        "(page_size:70,order_column:name)",
        "(page_size:70,order_column:name,order_direction:desc)",
        "(page_size:70,order_column:id,order_direction:desc)",
    ):
        found, path, added = [], f"/api/v1/partner/?q={question}", 0
        while path is not None:
            page = alice("GET", path).get_json()
            found += page["ids"]
            path = page["next"]
            body = {"code": f"N{question}{added}"[:32], "name": f"Nom {added}"}
            assert alice("POST", "/api/v1/partner/", json=body).status_code in (201, 422)
            added += 1
        assert len(found) == len(set(found)), question
        assert everything <= set(found), question


def test_pages_and_next_agree_in_every_order_with_empty_values(app, api_of):
    """Interventions have empty planned days; parts of the list with and without them join."""
    from tests.factories import rows

    with system_session("test") as session:
        from interventions.models import WorkOrder

        base = rows.make(session, WorkOrder, 1, "Premier")
        from datetime import date

        for n in range(23):
            made = rows.make(session, WorkOrder, 1, f"Suivant{n}")
            made.planned_on = date(2026, 1, 1 + n % 5) if n % 2 else None
        assert base.id
    alice, orders = api_of("alice"), "/api/v1/work_order/"
    for column in ("planned_on", "id", "number", "state"):
        for direction in ("asc", "desc"):
            question = f"(page_size:4,order_column:{column},order_direction:{direction}"
            by_key = walked(alice, f"/api/v1/work_order/?q={question})")
            by_page = [
                i
                for n in range(7)
                for i in alice("GET", f"{orders}?q={question},page:{n})").get_json()["ids"]
            ]
            assert by_key == by_page and len(set(by_key)) == 24, (column, direction)


def test_counts_are_exact_or_say_that_they_are_not(app, api_of, monkeypatch):
    with system_session("test") as session:
        session.add_all(Partner(entity_id=1, code=f"C{n}", name="x") for n in range(12_345))
    alice = api_of("alice")
    said = alice("GET", "/api/v1/partner/").get_json()
    assert (said["count"], said["count_is_exact"]) == (12_345, True)
    said = alice("GET", "/api/v1/trail/").get_json()
    assert said["count"] >= 12_345 and said["count_is_exact"] is True
    assert said["page_size"] == 50 and len(said["ids"]) == 50
    monkeypatch.setattr("base.face.api.listing.FAR", 1000)
    said = alice("GET", "/api/v1/partner/").get_json()
    assert (said["count"], said["count_is_exact"]) == (1000, False)


def test_pages_say_where_they_end(app, api_of):
    alice = api_of("alice")
    for asked, field in (
        ({"page": 1000, "page_size": 100}, "page"),
        ({"page": -1}, "page"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"after": "rien"}, "after"),
        ({"after": "WyJpZCIsMSwiYSJd"}, "after"),
        ({"page": 10**30}, "page"),
    ):
        for path in ("/api/v1/partner/", "/api/v1/trail/", "/api/v1/reading/"):
            answer = alice("GET", path, query_string=q(**asked))
            assert answer.status_code == 422, (path, asked, answer.status_code)
            assert field in answer.get_json()["errors"]
    big = alice("GET", "/api/v1/partner/", query_string=q(page_size=10**9)).get_json()
    assert big["page_size"] == 100


HOSTILE_QUESTIONS = [
    "(",
    "!(",
    "((((",
    ")",
    "'",
    "!n",
    "1",
    "!t",
    "abc",
    "%",
    "\x00",
    "{",
    '{"a":',
    "[]",
    "{}",
    "(page:zz)",
    "(page:1.5)",
    "(page:!t)",
    "(page:-1)",
    "(page_size:0)",
    "(page:99999999999999999)",
    "(order_column:rien)",
    "(order_column:1)",
    "(order_column:!n)",
    "(order_direction:zz)",
    "(order_column:id,order_direction:'; drop')",
    "(inconnu:1)",
    "(columns:!(rien))",
    "(columns:1)",
    "(columns:!(1))",
    "(filters:1)",
    "(filters:!(1))",
    "(filters:!((col:id)))",
    "(filters:!((col:rien,opr:eq,value:1)))",
    "(filters:!((col:id,opr:rien,value:1)))",
    "(filters:!((col:!(),opr:eq,value:1)))",
    "(filters:!((col:id,opr:!(),value:1)))",
    "(after:'')",
    "(after:zzzz)",
    "(after:1)",
    '{"page":1e400}',
    '{"page":NaN}',
    "(keys:!(1))",
    "(select_columns:!(password))",
    "(filters:!((col:id,opr:eq,value:(a:b))))",
]
VALUES = [
    1,
    0,
    -1,
    1.5,
    2**70,
    -(2**70),
    True,
    False,
    None,
    "",
    "x",
    "%",
    "'",
    "2026-13-45",
    "1e999",
    "NaN",
    "\x00",
    "\ud800",
    "x" * 5000,
    [],
    [1],
    [[1]],
    {},
    {"a": 1},
    [None],
    "2026-01-01",
    "2026-01-01T00:00:00+99:99",
]


def api_list(app):
    from base.face.api import ModuleApi

    return [v for v in app.appbuilder.baseviews if isinstance(v, ModuleApi)]


def test_hostile_questions_are_answered_with_a_sentence_by_every_resource(app, api_of):
    call, wrong = api_of("admin"), []
    paths = [f"/api/v1/{api.resource_name}/" for api in api_list(app)] + ["/api/v1/reading/"]
    for path in paths:
        # The list of all; the other two routes of one.
        for place in (path, f"{path}_info", f"{path}1")[: 3 if "partner" in path else 1]:
            whole = place != path or path.split("/")[3] in ("partner", "trail", "reading", "asset")
            for text in HOSTILE_QUESTIONS if whole else HOSTILE_QUESTIONS[::9]:
                answer = call("GET", place, query_string={"q": text})
                said = answer.get_json(silent=True) or {}
                fine = answer.status_code == 200 or said.get("message")
                if answer.status_code >= 500 or not fine:
                    wrong.append(f"{place} {text!r} -> {answer.status_code}")
                if place == path and answer.status_code == 200 and text not in ("{}",):
                    wrong.append(f"{place} {text!r} was taken")
    assert not wrong, "\n".join(wrong[:40])


def test_hostile_values_of_every_filter_are_never_a_fault(app, api_of):
    """What is not of the column's nature is refused; the database takes all that is not."""
    from base.face.api.questions import Unreadable, checked_filter

    call, wrong, tried, seen = api_of("admin"), [], 0, set()
    for api in api_list(app):
        for column, operators in api._operators.items():
            column_of = inspect(api.datamodel.obj).column_attrs.get(column)
            nature = repr(column_of.columns[0].type) if column_of is not None else column
            for operator in sorted(operators):
                if (nature, operator) in seen:
                    continue  # the database has seen it compared
                seen.add((nature, operator))
                taken = []
                for value in VALUES:
                    asked = {"col": column, "opr": operator, "value": value}
                    tried += 1
                    try:
                        checked_filter(api.datamodel, asked, api._operators)
                        taken.append(asked)
                    except Unreadable as refusal:
                        assert refusal.status == 400 and str(refusal)
                path = f"/api/v1/{api.resource_name}/"
                answer = call("GET", path, query_string=q(filters=taken))
                if answer.status_code != 200:
                    wrong.append(f"{path} {column} {operator} -> {answer.status_code}")
    assert not wrong, f"{len(wrong)} of {tried}\n" + "\n".join(wrong[:40])
    asked = q(filters=[{"col": "id", "opr": "eq", "value": "x"}])
    assert call("GET", "/api/v1/partner/", query_string=asked).status_code == 400


def test_every_order_of_every_resource_walks(app, api_of):
    call = api_of("admin")
    for api in api_list(app):
        for column in api.order_columns:
            for direction in ("asc", "desc"):
                asked = q(order_column=column, order_direction=direction, page_size=1)
                answer = call("GET", f"/api/v1/{api.resource_name}/", query_string=asked)
                assert answer.status_code == 200, (api.resource_name, column)
                if following := answer.get_json()["next"]:
                    second = call("GET", following)
                    assert second.status_code == 200, (following, second.get_data(as_text=True))
                    assert second.get_json()["ids"] != answer.get_json()["ids"]


def test_next_is_the_same_question(app, api_of):
    with system_session("test") as session:
        session.add_all(Partner(entity_id=1, code=f"C{n}", name="à (x)'!") for n in range(7))
        session.add(Partner(entity_id=1, code="autre", name="b"))
    call = api_of("alice")
    asked = {
        "filters": [{"col": "name", "opr": "eq", "value": "à (x)'!"}],
        "page_size": 3,
        "columns": ["id", "code"],
    }
    answer = call("GET", "/api/v1/partner/", query_string=q(**asked)).get_json()
    kept = prison.loads(parse_qs(urlsplit(answer["next"]).query)["q"][0])
    assert kept.pop("after") and kept == asked
    assert len(walked(call, "/api/v1/partner/?q=" + prison.dumps(asked))) == 7


def test_a_relation_that_does_not_exist_is_not_the_empty_one(app, api_of):
    """``parent`` of an id that is nowhere: nothing, and not the assets at the top."""
    from tests.factories import rows

    with system_session("test") as session:
        from patrimoine.models import Building

        rows.make(session, Building, 1, "Haut")
    call = api_of("alice")
    assert call("GET", "/api/v1/building/").get_json()["count"] > 0
    asked = q(filters=[{"col": "parent", "opr": "rel_o_m", "value": 987654}])
    assert call("GET", "/api/v1/building/", query_string=asked).get_json()["count"] == 0
    assert inspect(Building).relationships["parent"]
