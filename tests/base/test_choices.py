"""Closed lists: each value has its word, icon and tone where it stands, and nowhere else."""

from __future__ import annotations

import ast
import copy
import enum
import json
import pickle
import re

import pytest
from sqlalchemy import inspect

from base.basics.catalogues import load, po_file
from base.basics.i18n import speaking
from base.basics.typography import spaced
from base.rules.modules.loading import ROOT, discover
from base.store.choice import Choice, NumberChoice
from base.store.choice_columns import choice_in, choices_of, one_of, word_in
from base.store.database import Model
from tests.test_architecture import sources

MODULES = tuple(manifest.module for manifest in discover())
#: Enumeration that nobody reads -> why its values have no words.
UNREAD = {
    "base.papers.files.exports.Kind": "how a column of a file is typed",
    "base.desk.imports.ways.Reader": "who reads a sentence",
    "base.basics.facts.When": "which rule a date follows",
    "base.papers.reporting.ParamKind": "which field asks for a parameter",
    "energie.domain.indexes.Fault": "codes that programs read",
    "energie.domain.indexes.ReadingKind": "a step of the arithmetic of indexes",
    "energie.domain.kinds.Basis": "PCS and PCI are what people write",
    "energie.domain.kinds.Stamp": "what the date of a file's row means",
    "energie.queries.days.Span": "an argument of programs",
}
#: File and list of which it names four values or more as texts -> why.
AS_TEXTS = {
    "base/desk/imports/command.py: Effect": "names of counts in an answer",
    "base/desk/imports/screens.py: Effect": "names of tabs in an address",
    "energie/jobs.py: Effect": "names of counts in an answer",
    "patrimoine/models/categories.py: FieldType": "what the first version knew",
}
#: Dictionary of texts by value -> why the texts are no words of the values.
OTHER_TEXTS = {
    "base/papers/files/workbooks.py: Kind": "formats of a workbook",
    "energie/services/ledger.py: EnergyKind": "accounts",
    "patrimoine/domain/costs.py: CostNature": "accounts",
    "patrimoine/domain/kinds.py: Kind": "further words of an import",
    "patrimoine/domain/kinds.py: AssetStatus": "further words of an import",
    "patrimoine/models/categories.py: FieldType": "how the first version held them",
    "patrimoine/services/assets.py: Kind": "first letters of the inventory numbers",
    "patrimoine/views/fields.py: FieldType": "types of HTML fields",
    "interventions/views/work_orders.py: State": "names of verbs",
}


def _below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _named(kind):
    return f"{kind.__module__}.{kind.__name__}"


@pytest.fixture
def choices(sqlite_app):
    """Every closed list of the modules; the application has loaded them all."""
    found = [c for c in (*_below(Choice), *_below(NumberChoice)) if _module(c) in MODULES]
    assert len(found) >= 35
    return found


def _module(kind):
    return kind.__module__.split(".")[0]


def test_every_value_has_a_word_in_both_languages(choices):
    messages = [m for name in MODULES for m in load(po_file(ROOT / name / "i18n", "en"), "en")]
    english = {spaced(m.id) for m in messages if isinstance(m.id, str)}
    for kind in choices:
        for member in kind:
            with speaking("fr"):
                french = str(member.word)
            with speaking("en"):
                said = str(member.word)
            assert french and said, member
            # A plain text is a sign that no language changes, such as a unit.
            assert french == said if isinstance(member.word, str) else french in english, member


def test_icons_and_tones_are_those_of_the_design(choices):
    css = (ROOT / "base" / "static" / "ouvrage.css").read_text("utf-8")
    sprite = (ROOT / "base" / "static" / "icons.svg").read_text("utf-8")
    icons = set(re.findall(r'id="([a-z0-9-]+)"', sprite))
    # A pill without a class of its own is the idle one.
    tones = {"", "idle", *re.findall(r"\.ov-(?:st|prio)-(\w+)", css)} - {"bare"}
    for kind in choices:
        for member in kind:
            assert member.tone in tones, (member, member.tone)
            assert not member.icon or member.icon in icons, (member, member.icon)


def test_what_people_read_is_a_choice(choices):
    mute = {
        _named(kind)
        for base in (enum.StrEnum, enum.IntEnum)
        for kind in _below(base)
        if _module(kind) in MODULES and not issubclass(kind, Choice | NumberChoice)
    } - {_named(Choice), _named(NumberChoice)}
    assert mute == set(UNREAD)


def test_no_words_of_values_stand_in_a_dictionary(choices):
    names = {kind.__name__ for kind in (*_below(enum.Enum),) if _module(kind) in MODULES}
    values = [{str(m.value) for m in kind} for kind in choices]
    found, said = set(), []
    for where, text in sources():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Dict) or len(node.keys) < 2 or None in node.keys:
                continue
            keys = [
                re.fullmatch(r"(?:\w+\.)*(\w+)\.[A-Z][A-Z_0-9]*", ast.unparse(k)) for k in node.keys
            ]
            spoken = [re.search(r"\b(_l?|ngettext)\(", ast.unparse(v)) for v in node.values]
            texts = [isinstance(v, ast.Constant) and isinstance(v.value, str) for v in node.values]
            if all(keys) and {key[1] for key in keys} <= names:
                if any(spoken):
                    said.append(f"{where}:{node.lineno}")
                elif all(texts):
                    found.add(f"{where}: {keys[0][1]}")
            plain = {k.value for k in node.keys if isinstance(k, ast.Constant)}
            if all(spoken) and len(plain) == len(node.keys) and any(plain <= v for v in values):
                said.append(f"{where}:{node.lineno}")
    assert said == []
    assert found == set(OTHER_TEXTS)


def test_no_pairs_of_values_and_words_stand_beside_a_list(choices):
    names = {kind.__name__ for kind in choices}
    said = []
    for where, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Tuple | ast.List) and len(node.elts) > 1:
                pairs = [e.elts for e in node.elts if isinstance(e, ast.Tuple) and len(e.elts) == 2]
                if len(pairs) == len(node.elts) and all(
                    re.fullmatch(rf"({'|'.join(names)})\.[A-Z_0-9]+", ast.unparse(value))
                    and re.match(r"_l?\(", ast.unparse(word))
                    for value, word in pairs
                ):
                    said.append(f"{where}:{node.lineno}")
    assert said == []


def test_values_are_named_as_members_and_not_as_texts(choices):
    """A value that is taken away then stops the start, and not a page long after."""
    values = {kind.__name__: {str(member.value) for member in kind} for kind in choices}
    found = set()
    for where, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Dict):
                parts = node.keys
            elif isinstance(node, ast.Tuple | ast.List | ast.Set):
                parts = node.elts
            else:
                continue
            texts = [p.value for p in parts if isinstance(p, ast.Constant)]
            if len(texts) == len(parts) > 3:
                owners = {name for name, known in values.items() if set(texts) <= known}
                found |= {f"{where}: {name}" for name in owners}
    assert found == set(AS_TEXTS)


def test_no_two_dictionaries_hold_the_same_words():
    places = {}
    for where, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Dict) and len(node.keys) > 2:
                words = [
                    v.args[0].value
                    for v in node.values
                    if isinstance(v, ast.Call)
                    and ast.unparse(v.func) in ("_", "_l")
                    and isinstance(v.args[0], ast.Constant)
                ]
                if len(words) == len(node.keys):
                    places.setdefault(frozenset(words), []).append(f"{where}:{node.lineno}")
    assert [found for found in places.values() if len(found) > 1] == []


class Colour(Choice):
    """A list of these tests."""

    RED = "red", "Rouge", "x", "late"
    BLUE = "blue", "Bleu"


def test_a_choice_is_its_text():
    assert Colour.RED == "red" and Colour("red") is Colour.RED and f"{Colour.RED}" == "red"
    assert json.dumps([Colour.RED]) == '["red"]' and "red" in {Colour.RED}
    assert pickle.loads(pickle.dumps(Colour.RED)) is copy.deepcopy(Colour.RED) is Colour.RED
    assert (Colour.RED.word, Colour.RED.icon, Colour.RED.tone) == ("Rouge", "x", "late")
    assert Colour.words() == [("red", "Rouge"), ("blue", "Bleu")]
    assert Colour.named({"Azur": Colour.BLUE}) == {
        "Azur": Colour.BLUE,
        "Rouge": Colour.RED,
        "Bleu": Colour.BLUE,
        "red": Colour.RED,
        "blue": Colour.BLUE,
    }


def test_the_check_of_a_table_names_the_list():
    check = one_of("colour", Colour, optional=True)
    assert str(check.sqltext) == "colour IS NULL OR colour IN ('red', 'blue')"
    assert check.info and not one_of("colour", ("red", "blue")).info


def test_a_model_knows_the_lists_of_its_columns(sqlite_app):
    from energie.domain.billing import InvoiceState, Reason, Way
    from energie.domain.code_words import Profile, Syntax
    from energie.models import Invoice
    from patrimoine.domain.kinds import AssetStatus, VehicleEnergy
    from patrimoine.models import Asset, Vehicle

    assert choices_of(Invoice) == {
        "state": InvoiceState,
        "waiting_reason": Reason,
        "direction": Way,
        "syntax": Syntax,
        "profile": Profile,
    }
    assert choices_of(Vehicle)["energy"] is choices_of(Asset)["energy"] is VehicleEnergy
    assert choice_in("patrimoine_asset", "status") is AssetStatus
    assert choice_in("patrimoine_asset", "name") is choice_in("no_table", "name") is None
    with speaking("fr"):
        assert word_in("patrimoine_asset", "status", "planned") == "En projet"
        assert word_in("interventions_work_order", "state", "planned") == "Planifiée"
        assert word_in("patrimoine_asset", "status", "gone") is None


def test_every_list_named_by_a_check_can_be_read(sqlite_app):
    for mapper in Model.registry.mappers:
        for kind in choices_of(mapper.class_).values():
            assert issubclass(kind, Choice)
        for key in choices_of(mapper.class_):
            owners = inspect(mapper.class_).self_and_descendants
            assert any(key in one.column_attrs for one in owners), (mapper, key)


def test_programs_read_the_values_and_their_words(sqlite_api_of):
    alice = sqlite_api_of("alice")
    told = alice("GET", "/api/v1/vehicle/_info", headers={"Accept-Language": "fr"}).get_json()
    (energy,) = [one for one in told["add_columns"] if one["name"] == "energy"]
    assert {"id": "GO", "value": "Gazole"} in energy["values"]
    described = alice("GET", "/api/v1/_openapi").get_json()["components"]["schemas"]
    assert described["VehicleApi.get"]["properties"]["energy"]["enum"][:2] == [None, "ES"]
    reason = described["InvoiceApi.get"]["properties"]["waiting_reason"]
    assert {"", "PROFORMA"} < set(reason["enum"])


def test_a_french_file_stays_one_for_an_english_reader(sqlite_app):
    from energie.domain.kinds import EnergyKind

    with speaking("en"):
        known = EnergyKind.named()
    assert known["Électricité"] is known["Electricity"] is known["electricity"]
    with speaking("fr"):
        assert "Electricity" not in EnergyKind.named()
