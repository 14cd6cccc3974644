"""Hostile strings through every text field, then read through every door (T5)."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import inspect

from base.papers.files import exports, workbooks
from patrimoine import documents
from tests.factories import rows
from tests.sweeps import World, body_of, fill, has_route

DAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
#: Two hundred strings by class: markup, templates, addresses, formulas, databases, shells, …
CLASSES = json.loads(
    (Path(__file__).parent / "data" / "hostile_text.json").read_text(encoding="utf-8")
)
STRINGS = [text for strings in CLASSES.values() for text in strings]
#: Each class once; all of them with ``run.py test --slow``.
CHOSEN = STRINGS if os.environ.get("OUVRAGE_SLOW") else [strings[1] for strings in CLASSES.values()]
#: Refused everywhere: a database or a browser would choke on them.
REFUSED = ["a\x00b", "\ud800"]


class Active(HTMLParser):
    """Finds what a hostile string would have made of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and not given.get("src") and not given.get("nonce"):
            if given.get("type") != "application/json":
                self.found.append("script")
        if any(name.startswith("on") for name in given):
            self.found.append(f"{tag} {given}")
        if tag in ("iframe", "object", "embed") or given.get("src") == "x":
            self.found.append(tag)
        for name in ("href", "src", "action", "formaction"):
            if (given.get(name) or "").strip().lower().startswith(("javascript:", "data:text")):
                self.found.append(f"{tag} {name}")


def active_in(page):
    parser = Active()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def texts_of(world, api):
    model = api.datamodel.obj
    return [
        n for n in api.add_columns if n in inspect(model).column_attrs and rows.free_text(model, n)
    ]


def room(model, name):
    return getattr(inspect(model).column_attrs[name].columns[0].type, "length", None) or 5000


def resources(world):
    for api in world.resources():
        if has_route(world, api, "post") and has_route(world, api, "get"):
            names = texts_of(world, api)
            if names:
                yield api, names


def test_what_is_written_comes_back_and_nothing_runs(world):
    """Each string through each text field of each resource: read by REST, list, record, CSV."""
    wrong, made, refused = [], 0, 0
    for api, names in resources(world):
        model, path = api.datamodel.obj, f"/api/v1/{api.resource_name}/"
        numbers = []
        for position, text in enumerate(CHOSEN):
            body = body_of(world, api)
            # One string in every optional field at once; the required ones keep a number.
            for name in names:
                mark = f"{text} {position}{api.resource_name}"
                body[name] = text if len(mark) > room(model, name) else mark
                if len(body[name]) > room(model, name):
                    body[name] = f"x{position}{len(numbers)}"
            answer = world.call("POST", path, json=body)
            # 403: an authority whose numbers are nothing, asked for by no administrator.
            if answer.status_code in (403, 409, 422):
                refused += 1
                # Something there has a form of its own (a code, a number): text fields one by one.
                for name in names:
                    one = {**body_of(world, api), name: body[name]}
                    again = world.call("POST", path, json=one)
                    if again.status_code in (201, 202):
                        numbers.append((again.get_json()["id"], {name: body[name]}))
                    elif again.status_code >= 500:
                        wrong.append(f"{path} {name} {text!r} -> {again.status_code}")
            elif answer.status_code in (201, 202):
                numbers.append((answer.get_json()["id"], {n: body[n] for n in names}))
            else:
                wrong.append(f"{path} {text!r} -> {answer.status_code}")
        made += len(numbers)
        for number, sent in numbers:
            found = world.call("GET", f"{path}{number}").get_json()["result"]
            for name, text in sent.items():
                if name in found and _flat(found[name]) != _flat(text):
                    wrong.append(f"{path}{number} {name}: {text!r} came back as {found[name]!r}")
        wrong += read_everywhere(world, model, [n for n, _sent in numbers])
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    assert made > 8 * len(CHOSEN)
    print(f"{made} rows made, {refused} bodies refused with a sentence")


def _flat(text):
    """Blanks at the ends and runs of them are tidied by verbs, marks that nobody sees in codes.

    Blanks alone are nothing, and a code is kept composed.
    """
    composed = unicodedata.normalize("NFC", str(text or ""))
    seen = "".join(char for char in composed if unicodedata.category(char) != "Cf")
    return " ".join(seen.split()).casefold()


def read_everywhere(world, model, numbers):
    wrong = []
    views = [v for v in world.screens() if v.datamodel.obj is model]
    for view in views:
        rules = {r.endpoint: r for r in world.app.url_map.iter_rules()}
        paths = [fill(rules[f"{view.endpoint}.list"])]
        for number in numbers[:: max(1, len(numbers) // 4)]:
            for method in ("show", "edit"):
                if f"{view.endpoint}.{method}" in rules:
                    paths.append(fill(rules[f"{view.endpoint}.{method}"], number))
        for path in paths:
            page = world.call("GET", path)
            if page.status_code >= 500:
                wrong.append(f"{path} -> {page.status_code}")
            elif found := active_in(page.get_data(as_text=True)):
                wrong.append(f"{path}: {found[:3]}")
        export = rules.get(f"{view.endpoint}.export")
        if export is not None:
            answer = world.call("GET", fill(export, form="csv"))
            if answer.status_code >= 500:
                wrong.append(f"{export.rule} -> {answer.status_code}")
            elif answer.status_code == 200:
                text = answer.get_data().decode("utf-8-sig")
                for line in csv.reader(io.StringIO(text), delimiter=";"):
                    for cell in line:
                        if re.match(r"^[\s＝＋－＠]*[=+@＝＋＠]", cell) and not _number(cell):
                            wrong.append(f"{export.rule}: live cell {cell!r}")
            workbook = world.call("GET", fill(export, form="xlsx"))
            if workbook.status_code >= 500:
                wrong.append(f"{export.rule} xlsx -> {workbook.status_code}")
            elif workbook.status_code == 200:
                wrong += formulas(workbook.get_data(), export.rule)
    return wrong


def _number(cell):
    return bool(re.fullmatch(r"[+-]?[\d \u00a0]+([.,]\d+)?", cell.strip()))


def formulas(content, where):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/") and b"<f>" in book.read(name):
                return [f"{where}: a formula in {name}"]
    return []


def test_all_of_them_in_one_record_and_in_every_kind_of_file(world):
    """Two hundred strings at once, in text and in attributes, CSV, workbook and PDF."""
    assert len(STRINGS) == len(set(STRINGS)) >= 200
    for text in STRINGS:
        cell = exports.prefixed(text)
        assert exports.unprefix(cell) == text
        live = re.match(r"^[\s＝＋－＠]*[=+@＝＋＠]", cell) and not _number(cell)
        assert not live or cell.startswith("'"), text
    book = io.BytesIO()
    columns = [exports.Column("text", "Texte", exports.Kind.TEXT)]
    workbooks.xlsx(book, title="T", columns=columns, rows=[[t] for t in STRINGS], created_at=DAY)
    assert formulas(book.getvalue(), "xlsx") == []
    sheets = io.BytesIO()
    drawn = [
        documents.Label(url="http://a/t/1", code=t, name=t, place=t, entity=t, detail=t)
        for t in STRINGS
    ]
    layout = documents.layout_named("63x34")
    assert documents.labels(sheets, drawn, layout=layout) == len(STRINGS)
    # In a text of the record page and the form, and in the attributes of many inputs.
    body = {"name": STRINGS[0], "notes": "\n".join(STRINGS), "entity_id": 1}
    made = world.call("POST", "/api/v1/site/", json=body)
    assert made.status_code == 201, made.get_data(as_text=True)
    number = made.get_json()["id"]
    read = world.call("GET", f"/api/v1/site/{number}").get_json()["result"]["notes"]
    assert _flat(read) == _flat(body["notes"])
    for path in (f"/siteview/show/{number}", f"/siteview/edit/{number}"):
        page = world.call("GET", path)
        assert page.status_code == 200
        assert not active_in(page.get_data(as_text=True))


@pytest.mark.parametrize("text", REFUSED, ids=["nul", "surrogate"])
def test_what_no_database_can_keep_is_refused_by_every_field(world, text):
    wrong = []
    for api, names in resources(world):
        for name in names:
            path = f"/api/v1/{api.resource_name}/"
            answer = world.call("POST", path, json={**body_of(world, api), name: text})
            if answer.status_code not in (409, 422):
                wrong.append(f"{path} {name} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_text_too_long_is_refused_by_every_field(world):
    wrong = []
    for api, names in resources(world):
        for name in names:
            limit = room(api.datamodel.obj, name)
            path = f"/api/v1/{api.resource_name}/"
            for size in (limit + 1,) if limit < 5000 else (100_000,):
                body = {**body_of(world, api), name: "é" * size}
                answer = world.call("POST", path, json=body)
                unlimited = limit == 5000 and answer.status_code == 201
                if answer.status_code not in (409, 422) and not unlimited:
                    wrong.append(f"{path} {name} {size} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_forms_bear_hostile_text(world):
    """Every add form with the string in every field: said to be wrong or kept, never run."""
    wrong, tried = [], 0
    for view in world.screens():
        if not has_route(world, view, "add"):
            continue
        rules = world.app.url_map.iter_rules()
        rule = next(r for r in rules if r.endpoint == f"{view.endpoint}.add")
        for text in (
            CLASSES["markup"][1],
            CLASSES["templates"][0],
            "\x00",
            "é" * 20_000,
            CLASSES["lines"][0],
        ):
            data = {name: text for name in view.add_columns}
            answer = world.call("POST", rule.rule, data=data)
            tried += 1
            if answer.status_code >= 500:
                wrong.append(f"{rule.rule} {text[:20]!r} -> {answer.status_code}")
            elif found := active_in(answer.get_data(as_text=True)):
                wrong.append(f"{rule.rule}: {found[:3]}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} forms sent")
