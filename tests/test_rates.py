"""One right for a figure: who may not read hourly rates reads them through no door.

Nadia costs 73.31 € an hour; 1.37 h of hers are 100.43 €, 2 h are 146.62 €. Nobody else has such
figures, and neither has any sum with the part and the bill beside them (11.00 € and 9.00 €).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from base.face.views import ModuleView
from base.rules.rights import withheld
from base.rules.rights.actors import job_session, system_session
from base.store.models import Entity, Event
from base.store.models.seals import EventPersonal
from interventions import queries, services
from interventions.models import RATES, Agent, AgentRate, Labour, WorkOrder
from patrimoine.models import CostLine
from tests.factories.interventions import MONDAY, NOON, agent, building, stocked, work_order

RATE, SHORT, LONG = Decimal("73.31"), Decimal("100.43"), Decimal("146.62")
#: The rate, the amounts of labour, their sum, and sums with what stands beside them, in euros.
SECRETS = [RATE, SHORT, LONG, SHORT + LONG, SHORT + LONG + 20, SHORT + LONG + 11, SHORT + LONG + 9]
#: As programs write them and as people read them: 100.43, 100,43.
TELLING = re.compile("|".join(str(s).replace(".", "[.,]") for s in SECRETS))


@pytest.fixture
def town(app: Any) -> dict[str, int]:
    """Work with two lines of labour, of which one was taken back and written anew."""
    return made()


@pytest.fixture
def sqlite_town(sqlite_app: Any) -> dict[str, int]:
    return made()


def made() -> dict[str, int]:
    with job_session((1,), "user:2", "test") as session:
        place = session.scalars(select(Entity).where(Entity.code == "A")).one()
        school = building(session, place.id, code="BAT-1")
        nadia = agent(session, place.id, rates={"2026-01-01": str(RATE)})
        store, seal = stocked(session, place.id, "10", "11.00")
        row = work_order(session, school, assigned_to=nadia)
        services.start(session, row, at=NOON, agent=nadia)
        wrong = services.record_labour(session, row, nadia, hours=Decimal("1.37"), date_on=MONDAY)
        services.record_labour(session, row, nadia, hours=Decimal(2), date_on=MONDAY)
        services.correct_labour(session, wrong, at=NOON, hours=Decimal("1.37"))
        services.consume_part(session, row, seal, store=store, quantity=Decimal(1), date_on=MONDAY)
        services.record_expense(
            session,
            row,
            supplier="X",
            label="Y",
            amount_ht_eur=Decimal(9),
            vat_rate=Decimal(0),
            date_on=MONDAY,
        )
        return {"order": row.id, "asset": school.id, "agent": nadia.id, "entity": place.id}


def person(name: str) -> int:
    from flask_appbuilder.security.sqla.models import User

    with system_session("test", readonly=True) as session:
        found: int = session.scalars(select(User.id).where(User.username == name)).one()
        return found


def told(text: str) -> list[str]:
    return [text[max(0, m.start() - 60) : m.end() + 20] for m in TELLING.finditer(text)]


def words(data: bytes) -> str:
    """What a page, a PDF or a workbook says."""
    if data.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return " ".join(book.read(name).decode(errors="replace") for name in book.namelist())
    return data.decode(errors="replace")


def test_the_figures_are_there_for_who_may(client_of: Any, api_of: Any, town: Any) -> None:
    """Else the sweeps below would find nothing because nothing is there."""
    alice = api_of("alice")
    rate = alice("GET", f"/api/v1/agent/{town['agent']}/rate").get_data(as_text=True)
    lines = alice("GET", f"/api/v1/work_order/{town['order']}/labour").get_data(as_text=True)
    costs = alice("GET", "/api/v1/cost_line/").get_data(as_text=True)
    page = client_of("alice").get(f"/workorderview/show/{town['order']}").get_data(as_text=True)
    for text in (rate, lines, costs, page):
        assert told(text)
    assert "Hors main-d’œuvre" not in page


def test_no_rate_by_rest(api_of: Any, app: Any, town: Any) -> None:
    damien = api_of("damien")
    assert damien("GET", f"/api/v1/agent/{town['agent']}/rate").status_code == 403
    leaks = {}
    for path in (
        *addresses(app, api=True),
        f"/api/v1/work_order/{town['order']}/labour",
        f"/api/v1/work_order/{town['order']}/cost",
        f"/api/v1/work_order/{town['order']}",
        "/api/v1/labour/1",
        "/api/v1/trail/?q=(page_size:100)",
    ):
        answer = damien("GET", path)
        assert answer.status_code < 500, (path, answer.status_code)
        if found := told(answer.get_data(as_text=True)):
            leaks[path] = found
    assert not leaks
    below = damien("GET", f"/api/v1/work_order/{town['order']}/labour").get_json()
    assert "main-d’œuvre" in below["left_out"][0]
    line = damien("GET", "/api/v1/labour/1").get_json()["result"]
    assert (line["hours"], line["hourly_rate_eur"], line["amount_ht_eur"]) == ("1.370", None, None)
    cost = damien("GET", f"/api/v1/work_order/{town['order']}/cost").get_json()["result"]
    assert (cost["labour"], cost["amount_ht_eur"], cost["parts"]) == (None, None, "11.00")
    ledger = damien("GET", "/api/v1/cost_line/").get_json()
    assert ledger["count"] == 2 and "main-d’œuvre" in ledger["left_out"][0]
    assert "left_out" not in api_of("alice")("GET", "/api/v1/cost_line/").get_json()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_says_what_it_leaves_out(client_of: Any, town: Any, form: str) -> None:
    """A list without labour adds up to less: the file says so, as the page does."""
    place = f"/costlineview/export/{form}"
    told = [words(client_of(name).get(place).get_data()) for name in ("damien", "alice")]
    assert ["Hors main-d’œuvre" in text for text in told] == [True, False]


def test_no_rate_on_any_screen_and_in_no_export(client_of: Any, app: Any, town: Any) -> None:
    """Every GET that a reader may open, with the ids of this town."""
    damien, leaks, opened = client_of("damien"), {}, 0
    exports = ("workorder", "costline", "asset", "building", "servicerequest")
    asked = [f"/{name}view/export/{form}" for name in exports for form in ("csv", "xlsx")]
    for path in (*addresses(app, api=False), *asked):
        answer = damien.get(path)
        assert answer.status_code < 500 or path == "/ready", path
        if answer.status_code == 200:
            opened += 1
            if found := told(words(answer.get_data())):
                leaks[path] = found
    assert opened > 40
    assert not leaks
    page = damien.get(f"/workorderview/show/{town['order']}").get_data(as_text=True)
    assert "1,37" in page and "Hors main-d’œuvre" in page and "non communiqué" in page
    ledger = damien.get("/costlineview/list/").get_data(as_text=True)
    assert "Hors main-d’œuvre" in ledger and "9,00" in ledger


def test_a_tile_of_the_first_page_says_what_it_leaves_out(client_of: Any, town: Any) -> None:
    """It comes after the page, whose foot says it of what was read before."""
    told = [client_of(name).get("/accueil/tuile/month-costs").text for name in ("damien", "alice")]
    assert ["Hors main-d’œuvre" in text for text in told] == [True, False]


def addresses(app: Any, *, api: bool) -> list[str]:
    """Every address that is read, with 1 for each number and word in it."""
    found = []
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith("/static") or "logout" in rule.rule:
            continue
        if rule.rule.startswith("/api/") is api:
            try:
                found.append(urls.build(rule.endpoint, dict.fromkeys(rule.arguments, 1)))
            except ValueError:
                continue  # a part of the address is no number
    return sorted(set(found))


def test_filters_orders_and_sums_are_no_way_round(town: Any) -> None:
    """A statement that names the column finds it empty, wherever it names it."""
    other = aliased(Labour)
    with job_session((1,), f"user:{person('damien')}", "test", readonly=True) as session:
        assert withheld.lacking(session) == {RATES}
        assert session.scalars(select(Labour).where(Labour.hourly_rate_eur > 73)).all() == []
        assert session.scalars(select(AgentRate.hourly_rate_eur)).all() == [None]
        assert session.scalars(select(other.amount_ht_eur).order_by(other.id)).all() == [None] * 3
        assert session.scalar(select(func.sum(Labour.amount_ht_eur))) is None
        assert session.scalar(select(func.sum(Labour.hours))) == Decimal("4.740")
        assert {line.amount_ht_eur for line in session.scalars(select(Labour))} == {None}
        nested = select(Labour.amount_ht_eur.label("x")).subquery()
        assert session.scalar(select(func.max(nested.c.x)).join(Labour, Labour.id > 0)) is None
        assert set(session.scalars(select(CostLine.nature))) == {"parts", "supplier"}
        row = session.get(WorkOrder, town["order"])
        cost = queries.cost_summary(session, row)
        assert (cost.amount_ht_eur, cost.agrees) == (Decimal("20.00"), True)
        assert queries.costs_of(session, [row.id]) == {row.id: Decimal("20.00")}
        by_cost = select(WorkOrder.id).where(queries.cost_expression() > 200)
        assert session.scalars(by_cost).all() == []
        line = session.scalars(select(Labour).limit(1)).one()
        session.refresh(line)
        assert line.hourly_rate_eur is None
        session.expire(line)
        assert line.amount_ht_eur is None and line.hours
    with job_session((1,), f"user:{person('alice')}", "test", readonly=True) as session:
        assert withheld.lacking(session) == frozenset()
        assert session.scalar(select(func.max(Labour.hourly_rate_eur))) == RATE


def test_the_history_tells_no_rate_but_keeps_it(town: Any) -> None:
    from base.rules.rights import personal

    for name, leaks in (("damien", False), ("alice", True)):
        with job_session((1,), f"user:{person(name)}", "test", readonly=True) as session:
            events = session.scalars(select(Event)).all()
            said = json.dumps(personal.reveal(session, events))
            assert bool(told(said)) is leaks
            assert "1.37" in said  # the hours


def test_who_may_not_read_rates_still_books_the_true_cost(app: Any, town: Any) -> None:
    """Time logged, corrected and taken back by such a person costs what it costs."""
    with job_session((1,), f"user:{person('damien')}", "test") as session:
        row = session.get(WorkOrder, town["order"])
        nadia = session.get(Agent, town["agent"])
        line = services.record_labour(session, row, nadia, hours=Decimal(3), date_on=MONDAY)
        assert (line.hourly_rate_eur, line.amount_ht_eur) == (None, None)
        anew = services.correct_labour(session, line, at=NOON, hours=Decimal(1))
        assert anew.amount_ht_eur is None
        services.reverse_line(session, anew, at=NOON)
        ids = line.id, anew.id
    with system_session("test", readonly=True) as session:
        booked = session.execute(
            select(CostLine.source_id, CostLine.amount_ht_eur)
            .where(CostLine.source_type == Labour.__tablename__, CostLine.source_id.in_(ids))
            .order_by(CostLine.id)
        ).all()
        assert [(ids.index(i), amount) for i, amount in booked] == [
            (0, Decimal("219.93")),
            (0, Decimal("-219.93")),
            (1, RATE),
            (1, -RATE),
        ]


def test_the_history_of_a_row_is_for_who_reads_the_row(api_of: Any, town: Any) -> None:
    """A line of labour is not on the reader's list: its history is not either, asked any way."""
    with system_session("test", readonly=True) as session:
        labour = session.scalars(select(CostLine.id).where(CostLine.nature == "labour")).all()
        assert len(labour) == 4
    for name, seen in (("damien", False), ("alice", True)):
        with job_session((1,), f"user:{person(name)}", "test", readonly=True) as session:
            rows = set(session.scalars(select(CostLine.id)))
            other = aliased(Event)
            for event in (Event, other, EventPersonal):
                record = event.record == "patrimoine_cost_line"
                ids = set(session.scalars(select(event.record_id).where(record)))
                assert ids <= rows, (name, event)
                assert event is EventPersonal or ids == rows
            count = select(func.count()).select_from(Event)
            mine = count.where(Event.record == "patrimoine_cost_line", Event.record_id.in_(labour))
            assert bool(session.scalar(mine)) is seen
        asked = "(filters:!((col:record,opr:eq,value:patrimoine_cost_line),(col:record_id,opr:eq"
        for number in labour:
            found = api_of(name)("GET", f"/api/v1/trail/?q={asked},value:{number})))").get_json()
            assert bool(found["count"]) is seen
            answer = api_of(name)("GET", f"/api/v1/cost_line/{number}")
            assert answer.status_code == (200 if seen else 404)


def test_no_list_leads_to_a_page_that_is_refused(client_of: Any, app: Any, town: Any) -> None:
    """An agent reads the list of agents, and opens none: its names are no links."""
    refused, followed = {}, 0
    for name in ("bob", "damien"):
        client = client_of(name)
        for view in app.appbuilder.baseviews:
            if not isinstance(view, ModuleView):
                continue
            page = client.get(f"{view.route_base}/list/?tab=all")
            links = re.findall(r'<a class="ov-ink-link" href="([^"]+)"', page.text)
            for link in links[:1] if page.status_code == 200 else ():
                followed += 1
                if (status := client.get(link).status_code) != 200:
                    refused[name, link] = status
    assert refused == {} and followed > 12
