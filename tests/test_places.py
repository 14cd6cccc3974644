"""Two boilers of one name in two schools: every door says in which school each of them is."""

import csv
import io
import re
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from sqlalchemy import event, select

from base.basics import clock
from base.face.views import ModuleView
from base.rules.rights.actors import job_session, system_session
from base.store.database import Model, db
from base.store.history.trail import record_name
from base.store.models import Event
from base.store.models.inbox import NextAction
from base.store.together import aside_name, said_by
from interventions import services as work
from interventions.models import ServiceRequest, WorkOrder
from patrimoine import jobs, services
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset
from reports.catalogue.words import in_words
from tests.base.test_job_pages import user_id
from tests.engines import sign_in, token_headers
from tests.factories.energie import point
from tests.factories.interventions import agent
from tests.interventions.test_views import statements as count
from tests.listed import add_reader

DAY = date(2026, 1, 5)
SCHOOLS = ("Groupe scolaire Les Tilleuls", "Groupe scolaire Les Marronniers")
BOILER = "Chaudière gaz n° 1"
#: What both rooms are called in a line.
IN_IT = "chaufferie (rez-de-chaussée)"
STREETS = ("12 rue des Tilleuls", "3 rue des Marronniers")


def build(session):
    """Two schools with the same storey, room and boiler, and one of each record on each boiler."""
    from flask_appbuilder.security.sqla.models import User

    bob = session.scalars(select(User).where(User.username == "bob")).one()
    nadia = agent(session, 1, user_id=bob.id)
    zoe = session.scalars(select(User).where(User.username == "zoe")).one()
    found = {"boilers": [], "orders": [], "requests": [], "tags": []}
    for name, street in zip(SCHOOLS, STREETS, strict=True):
        common = {"entity_id": 1, "on": DAY}
        school = services.create(
            session,
            Kind.BUILDING,
            name=name,
            address=street,
            postcode="10000",
            city="Aubre",
            **common,
        )
        floor = services.create(
            session, Kind.FLOOR, name="Rez-de-chaussée", parent=school, **common
        )
        room = services.create(session, Kind.ROOM, name="Chaufferie", parent=floor, **common)
        boiler = services.create(session, Kind.EQUIPMENT, name=BOILER, parent=room, **common)
        order = work.open_work_order(
            session,
            boiler,
            title="Panne de chauffage",
            at=clock.now(),
            assigned_to=nadia,
            planned_on=clock.today(),
        )
        work.plan(session, order)
        asked = work.open_request(
            session,
            boiler,
            title="Pas de chauffage",
            description="",
            at=clock.now(),
            requester="Mme Hubert",
            contact="",
        )
        tag = services.issue_tag(session, boiler, at=clock.now())
        services.receive_report(
            session,
            asset_id=boiler.id,
            entity_id=1,
            tag_id=tag.id,
            description="Il fait froid",
            contact=None,
            at=clock.now(),
        )
        services.book_cost(
            session,
            boiler,
            date_on=DAY,
            amount_ht_eur=Decimal("100"),
            nature="labour",
            label="Contrat",
            source_type="test",
            source_id=1,
        )
        point(
            session, 1, asset=boiler, reference=f"3000123456780{len(found['boilers'])}", name="Gaz"
        )
        session.add(
            NextAction(
                title="Rappeler",
                due_on=clock.today(),
                assignee_id=zoe.id,
                record=record_name(order),
                record_id=order.id,
                entity_id=1,
            )
        )
        found["boilers"].append(boiler.id)
        found["orders"].append(order.id)
        found["requests"].append(asked.id)
        found["tags"].append(tag.token)
    return found


@pytest.fixture
def schools(sqlite_app):
    add_reader()
    with system_session("tests") as session:
        return build(session)


@pytest.fixture
def zoe(sqlite_app, schools):
    client = sqlite_app.test_client()
    sign_in(client, "zoe")
    return client


def text(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    page = re.sub(r"<(script|style).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@contextmanager
def statements(app):
    """What is asked of the database meanwhile."""
    found = []

    def note(connection, cursor, statement, *rest):
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def says_both(words):
    return [name for name in SCHOOLS if name not in words] == []


#: Pages on which both boilers, or records of both, are named.
PAGES = [
    "/recherche?q=chaudiere",
    "/recherche?q=chaudiere&part=1",
    "/recherche?q=panne",
    "/recherche?q=pas%20de%20chauffage",
    "/assetview/list/?q=chaudiere",
    "/equipmentview/list/",
    "/workorderview/list/?tab=all",
    "/workorderview/list/?tab=all&group=asset",
    "/workorderview/list/?tab=all&display=board",
    "/workorderview/list/?tab=all&display=calendar&period=week",
    "/workorderview/list/?tab=all&display=calendar&period=month",
    "/servicerequestview/list/",
    "/servicerequestview/list/?display=board",
    "/tagreportview/list/",
    "/tagview/list/",
    "/deliverypointview/list/",
    "/costlineview/list/",
    "/boite/",
]


def test_a_page_that_names_both_says_both_schools(zoe):
    assert [path for path in PAGES if not says_both(text(zoe.get(path)))] == []


def test_filters_say_which_boiler_they_keep(zoe, schools):
    for name, boiler in zip(SCHOOLS, schools["boilers"], strict=True):
        page = text(zoe.get(f"/workorderview/list/?tab=all&f.asset.eq={boiler}"))
        chip = page[page.index("Retirer") :] if "Retirer" in page else page
        assert name in chip


def test_every_field_that_offers_assets_says_where_they_are(zoe, sqlite_app):
    """Relations to assets, and to records of assets, in the forms and filters of all screens."""
    wrong, tried = [], 0
    for view in sqlite_app.appbuilder.baseviews:
        if not isinstance(view, ModuleView):
            continue
        columns = {*(view.add_columns or ()), *(view.edit_columns or ()), *view.search_columns}
        for name in sorted(columns):
            if not view.aside_of(name):
                continue
            tried += 1
            rows = zoe.get(f"/{view.endpoint.lower()}/choices/{name}?q=").get_json()
            both = [row for row in rows if BOILER in row["text"] + row["aside"]]
            asides = {row["aside"] for row in rows}
            if both and not says_both(" ".join(asides)):
                wrong.append((view.endpoint, name, rows))
    assert wrong == []
    assert tried > 5


def test_a_field_keeps_the_place_of_what_was_chosen(zoe, schools):
    page = zoe.get(f"/workorderview/add?asset={schools['boilers'][1]}").get_data(as_text=True)
    assert f'data-aside="{SCHOOLS[1]}, {IN_IT}"' in page


def test_the_place_stands_on_the_pages_of_one_boiler(zoe, schools):
    for at, name in enumerate(SCHOOLS):
        order, asked = schools["orders"][at], schools["requests"][at]
        for path in (
            f"/workorderview/show/{order}",
            f"/servicerequestview/show/{asked}",
            f"/interventions/mobile/{order}",
            f"/interventions/mobile/bien/{schools['boilers'][at]}/intervenir",
            f"/t/{schools['tags'][at]}",
            f"/equipmentview/show/{schools['boilers'][at]}",
        ):
            assert name in text(zoe.get(path)), path


def test_the_history_says_from_which_school_to_which(sqlite_app, zoe, schools):
    """Both rooms are called "Chaufferie": moved from one to the other, a boiler has a history."""
    boiler = schools["boilers"][0]
    page = f"/equipmentview/show/{boiler}"
    room = "Chaufferie, {}, rez-de-chaussée"
    with system_session("tests") as session:
        first, second = (session.get(Asset, number).parent_id for number in schools["boilers"])
    costs = []
    for parents in ([second], [first, second, None, second]):
        for parent in parents:
            with job_session((1,), f"user:{user_id('zoe')}", "tests") as session:
                there = session.get(Asset, parent) if parent else None
                services.move(session, session.get(Asset, boiler), parent=there, on=clock.today())
        costs.append(count(sqlite_app, lambda: zoe.get(page)))
    thread = text(zoe.get(page))
    thread = thread[thread.index("Fil") :]
    assert [name for name in SCHOOLS if room.format(name) not in thread] == []
    assert costs[1] <= costs[0], "what a thread names is read at once"
    assert f"{SCHOOLS[1]}, {IN_IT} · modifié par" in text(zoe.get("/?bureau=1"))
    with system_session("tests", readonly=True) as session:
        events = session.scalars(select(Event).where(Event.record_id == boiler)).all()
        cells = {str(cell) for row, _same in in_words(session, events) for cell in row}
    assert {room.format(name) for name in SCHOOLS} <= cells


def test_a_place_read_within_a_savepoint_goes_with_it(sqlite_app, schools):
    with system_session("tests") as session:
        boiler, other = (session.get(Asset, number) for number in schools["boilers"])
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            services.move(session, boiler, parent=other.parent, on=clock.today())
            assert SCHOOLS[1] in boiler.place
            raise ZeroDivisionError
        assert SCHOOLS[0] in boiler.place


def test_the_phone_and_the_tag_say_the_address(sqlite_app, zoe, schools):
    bob = sqlite_app.test_client()
    sign_in(bob, "bob")
    day = text(bob.get("/interventions/mobile/"))
    assert says_both(day)
    for at, street in enumerate(STREETS):
        assert f"{street}, 10000 Aubre" in text(
            bob.get(f"/interventions/mobile/{schools['orders'][at]}")
        )
        assert f"{street}, 10000 Aubre" in text(bob.get(f"/t/{schools['tags'][at]}"))
    assert says_both(text(bob.get("/")))


def test_a_stranger_who_may_report_reads_the_place(sqlite_app, schools):
    from patrimoine.models import Category

    with system_session("tests") as session:
        play = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
        for number in schools["boilers"]:
            session.get(Asset, number).category = play
    stranger = sqlite_app.test_client()
    for at, name in enumerate(SCHOOLS):
        page = text(stranger.get(f"/t/{schools['tags'][at]}"))
        assert f"{name}, {IN_IT}" in page
        assert STREETS[at] in page


def pdf_text(data):
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_sheet_of_a_work_order_says_building_and_address(zoe, schools):
    for at, name in enumerate(SCHOOLS):
        said = pdf_text(zoe.get(f"/workorderview/sheet/{schools['orders'][at]}").data)
        assert name in said
        assert STREETS[at] in said


def test_labels_say_the_building(sqlite_app, schools):
    with job_session((1,), "test", "test", readonly=True) as session:
        out = io.BytesIO()
        jobs.draw(session, out, schools["boilers"], layout="63x34")
    said = pdf_text(out.getvalue())
    # Words may be cut at the end of a line of the label.
    assert "Les Tilleuls" in said
    assert "Les Marronniers" in said


EXPORTS = [
    "equipmentview",
    "assetview",
    "workorderview",
    "servicerequestview",
    "tagview",
    "tagreportview",
    "deliverypointview",
    "costlineview",
]


def test_an_exported_list_says_the_place_in_a_column_of_its_own(zoe):
    wrong = []
    for view in EXPORTS:
        answer = zoe.get(f"/{view}/export/csv?tab=all")
        assert answer.status_code == 200, view
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
        at = [n for n, title in enumerate(rows[0]) if "Lieu" in title]
        if not at or not says_both(" ".join(row[at[0]] for row in rows[1:])):
            wrong.append((view, rows))
    assert wrong == []


def test_the_detail_of_the_cost_report_says_the_place(zoe):
    page = text(zoe.get("/rapports/cost?start=2026-01-01&end=2027-01-01&more=lines"))
    assert says_both(page)
    made = text(zoe.get("/rapports/cost/ecritures?start=2026-01-01&end=2027-01-01"))
    assert says_both(made)


def of_assets(app):
    """The resources of assets and of whatever is of an asset, in all modules."""
    return [
        api
        for api in app.appbuilder.baseviews
        if hasattr(api, "resource_name")
        and hasattr(api, "datamodel")
        and (api.datamodel.obj in with_an_asset() or issubclass(api.datamodel.obj, Asset))
    ]


def with_an_asset():
    """The models of all modules that have an asset."""
    return {
        mapper.class_
        for mapper in Model.registry.mappers
        for relation in mapper.relationships
        if relation.key == "asset" and relation.mapper.class_ is Asset
    }


def test_every_record_of_an_asset_has_its_place_for_programs(sqlite_app, schools):
    client = sqlite_app.test_client()
    add = token_headers(client, "zoe")
    described = client.get("/api/v1/_openapi").get_json()["components"]["schemas"]
    told = set()
    for api in of_assets(sqlite_app):
        resource = api.resource_name
        with statements(sqlite_app) as asked:
            rows = client.get(f"/api/v1/{resource}/", headers=add).get_json()["result"]
        # A meter is an asset of its own, below what its point stands on.
        within = f", {BOILER}" if resource == "meter" else ""
        said = {row["place"] for row in rows}
        if {f"{name}, {IN_IT}{within}" for name in SCHOOLS} <= said:
            told.add(resource)
        assert len([one for one in asked if "RECURSIVE" in one]) == (1 if rows else 0), resource
        if rows:
            one = client.get(f"/api/v1/{resource}/{rows[0]['id']}", headers=add).get_json()
            assert one["result"]["place"] == rows[0]["place"], resource
        for part in ("get_list", "get"):
            schema = next(v for k, v in described.items() if _lists(k, resource, part))
            assert schema["properties"]["place"]["type"] == "string", (resource, part)
    assert {"asset", "equipment", "work_order", "service_request", "tag", "cost_line"} <= told
    assert {"delivery_point", "meter"} <= told


def _lists(name, resource, part):
    stem, _dot, what = name.partition(".")
    return what == part and stem.lower() == resource.replace("_", "") + "api"


def test_a_record_on_a_room_says_the_room(sqlite_app, schools):
    with system_session("tests") as session:
        room = session.scalars(select(Asset).where(Asset.kind == Kind.ROOM)).first()
        row = work.open_work_order(session, room, title="Peinture", at=clock.now())
        assert row.place == f"{SCHOOLS[0]}, {IN_IT}"
        row = work.open_work_order(session, room.parent.parent, title="Toit", at=clock.now())
        assert row.place == f"{SCHOOLS[0]}, {STREETS[0]}, 10000 Aubre"


def test_every_model_with_an_asset_says_where_it_is(sqlite_app):
    """Unasked: neither its model, nor its card, nor its resource names the place."""
    models = with_an_asset()
    assert {WorkOrder, ServiceRequest} <= models
    names = ("place", "located", "postal")
    silent = [m.__name__ for m in models if not {*names} <= {*said_by(m)} or not aside_name(m)]
    assert silent == []
    for api in of_assets(sqlite_app):
        for part in ("list_columns", "show_columns"):
            assert getattr(api, part).count("place") == 1, (type(api).__name__, part)


def test_a_person_of_another_authority_reads_no_place(sqlite_app, schools):
    chloe = sqlite_app.test_client()
    sign_in(chloe, "chloe")
    for path in PAGES:
        assert "scolaire" not in chloe.get(path).get_data(as_text=True), path
