"""Verbs of tags, reports, fields and shapes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.basics.errors import DomainError, TransitionRefused
from base.store.models import Event
from patrimoine import queries, services
from patrimoine.domain.kinds import TagState
from tests.patrimoine.rows import AT, SQUARE
from tests.patrimoine.test_services import TOKEN_LENGTH


class TestTags:
    def test_one_valid_tag_an_asset(self, session, school):
        boiler = school[4]
        tag = services.issue_tag(session, boiler, at=AT)
        assert len(tag.token) == TOKEN_LENGTH
        # It is made for the boiler; whether it was printed and put up nobody knows.
        assert (str(TagState(tag.state).word), tag.printed_count) == ("Attribuée", 0)
        assert services.issue_tag(session, boiler, at=AT) is tag
        services.revoke_tag(session, tag, at=AT)
        assert services.issue_tag(session, boiler, at=AT) is not tag

    def test_many_at_once(self, session, school):
        tags = services.issue_tags(session, school, at=AT)
        assert len({t.token for t in tags.values()}) == len(school)

    def test_life_of_a_blank_tag(self, session, school):
        tag = services.issue_blank_tags(session, entity_id=1, count=3, at=AT)[0]
        services.link_tag(session, tag, school[4], at=AT)
        assert tag.state == "claimed"
        services.link_tag(session, tag, school[3], at=AT)
        assert (tag.state, tag.asset_id) == ("relinked", school[3].id)
        services.revoke_tag(session, tag, at=AT)
        with pytest.raises(TransitionRefused):
            services.link_tag(session, tag, school[4], at=AT)

    def test_a_token_leads_to_its_asset_until_revoked(self, session, school):
        tag = services.issue_tag(session, school[4], at=AT)
        owner = queries.token_owner(session, tag.token)
        assert (owner.asset_id, owner.entity_id) == (school[4].id, 1)
        shown = queries.public_asset(session, owner)
        assert (shown.name, shown.place) == (
            "Chaudière",
            "École Les Tilleuls, Bâtiment 1, chaufferie",
        )
        assert not shown.may_report
        services.revoke_tag(session, tag, at=AT)
        assert queries.token_owner(session, tag.token) is None
        assert queries.token_owner(session, None) is None


class TestReports:
    def test_contacts_are_forgotten_two_months_after(self, session, school):
        def report(**columns):
            return services.receive_report(
                session,
                asset_id=school[4].id,
                entity_id=1,
                tag_id=None,
                at=AT,
                description="Une fuite",
                contact="x@y.fr",
                **columns,
            )

        old, fresh, still_open = report(), report(), report()
        services.close_report(session, old, at=AT)
        services.end_report(session, fresh, at=AT + timedelta(days=50), refused="Doublon")
        with pytest.raises(TransitionRefused):
            services.close_report(session, old, at=AT)
        later = AT + timedelta(days=10)
        assert services.forget_contacts(session, closed_before=later) == 1
        assert services.forget_contacts(session, closed_before=later) == 0
        assert [r.contact for r in (old, fresh, still_open)] == [None, "x@y.fr", "x@y.fr"]
        assert old.description == "Une fuite"


class TestFields:
    def test_values_are_typed_and_noted(self, session, school):
        boiler = school[4]
        services.define_field(session, label="Puissance", field_type="number", unit="kW")
        services.define_field(
            session, label="Combustible", field_type="choice", choices="Gaz\nFioul"
        )
        services.set_values(session, boiler, {"puissance": "12,5", "combustible": "gaz"})
        found = {v.field.key: v.value for v in queries.custom_values(session, boiler)}
        assert found == {"puissance": Decimal("12.5"), "combustible": "Gaz"}
        services.set_values(session, boiler, {"puissance": ""})
        session.commit()
        last = session.scalars(
            select(Event).where(Event.record_id == boiler.id, Event.op == "V").order_by(Event.seq)
        ).all()
        assert '"fields":{"Puissance":["12.5",null]}' in last[-1].changes

    def test_refusals(self, session, school):
        services.define_field(session, label="Puissance", field_type="number")
        with pytest.raises(DomainError, match="existe déjà"):
            services.define_field(session, label="puissance")
        with pytest.raises(DomainError, match="n’est pas un nombre"):
            services.set_values(session, school[4], {"puissance": "beaucoup"})
        with pytest.raises(DomainError, match="pas de champ"):
            services.set_values(session, school[4], {"inconnu": "1"})


class TestShapes:
    def test_a_shape_places_its_asset(self, session, school):
        from patrimoine.queries import maps

        row = services.set_geometry(session, school[1], SQUARE)
        assert row.area_m2 > 4000
        assert school[1].latitude == pytest.approx(48.800333)
        rows, more = maps.shapes_in_box(session, maps.Box(2, 48, 3, 49))
        assert [r.id for r in rows] == [school[1].id]
        assert not more
        assert maps.shapes_in_box(session, maps.Box(3, 48, 4, 49))[0] == []
        assert maps.extent(session) == maps.Box(2.3, 48.8, 2.301, 48.801)
        services.set_geometry(session, school[1], None)
        assert maps.shapes_in_box(session, maps.Box(2, 48, 3, 49))[0][0].geojson is None
