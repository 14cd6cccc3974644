"""Programs read the place of whatever is of an asset, in all modules, unasked."""

import gc
from contextlib import contextmanager

from sqlalchemy import event, select

from base.basics import clock
from base.rules.rights.actors import system_session
from base.store.database import Model, db
from base.store.together import aside_name, said_by
from interventions import services as work
from interventions.models import ServiceRequest, WorkOrder
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset
from tests.engines import token_headers
from tests.places.schools import BOILER, IN_IT, SCHOOLS, STREETS


@contextmanager
def statements(app):
    """What is asked of the database meanwhile."""
    found = []

    def note(connection, cursor, statement, *rest):
        found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    # A row that nobody holds any more is read again once Python has taken it away.
    gc.disable()
    try:
        yield found
    finally:
        gc.enable()
        event.remove(engine, "before_cursor_execute", note)


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
        assert len([one for one in asked if "is_twin" in one]) == (1 if rows else 0), resource
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
