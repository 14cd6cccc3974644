"""Every route, as everybody: odd ids, odd questions, odd bodies; nothing fails, nothing leaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.security.site import PEOPLE, Site, faults, some
from tests.sweeps import fill, model_of

#: Ids that are none.
ODD_IDS = [
    str(2**63),
    str(2**63 - 1),
    str(2**64),
    str(10**40),
    "-1",
    "0",
    "1e3",
    "1.5",
    "%D9%A3",
    "%00",
    "1%00",
    "null",
    "../1",
    "1;drop",
    "%F0%9F%98%80",
    "%ff",
]
DEEP = [n for n in (30, 31, 32, 33, 200, 3000)]
#: Questions that are none.
ODD_QUESTIONS = [
    *("(" * n for n in DEEP),
    *("(" * n + ")" * n for n in DEEP),
    *("!(" * n + ")" * n for n in DEEP),
    *("(a:" * n + "1" + ")" * n for n in DEEP),
    *("[" * n + "]" * n for n in DEEP),
    *('{"a":' * n + "1" + "}" * n for n in DEEP),
    "(filters:!((col:id,opr:eq,value:9223372036854775808)))",
    "(filters:!((col:id,opr:in,value:!(9223372036854775808))))",
    "(filters:!((col:id,opr:eq,value:'1 OR 1=1')))",
    "(filters:!((col:__class__,opr:eq,value:1)))",
    "(filters:!((col:id,opr:eq,value:(a:1))))",
    "(page:99999999999999999999)",
    "(page:-1)",
    "(page_size:0)",
    "(page_size:1e9)",
    "(order_column:password,order_direction:asc)",
    "(order_column:id,order_direction:'asc; drop')",
    "(columns:!(__dict__))",
    "(after:'AAAA')",
    "(after:'%00')",
    "'",
    "!",
    "\x00",
    "\ud800",
    '{"filters":null}',
    "null",
    "[1]",
    "((((",
]
#: Bodies that are none.
ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"1",
    b"{",
    b"\xff\xfe",
    b"\x00",
    b'{"a": NaN}',
    b'{"name": "a\\u0000b"}',
    b'{"name": "\\ud800"}',
    b'{"name": 1e400}',
    b'{"name": {"a": 1}}',
    b'{"id": 1, "entity_id": 99}',
    b'{"__class__": "x"}',
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"name": "' + b"x" * 200_000 + b'"}',
    b'{"asset_id": 9223372036854775808}',
    b'{"asset_id": -1}',
    b'{"asset_id": "1"}',
    b'{"asset_id": [1]}',
    b'{"asset_id": 1.5}',
    b'{"asset_id": true}',
]


#: Resources that read no question.
UNASKED = frozenset({"OpenApi.get", "CommandApi.get"})


def _rules(site: Site) -> Iterator[tuple[str, Any]]:
    for rule in sorted(site.app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        if rule.endpoint.startswith("static") or rule.rule == "/ready":
            continue  # what a balancer asks may say that no worker runs here
        if "logout" in rule.rule or "fermer" in rule.rule:
            continue
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule


def _path(site: Site, rule: Any, pk: str) -> str:
    """The address of a rule with an odd id, whatever its converter wants."""
    return fill(rule, pk, key=f"{pk}:2026-01-01T00:00:00Z", line=pk)


@pytest.mark.parametrize("person", PEOPLE)
def test_every_route_as_everybody_with_a_row_of_another_authority(
    site: Site, person: str | None
) -> None:
    wrong, tried = [], 0
    for method, rule in some(list(_rules(site)), 45):
        model = model_of(site.app, rule.endpoint)
        pk = site.theirs.get(model or "", 1)
        answer = site.ask(person, method, _path(site, rule, str(pk)))
        tried += 1
        wrong += [f"{method} {rule.rule} as {person}: {f}" for f in faults(answer, person)]
    assert not wrong, "\n".join(wrong)
    print(f"{tried} requests as {person}")


def test_ids_that_are_none_are_not_there(site: Site) -> None:
    wrong, tried = [], 0
    routes = [
        (method, rule) for method, rule in _rules(site) if {"pk", "line", "key"} & rule.arguments
    ]
    cases = [(m, rule, pk) for m, rule in routes for pk in ODD_IDS]
    huge = [(m, rule, pk) for m, rule in routes for pk in (str(2**63), str(10**40))]
    for method, rule, pk in [*some(cases, 70), *some(huge, 80)]:
        answer = site.ask("alice", method, _path(site, rule, pk))
        tried += 1
        found = faults(answer, "alice")
        if pk.isdecimal() and pk.isascii() and int(pk) >= 2**63 and answer.status < 400:
            found.append(f"{answer.status} for {pk[:20]}")
        if pk == str(2**63) and rule.endpoint.endswith("Api.get") and answer.status != 404:
            found.append(f"{answer.status} for 2^63")
        wrong += [f"{method} {_path(site, rule, pk)}: {f}" for f in found]
    assert not wrong, "\n".join(wrong)
    print(f"{tried} ids")


def test_questions_that_are_none_are_400(site: Site) -> None:
    lists = [
        rule
        for method, rule in _rules(site)
        if method == "GET" and "Api.get" in rule.endpoint and rule.endpoint not in UNASKED
    ]
    wrong, tried = [], 0
    for rule in some(lists, 6):
        for asked in some(ODD_QUESTIONS, 40):
            path = f"{_path(site, rule, '1')}?q={quote(asked, errors='surrogatepass')}"
            answer = site.ask("alice", "GET", path)
            tried += 1
            wrong += [f"{rule.rule} {asked[:60]!r}: {f}" for f in faults(answer, "alice")]
            deep = max(asked.count("("), asked.count("["), asked.count("{")) > 29
            if deep and answer.status not in (400, 403, 404, 414):
                wrong.append(f"{rule.rule} {asked[:40]!r}… is {answer.status}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} questions")


def test_arguments_of_pages_that_are_none(site: Site) -> None:
    pages = [r for m, r in _rules(site) if m == "GET" and not r.rule.startswith("/api/")]
    odd = some([*ODD_IDS, "\x00", "x" * 7000, "a\nb", "'\"><script>"], 5)
    wrong, tried = [], 0
    for rule in some(pages, 30):
        source = "q page view before after entity column of on from to part record asset point"
        for name in some(source.split(), 2):
            value = odd[tried % len(odd)]
            shown = value if "%" in value else quote(value)
            answer = site.ask("alice", "GET", f"{_path(site, rule, '1')}?{name}={shown}")
            tried += 1
            wrong += [f"{rule.rule}?{name}={value[:30]!r}: {f}" for f in faults(answer, "alice")]
    assert not wrong, "\n".join(wrong)
    print(f"{tried} arguments")


def test_bodies_that_are_none(site: Site) -> None:
    takes = [
        (method, rule)
        for method, rule in _rules(site)
        if method in ("POST", "PUT", "PATCH") and rule.rule.startswith("/api/v1/")
    ]
    json_type = {"Content-Type": "application/json"}
    wrong, tried = [], 0
    for method, rule in some(takes, 16):
        model = model_of(site.app, rule.endpoint)
        path = _path(site, rule, str(site.ours.get(model or "", 1)))
        for body in some(ODD_BODIES, 7):
            answer = site.ask("alice", method, path, body=body, headers=json_type)
            tried += 1
            wrong += [f"{method} {path} {body[:40]!r}: {f}" for f in faults(answer, "alice")]
    assert not wrong, "\n".join(wrong)
    print(f"{tried} bodies")


def test_a_number_beyond_all_ids_in_a_relation_is_422(site: Site) -> None:
    wrong = []
    for resource, name in (
        ("service_request", "asset_id"),
        ("work_order", "asset_id"),
        ("delivery_point", "asset_id"),
        ("building", "parent_id"),
        ("agent", "service_id"),
    ):
        for number in (2**63, 2**64, -(2**63) - 1, 10**30):
            body = {"name": "x", "title": "x", name: number}
            answer = site.ask("alice", "POST", f"/api/v1/{resource}/", json=body)
            if answer.status != 422:
                wrong.append(f"{resource}.{name}={number}: {answer.status}")
    for number in (2**63, 10**30):
        path = f"/api/v1/building/{site.ours['Building']}/move"
        answer = site.ask("alice", "POST", path, json={"parent_id": number})
        if answer.status not in (404, 422):
            wrong.append(f"move to {number}: {answer.status}")
        query = f"/api/v1/document/?record=asset&record_id={number}"
        if (answer := site.ask("alice", "GET", query)).status not in (404, 422):
            wrong.append(f"{query}: {answer.status}")
    assert not wrong, "\n".join(wrong)


def test_what_is_said_of_an_error_is_one_object(site: Site) -> None:
    answer = site.ask("alice", "GET", f"/api/v1/building/{2**63}")
    said = json.loads(answer.body)
    assert said["code"] == 404 and re.fullmatch("[0-9a-f]{16}", said["request_id"])
