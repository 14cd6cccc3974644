"""Cards: names are held against model and services, values are filled, parts are derived."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from sqlalchemy import inspect

from base import cards
from base.basics.errors import InvalidInput, StartRefused
from base.cards import BadCard, Card, card
from base.filling import filled
from base.rules.modules.loading import ROOT
from energie.models import DeliveryPoint
from interventions.domain import Channel, Priority
from interventions.models import AgentRate, Item, Labour, ServiceRequest
from interventions.records import AGENT, ITEM, REQUEST
from patrimoine.models import Asset
from tests.factories import interventions as make


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"lists": "agent hourly_rate_eur nobody"}, "lists names 'nobody'"),
        ({"lists": "agent", "filters": "valid_form"}, "filters names 'valid_form'"),
        ({"lists": "agent", "order": "query"}, "order names 'query'"),
        ({"lists": "agent", "first": "-since"}, "first names '-since'"),
        ({"lists": "agent", "rest_lists": "x"}, "rest_lists names 'x'"),
        ({"lists": "agent", "identity": "agent.x"}, "identity names 'agent.x'"),
    ],
)
def test_a_name_that_is_no_column_is_refused_when_the_card_is_made(said, named):
    with pytest.raises(BadCard, match=f"card of AgentRate: {named}"):
        card(AgentRate, plural="Taux", icon="coin", **said)
    assert AgentRate not in cards.CARDS


def test_a_property_may_be_shown_but_neither_filtered_nor_ordered():
    assert "name" in AGENT.names("rest_lists")
    for part in ("filters", "order", "words"):
        with pytest.raises(BadCard, match=f"{part} names 'is_live'"):
            card(Labour, plural="Temps", icon="clock", lists="hours", **{part: "is_live"})


def test_a_model_has_one_card():
    with pytest.raises(BadCard, match="Item has a card already"):
        card(Item, plural="Articles", icon="box", lists="code")


@pytest.mark.parametrize("part", ["opens", "opens_rest", "changes", "removes"])
@pytest.mark.parametrize("name", ["opn_request", "requests_.open_request"])
def test_a_service_that_does_not_exist_stops_the_start(monkeypatch, part, name):
    wrong = Card(ServiceRequest, plural="D", icon="inbox", lists="number", **{part: name})
    monkeypatch.setitem(cards.CARDS, ServiceRequest, wrong)
    with pytest.raises(StartRefused, match="Module interventions : la carte de ServiceRequest"):
        cards.check()


def test_a_form_that_asks_for_what_its_service_does_not_take_stops_the_start(monkeypatch):
    wrong = Card(
        ServiceRequest,
        plural="D",
        icon="i",
        lists="number",
        add="asset state",
        opens="open_request",
    )
    monkeypatch.setitem(cards.CARDS, ServiceRequest, wrong)
    with pytest.raises(StartRefused, match="open_request does not take state"):
        cards.check()


def test_every_card_of_the_product_holds(sqlite_app):
    cards.check()
    assert {made.module for made in cards.CARDS.values()} >= {"base", "interventions"}


def test_commands_load_cards_without_services_or_screens():
    script = (
        "import sys; from base import cards; from base.rules.modules import loading;"
        "loading.load_models(loading.discover()); assert cards.CARDS;"
        "ours = {m.module for m in loading.discover()};"
        "rooms = {tuple(name.split('.')[:2]) for name in sys.modules};"
        "print(sorted(r for r in rooms if r[0] in ours and r[-1] in ('services', 'views', 'api')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# --- values -------------------------------------------------------------------------------------


def test_what_a_form_leaves_empty():
    # first_name may not be NULL and is "" by itself; trade may; unit has a word of its own.
    agent = {"code": "1", "first_name": None, "trade": None}
    assert filled(AGENT.model, agent) == {"code": "1", "first_name": "", "trade": None}
    assert filled(AGENT.model, agent, new=True) == {"code": "1", "trade": None}
    item = {"name": "Vis", "unit": None, "vat_rate": None}
    assert filled(Item, item, new=True) == {"name": "Vis"}
    # An old row keeps its refusal: nobody meant "no unit" to be one.
    assert filled(Item, item) == item


def test_a_value_of_a_closed_list_is_checked():
    assert filled(ServiceRequest, {"priority": "urgent"}) == {"priority": Priority.URGENT}
    with pytest.raises(InvalidInput, match="Valeurs possibles") as fault:
        filled(ServiceRequest, {"priority": "soon"})
    assert set(fault.value.errors) == {"priority"}


def test_a_service_opens_a_row_from_a_form_and_from_a_program(session):
    school = make.building(session, 1)
    run = REQUEST.service("opens")
    typed = {"asset": school, "title": "Fuite", "requester": None, "channel": "phone"}
    made = cards.opened(run, session, typed)
    assert (made.channel, made.requester, made.priority) == (Channel.PHONE, "", Priority.NORMAL)
    told = REQUEST.service("opens_rest", "opens")
    made = cards.opened(told, session, {"asset_id": school.id})
    assert (made.asset, made.channel, made.title) == (
        school,
        Channel.API,
        f"Demande sur « {school.name} »",
    )
    with pytest.raises(InvalidInput) as fault:
        cards.opened(told, session, {"title": "Où ?"})
    assert set(fault.value.errors) == {"asset_id"}
    with pytest.raises(InvalidInput) as fault:
        cards.opened(told, session, {"asset_id": school.id, "channel": "pigeon"})
    assert set(fault.value.errors) == {"channel"}


def test_a_service_is_given_today_unless_a_day_is_told(session):
    seen = []

    def begin(session: object, asset: Asset, *, on: date, name: str = "—") -> None:
        seen.append((on, name))

    begin.__annotations__ = {"session": object, "asset": Asset, "on": date, "name": str}
    school = make.building(session, 1)
    cards.opened(begin, session, {"asset": school, "on": date(2026, 3, 1), "name": None})
    cards.opened(begin, session, {"asset": school})
    from base.basics import clock

    assert seen == [(date(2026, 3, 1), "—"), (clock.today(), "—")]


# --- what is derived ----------------------------------------------------------------------------


def test_parts_that_are_not_said_are_those_of_the_list_and_of_the_first_form():
    made = Card(DeliveryPoint, plural="P", icon="gauge", lists="reference asset", add="asset")
    assert made.names("record") == made.names("filters") == ["reference", "asset"]
    assert made.names("edit") == ["asset"]
    assert made.keys("lists") == ["reference", "asset_id"]
    assert (
        Card(DeliveryPoint, plural="P", icon="g", lists="name", add="name", edit="").names("edit")
        == []
    )


def test_a_resource_has_every_column_of_its_screens(sqlite_app):
    views = {type(v).__name__: v for v in sqlite_app.appbuilder.baseviews}
    seen = 0
    for made in cards.CARDS.values():
        api = views.get(f"{made.name}Api")
        if getattr(api, "card", None) is not made:
            continue
        seen += 1
        assert set(made.keys("lists", "filters")) <= set(api.list_columns), made.name
        assert set(made.keys("record")) <= set(api.show_columns), made.name
        assert set(made.keys("filters")) <= set(api.search_columns), made.name
        columns = inspect(made.model).column_attrs
        for name in ("entity_id", "archived_on", "version"):
            assert (name in columns) == (name in api.list_columns), (made.name, name)
    assert seen >= 8


def test_screens_and_resources_are_of_the_module_that_has_the_card(sqlite_app):
    for view in sqlite_app.appbuilder.baseviews:
        made = getattr(view, "card", None)
        if isinstance(made, Card):
            assert type(view).__module__.split(".")[0] == made.module


def test_a_found_row_is_told_by_words():
    row = ServiceRequest(number="DEM-2026-00001", title="", state="new", channel="phone")
    assert cards._found(["title", "number"], row) == ("DEM-2026-00001", "DEM-2026-00001")
    row.title = "Fuite"
    assert cards._found(["title", "number", "channel"], row) == (
        "Fuite",
        "DEM-2026-00001 · Téléphone",
    )


def test_rights_in_words_are_permissions(monkeypatch):
    rights = {"Responsable": "all", "Agent": "see finish"}
    told = Card(ITEM.model, plural="A", icon="box", lists="code", rights=rights)
    monkeypatch.setattr(cards, "CARDS", {ITEM.model: told})
    assert cards.roles_of("energie") == {}
    assert cards.roles_of("interventions") == {
        "Responsable": [("^Item(View|Api)$", "^can_.*$")],
        "Agent": [
            ("^Item(View|Api)$", "^can_(list|show|get|info|export)$"),
            ("^Item(View|Api)$", "^can_finish$"),
        ],
    }
