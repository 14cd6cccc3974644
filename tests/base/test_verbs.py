"""A verb is declared once, on the service that does it: what the declaration gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from base.basics.errors import InvalidInput
from base.basics.i18n import speaking
from base.face.views import verb_pages
from base.face.views.displays import Board
from base.rules import verbs
from base.rules.verbs import Ask, Door, Verb
from base.rules.verbs.commands import standard
from base.rules.verbs.fields import object_schema
from base.store.choice import Choice
from base.store.models import Partner
from config import ROOT


class Shade(Choice):
    """A list of the tests."""

    LIGHT = "light", "Clair"
    DARK = "dark", "Sombre"


def paint(
    session: Session,
    row: Partner,
    *,
    at: datetime,
    words: str,
    on: date | None = None,
    litres: Decimal | None = None,
    shade: Shade = Shade.LIGHT,
    twice: bool = False,
    maker: Partner | None = None,
    helper: Partner | None = None,
) -> Partner:
    """Paint it.

    More words.
    """
    return row


def declared(run=paint, **more):
    told = {"asks": {"litres": Ask(places=1), "words": Ask("Mots", limit=5)}} | more
    return Verb("paint", Partner, run, "Peindre", "brush", "paint", **told)


def names(fields):
    return [field.name for field in fields]


def test_arguments_are_read_from_the_annotations_of_the_service():
    made = declared(known={"helper": lambda session, row: row})
    kinds = {a.name: (a.kind, a.required) for a in made.arguments}
    assert kinds == {
        "words": ("text", True),
        "on": ("day", False),
        "litres": ("number", False),
        "shade": ("choice", False),
        "twice": ("flag", False),
        "maker": ("row", False),
    }
    assert made.timed and made.summary == "Paint it."


def test_programs_name_a_row_by_its_number_and_forms_by_its_name():
    made = declared(asks={"maker": Ask(name="by"), "helper": Ask(at=Door.DESK)})
    assert names(made.fields(Door.REST))[-1] == "by_id"
    assert names(made.fields(Door.DESK))[-2:] == ["by", "helper"]
    # Not asked for is not read either: the default of the service.
    told = {"words": "a", "helper": "3"}
    assert made.read(None, told, Door.BULK)["helper"] is None
    assert made.read(None, told, Door.REST)["helper"] is None


def test_values_are_typed_and_all_faults_are_said_at_once():
    made = declared()
    found = made.read(
        None, {"words": "bleu ", "on": "2026-03-09", "litres": "2.5", "shade": "dark"}, Door.REST
    )
    assert found == {
        "words": "bleu",
        "on": date(2026, 3, 9),
        "litres": Decimal("2.5"),
        "shade": Shade.DARK,
        "twice": False,
        "maker": None,
        "helper": None,
    }
    with pytest.raises(InvalidInput) as refused:
        made.read(None, {"words": "trop long", "litres": "1.25", "shade": "grey"}, Door.REST)
    assert set(refused.value.errors) == {"words", "litres", "shade"}
    with pytest.raises(InvalidInput, match="Remplissez «\u00a0Mots\u00a0»"):
        made.read(None, {"words": "  "}, Door.DESK)


def test_a_text_that_the_service_refuses_itself_reaches_it_empty():
    made = declared(asks={"words": Ask(required=False)})
    assert made.read(None, {}, Door.DESK)["words"] == ""


def test_the_door_gives_the_instant_and_what_it_knows():
    seen = {}

    def note(session: Session, row: Partner, *, at: datetime, helper: Partner | None) -> None:
        """Note."""
        seen.update(at=at, helper=helper)

    made = declared(note, asks={}, known={"helper": lambda session, row: row})
    when, row = datetime(2026, 3, 9, 9), Partner(name="x")
    made.do(None, row, made.read(None, {}, Door.OFFLINE), at=when)
    assert seen == {"at": when, "helper": row}


def test_several_choices_and_rows_and_whole_numbers(monkeypatch):
    def mark(
        session: Session,
        row: Partner,
        *,
        shades: list[Shade] | None = None,
        makers: list[Partner] | None = None,
        coats: int | None = None,
    ) -> None:
        """Mark."""

    rows = {1: Partner(name="a"), 2: Partner(name="b")}
    monkeypatch.setattr("base.basics.arguments.row_by_id", lambda s, model, pk: rows.get(pk))
    made = declared(mark, asks={"makers": Ask(name="maker_ids", wire="maker")})

    def read(given, door=Door.REST):
        return tuple(made.read(None, given, door).values())

    assert (
        names(made.fields(Door.REST))
        == names(made.fields(Door.DESK))
        == [
            "shades",
            "maker_ids",
            "coats",
        ]
    )
    assert read({}) == (None, None, None)
    assert read({"shades": True, "maker_ids": [], "coats": "3"}) == (list(Shade), [], 3)
    assert read({"shades": "dark, light", "maker_ids": [2, 1]})[:2] == (
        [Shade.DARK, Shade.LIGHT],
        [rows[2], rows[1]],
    )
    # None ticked, and none asked for.
    assert read(MultiDict([("maker_ids", "")]), Door.DESK) == (None, [], None)
    ticked = MultiDict([("maker_ids", ""), ("maker_ids", "1"), ("shades", "dark")])
    assert read(ticked, Door.DESK) == ([Shade.DARK], [rows[1]], None)
    for wrong in (
        {"shades": ["grey"]},
        {"shades": 3},
        {"maker_ids": [3]},
        {"maker_ids": "1"},
        {"maker_ids": [1] * 101},
        {"coats": 1.5},
    ):
        with pytest.raises(InvalidInput) as refused:
            read(wrong)
        assert set(refused.value.errors) == set(wrong)
    schema = {field.name: field.schema() for field in made.fields(Door.REST)}
    assert schema["maker_ids"]["items"]["type"] == schema["coats"]["type"] == "integer"
    assert {"type": "boolean"} in schema["shades"]["oneOf"]


@pytest.mark.parametrize("hint", ["list[str]", "dict", "datetime", "str | Decimal"])
def test_an_argument_of_no_kind_stops_the_start(hint):
    def odd(session: Session, row: Partner, *, value) -> None:
        """Odd."""

    odd.__annotations__["value"] = hint
    with pytest.raises(RuntimeError, match="value"):
        _ = declared(odd, asks={}).arguments


def test_what_is_said_of_no_argument_stops_the_start():
    with pytest.raises(RuntimeError, match="colour"):
        _ = declared(asks={"colour": Ask()}).arguments


def test_a_name_is_given_once_at_each_door(monkeypatch):
    monkeypatch.setattr("base.rules.verbs.declaring.VERBS", {})
    assert verbs.verb(Partner, "Peindre", "brush", doors=Door.DESK | Door.BULK)(paint) is paint
    with pytest.raises(RuntimeError, match="already"):
        verbs.verb(Partner, "Peindre", "brush", doors=Door.BULK)(paint)
    verbs.verb(Partner, "Repeindre", "brush", doors=Door.REST)(paint)
    assert verbs.verb_of(Partner, "paint", Door.DESK).word == "Peindre"
    assert verbs.verb_of(Partner, "paint", Door.REST).word == "Repeindre"
    assert [v.word for v in verbs.verbs_of(Partner, Door.BULK)] == ["Peindre"]


def test_a_view_that_has_something_else_by_that_name_stops_the_start(monkeypatch):
    from base.desk.web_pages import PartnerView

    named = Verb("words", Partner, paint, "Peindre", "brush", "words", asks={})
    monkeypatch.setattr("base.rules.verbs.declaring.VERBS", {Partner: [named]})
    with pytest.raises(RuntimeError, match=r"PartnerView\.words"):
        verb_pages.install(PartnerView)


def test_an_object_is_read_from_programs_as_it_is():
    def draw(session: Session, row: Partner, *, shape: Mapping[str, Any] | None = None) -> None:
        """Draw."""

    made = declared(draw, asks={})
    assert made.read(None, {"shape": {"a": [1]}}, Door.REST) == {"shape": {"a": [1]}}
    assert made.read(None, {}, Door.REST) == {"shape": None}
    with pytest.raises(InvalidInput, match="objet"):
        made.read(None, {"shape": [1]}, Door.REST)
    assert made.fields(Door.REST)[0].schema() == {"type": "object", "nullable": True}


def test_a_verb_is_offered_to_the_rows_that_it_fits():
    made = declared(when=lambda row: row.name == "x")
    assert made.fits(Partner(name="x")) and not made.fits(Partner(name="y"))
    assert declared().fits(Partner(name="y"))


def test_states_and_moves_come_from_one_table():
    made = declared(moves=[(Shade.LIGHT, Shade.DARK)])
    assert made.offered("light") and not made.offered("dark") and made.offered("")
    made = declared(moves=[(Shade.LIGHT, Shade.DARK)], stays=[Shade.DARK])
    assert made.offered("dark")


def test_a_board_takes_its_moves_and_lanes_from_what_is_declared(sqlite_app):
    view = next(v for v in sqlite_app.appbuilder.baseviews if v.endpoint == "ServiceRequestView")
    assert dict(view.board.moves) == {("new", "accepted"): "accept", ("new", "refused"): "refuse"}
    assert [value for value, _sign in view.board.lanes()] == [
        "new",
        "accepted",
        "refused",
        "closed",
    ]
    kept = verb_pages.whole_board(Board("state", moves={("a", "b"): "c"}), view.datamodel.obj, ())
    assert dict(kept.moves) == {("a", "b"): "c"}


def test_what_is_said_afterwards():
    assert declared(said="Peint.").sentence(None, None, {}) == "Peint."
    assert (
        declared(said=lambda row, made, values: f"{row} {values['n']}").sentence(
            "Mur", None, {"n": 2}
        )
        == "Mur 2"
    )
    assert declared(done=lambda n: f"{n} peint").sentence(None, None, {}) == "1 peint"


def test_the_commands_of_a_queue_speak_the_readers_language(sqlite_app):
    def titles():
        return {one["title"] for one in verbs.commands()["items"]["oneOf"]}

    with speaking("fr"):
        french = titles()
    with speaking("en"):
        english = titles()
    assert "Refuser" in french and "Refuser" not in english and len(french) == len(english)
    assert verbs.commands(lambda verb: False)["items"] is False


def test_a_field_holds_at_first_what_is_likely():
    row = Partner(name="Val")
    row.on = date(2026, 3, 9)
    made = declared(
        asks={
            "litres": Ask(first=lambda row: "2"),
            "words": Ask("Mots"),
            "helper": Ask(shown=False),
        }
    )
    first = {ask.name: ask.at_first(row) for ask in verb_pages.asks(made, Door.DESK)}
    assert first == {
        "words": None,
        "on": date(2026, 3, 9),
        "litres": "2",
        "shade": Shade.LIGHT,
        "twice": None,
        "maker": None,
    }


def test_the_form_of_a_verb_is_drawn_from_what_it_asks(sqlite_app):
    made = declared(asks={"words": Ask("Mots", limit=900, help="En peu de mots.")})
    with sqlite_app.test_request_context():
        macro = sqlite_app.jinja_env.get_template("ov/_verbs.html").module.verb_fields
        html = str(
            macro(
                [a for a in verb_pages.asks(made, Door.DESK) if a.kind != "row"],
                Partner(name="x"),
                "PartnerView",
                "do-paint",
            )
        )
    area = '<textarea class="form-control" id="do-paint-words" name="words" maxlength="900"'
    assert area in " ".join(html.split())
    assert "En peu de mots." in html and 'aria-describedby="do-paint-words-h"' in html
    assert '<option value="light" selected>Clair</option>' in html
    assert '<option value="0" selected>' in html and 'inputmode="decimal"' in html


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on": "09/03/2026"}, "on"),
        ({"on": "9 Mar 2026"}, "on"),
        ({"litres": "2,5"}, "litres"),
        ({"litres": "1 234"}, "litres"),
        ({"litres": "\u0663"}, "litres"),
        ({"words": "a\0b"}, "words"),
        ({"words": "\ud800"}, "words"),
        ({"maker_id": "²"}, "maker_id"),
        ({"maker_id": "1" * 5000}, "maker_id"),
    ],
)
def test_programs_write_exactly_whatever_their_language(given, field):
    with pytest.raises(InvalidInput) as refused:
        declared().read(None, {"words": "x"} | given, Door.REST)
    assert set(refused.value.errors) == {field}


def test_people_write_as_they_do():
    typed = MultiDict({"words": "x", "on": "09/03/2026", "litres": "2,5"})
    with speaking("fr"):
        found = declared().read(None, typed, Door.DESK)
    assert (found["on"], found["litres"]) == (date(2026, 3, 9), Decimal("2.5"))


def test_a_null_in_a_list_and_a_blank_number_are_no_fault_of_the_server(monkeypatch):
    def mark(
        session: Session, row: Partner, *, makers: list[Partner], coats: int | None = None
    ) -> None:
        """Mark."""

    monkeypatch.setattr("base.basics.arguments.row_by_id", lambda s, model, pk: Partner(name="a"))
    made = declared(mark, asks={"makers": Ask(name="maker_ids", wire="maker")})
    with pytest.raises(InvalidInput) as refused:
        made.read(None, {"maker_ids": [None]}, Door.REST)
    assert set(refused.value.errors) == {"maker_ids"}
    blank = MultiDict([("maker_ids", "1"), ("coats", " ")])
    assert made.read(None, blank, Door.DESK)["coats"] is None


def test_a_queue_is_described_in_the_words_of_its_standard():
    read = standard(object_schema(declared().fields(Door.OFFLINE)))
    jsonschema.validate({"words": "x", "on": None, "litres": None, "shade": None}, read)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"words": "x", "on": 3}, read)
    assert "nullable" not in str(read)


def test_the_first_application_of_a_process_has_the_routes_of_every_later_one(tmp_path):
    """What a verb stands on is loaded before the screens: a second application knows no more."""
    script = (
        "from base.app import bare_app, create_app, migrate\n"
        "first, second = migrate(bare_app()), create_app()\n"
        "rules = [{r.rule for r in app.url_map.iter_rules()} for app in (first, second)]\n"
        "print(sorted(rules[1] ^ rules[0]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "OUVRAGE_DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
