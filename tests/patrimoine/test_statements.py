"""A page costs a fixed number of statements, however many rows it shows or hides."""

import gc
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event

from base.basics import clock
from base.rules.rights.actors import system_session
from base.store.database import db
from patrimoine import domain, services
from patrimoine.services import bulk
from patrimoine.views import strangers
from tests import engines

DAY = date(2026, 1, 5)


def grow(first, count):
    """Buildings with a room, costs and a tag each, below the first site."""
    with system_session("tests") as session:
        drafts = [
            bulk.Draft(domain.Kind.BUILDING, {"code": f"B{n}", "name": f"Bât {n}"}, parent_id=1)
            for n in range(first, first + count)
        ]
        drafts += [
            bulk.Draft(
                domain.Kind.ROOM, {"code": f"R{n}", "name": f"Salle {n}"}, parent_code=f"B{n}"
            )
            for n in range(first, first + count)
        ]
        bulk.create_many(session, drafts, entity_id=1, on=DAY)
        from sqlalchemy import select

        from patrimoine.models import Room

        rooms = session.scalars(select(Room)).all()
        for room in rooms:
            services.book_cost(
                session,
                room,
                date_on=clock.today(),
                amount_ht_eur=Decimal("1"),
                nature="labour",
                label="x",
                source_type="test",
                source_id=1,
            )
        services.issue_tags(session, rooms, at=clock.now())


@pytest.fixture
def counted(sqlite_app):
    """``counted(client, path)``: how many statements a page takes."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    def run(client, path, **kwargs):
        strangers.PAGES.clear()
        client.get(path, **kwargs)
        seen.clear()
        # A row that nobody holds any more is read again once Python has taken it away.
        gc.disable()
        answer = client.get(path, **kwargs)
        gc.enable()
        assert answer.status_code == 200, path
        return len(seen)

    with sqlite_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield run
    event.remove(engine, "before_cursor_execute", note)


def test_a_fixed_number_of_statements(sqlite_app, sqlite_client_of, counted):
    with system_session("tests") as session:
        site = services.create(session, "site", entity_id=1, name="Site", on=DAY)
        services.define_field(session, label="Gardien")
        token = services.issue_tag(session, site, at=clock.now()).token
        assert site.id == 1
    # More than a page of each: a list that ends on its first page is not counted apart.
    grow(0, 60)
    alice = sqlite_client_of("alice")
    bearer = engines.token_headers(sqlite_app.test_client(), "alice")
    pages = {
        "list": ("/assetview/list/?size=100", {}),
        "buildings": ("/buildingview/list/", {}),
        "record": ("/siteview/show/1", {}),
        "tag": (f"/t/{token}", {}),
        "ledger": ("/costlineview/list/?under=1", {}),
        "rest list": ("/api/v1/asset/?q=(page_size:50)", bearer),
        "rest detail": ("/api/v1/asset/1", bearer),
    }
    few = {n: counted(alice, path, headers=headers) for n, (path, headers) in pages.items()}
    grow(100, 40)
    many = {n: counted(alice, path, headers=headers) for n, (path, headers) in pages.items()}
    assert few == many
    assert few["rest detail"] <= 10
    assert few["rest list"] <= 12
    assert few["list"] <= 16
    assert few["tag"] <= 14
    assert few["record"] <= 45
