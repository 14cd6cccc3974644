"""The verbs of the register, on both engines."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from base.basics.errors import DomainError, TransitionRefused
from base.rules.rights.refusals import ScopeError
from base.store.models import Event
from patrimoine import domain, queries, services
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset, AssetMove, CostLine, Parcel, Tag, Vehicle
from patrimoine.queries import tree
from patrimoine.services import bulk
from tests.patrimoine.rows import AT, DAY, SQUARE, below, site

LATER = date(2026, 6, 1)
TOKEN_LENGTH = 16


def _below_on(session, asset_id, day):
    return set(session.scalars(tree.branch_on(asset_id, day)))


def category(session, code):
    return queries.categories_by_code(session)[code]


class TestCreate:
    def test_path_number_and_words_are_made(self, session, school):
        top, first, _second, room, boiler = school
        assert boiler.path == "".join(
            domain.segment(a.id) + "/" for a in (top, first, room, boiler)
        )
        assert [a.code for a in school] == [
            "SIT-0001",
            "BAT-0001",
            "BAT-0002",
            "LOC-0001",
            "EQP-0001",
        ]
        assert boiler.search_text == "eqp-0001 chaudiere"
        assert boiler.version == 1

    def test_a_number_given_by_hand_is_not_given_again(self, session):
        site(session, code="SIT-0001")
        assert site(session, name="Autre").code == "SIT-0002"

    def test_duplicates_are_told(self, session, school):
        top = school[0]
        car = below(session, Kind.VEHICLE, "Kangoo", top, plate="aa-123-bc")
        assert car.plate == "AA123BC"
        with pytest.raises(DomainError, match="déjà sur «\u00a0Kangoo\u00a0»"):
            below(session, Kind.VEHICLE, "Autre", top, plate="AA 123 BC")
        with pytest.raises(DomainError, match="déjà sur «\u00a0Bâtiment 1\u00a0»"):
            below(session, Kind.BUILDING, "Copie", top, code="BAT-0001")

    def test_a_serial_number_is_unique_in_its_category(self, session, school):
        top = school[0]
        kind = {"parent": top, "category": category(session, "extincteur")}
        services.create(
            session, "equipment", entity_id=1, name="E1", on=DAY, serial_number="X1", **kind
        )
        for again in ("X1", "x1", " X1\u200b"):
            with pytest.raises(
                DomainError, match="N° de série [Xx]1\u00a0: déjà sur «\u00a0E1\u00a0»"
            ):
                services.create(
                    session,
                    "equipment",
                    entity_id=1,
                    name="E2",
                    on=DAY,
                    serial_number=again,
                    **kind,
                )

    def test_the_same_plate_in_another_authority_is_fine(self, session):
        for entity_id in (1, 2):
            services.create(
                session, "vehicle", entity_id=entity_id, name="Kangoo", on=DAY, plate="AA-123-BC"
            )
        assert session.scalar(select(func.count(Vehicle.id))) == 2

    def test_the_database_itself_refuses_a_double(self, session):
        for _index in range(2):
            session.add(Vehicle(entity_id=1, code=f"V{_index}", name="x", plate="AA123BC"))
        with pytest.raises(DBAPIError):
            session.flush()

    def test_what_cannot_stand_there(self, session, school):
        top, first, _second, room, _boiler = school
        with pytest.raises(DomainError, match="ne peut pas contenir"):
            below(session, Kind.BUILDING, "B", room)
        with pytest.raises(DomainError, match="autre entité"):
            services.create(session, "room", entity_id=2, name="R", on=DAY, parent=first)
        with pytest.raises(DomainError, match="catégorie"):
            below(session, Kind.ROOM, "R", top, category=category(session, "chaudiere"))

    def test_a_parcel_knows_its_parts(self, session):
        parcel = services.create(
            session, "parcel", entity_id=1, name="P", on=DAY, cadastral_id="91216 000 AB 0037"
        )
        assert (parcel.insee, parcel.section, parcel.number) == ("91216", "AB", "0037")


class TestMove:
    def test_the_branch_goes_along_and_the_past_stays(self, session, school):
        top, first, second, room, boiler = school
        services.move(session, room, parent=second, on=LATER, reason="Travaux")
        assert boiler.path.startswith(second.path)
        assert [a.id for a in queries.ancestors(session, boiler)] == [top.id, second.id, room.id]
        before, after = date(2026, 3, 1), LATER
        assert queries.ancestors_on(session, boiler.id, before) == [top.id, first.id, room.id]
        assert queries.ancestors_on(session, boiler.id, after) == [top.id, second.id, room.id]
        assert _below_on(session, first.id, before) == {first.id, room.id, boiler.id}
        assert _below_on(session, first.id, after) == {first.id}
        assert _below_on(session, top.id, date(2025, 1, 1)) == set()

    def test_two_moves_on_one_day_leave_one_period(self, session, school):
        top, _first, second, room, _boiler = school
        services.move(session, room, parent=second, on=LATER)
        services.move(session, room, parent=top, on=LATER)
        periods = session.scalars(
            select(AssetMove).where(AssetMove.asset_id == room.id).order_by(AssetMove.starts_on)
        ).all()
        assert [(m.starts_on, m.ends_on) for m in periods] == [(DAY, LATER), (LATER, None)]
        assert periods[1].parent_id == top.id

    def test_moves_refused(self, session, school):
        top, first, second, room, _boiler = school
        with pytest.raises(DomainError, match="dans ce qu’il contient"):
            services.move(session, top, parent=site(session, name="x"), on=LATER)
            services.move(session, session.get(Asset, top.parent_id), parent=top, on=LATER)
        with pytest.raises(DomainError, match="daté d’avant"):
            services.move(session, room, parent=second, on=date(2025, 1, 1))
        with pytest.raises(DomainError, match="ne peut pas contenir"):
            services.move(session, first, parent=room, on=LATER)

    def test_a_parent_changed_beside_the_verb_is_a_fault(self, session, school):
        _top, _first, second, room, _boiler = school
        room.parent_id = second.id
        with pytest.raises(RuntimeError, match=r"services\.move"):
            session.flush()

    def test_the_move_is_in_the_history(self, session, school):
        _top, first, second, room, _boiler = school
        services.move(session, room, parent=second, on=LATER)
        session.commit()
        last = session.scalars(
            select(Event).where(Event.record_id == room.id, Event.op == "U")
        ).one()
        assert last.changes == f'{{"parent_id":[{first.id},{second.id}]}}'


class TestEnds:
    def test_archive_wants_an_empty_branch(self, session, school):
        _top, first, _second, room, boiler = school
        with pytest.raises(DomainError, match="2 biens en service"):
            services.archive(session, first, on=LATER)
        for asset in (boiler, room, first):
            services.archive(session, asset, on=LATER, reason="Démoli")
        with pytest.raises(DomainError, match="est archivé"):
            services.restore(session, boiler)
        for asset in (first, room, boiler):
            services.restore(session, asset)
        assert boiler.archived_on is None

    def test_remove_only_what_nothing_depends_on(self, session, school):
        _top, _first, _second, room, boiler = school
        with pytest.raises(DomainError, match="des biens y sont rangés"):
            services.remove(session, room)
        book(session, boiler, "10")
        with pytest.raises(DomainError, match="des coûts"):
            services.remove(session, boiler)
        other = below(session, Kind.EQUIPMENT, "Erreur", room)
        services.remove(session, other)
        assert session.get(Asset, other.id) is None


def book(session, asset, euros, *, day=LATER, nature="labour", vat="0", source_id=1, **columns):
    return services.book_cost(
        session,
        asset,
        date_on=day,
        amount_ht_eur=Decimal(euros),
        vat_eur=Decimal(vat),
        nature=nature,
        label="Essai",
        source_type="test",
        source_id=source_id,
        **columns,
    )


class TestCosts:
    def test_net_cost_and_roll_up(self, session, school):
        top, first, second, room, boiler = school
        book(session, boiler, "100.10", vat="20.02")
        book(session, room, "50", vat="10", vat_recoverable=True, nature="supplier")
        book(session, second, "1", day=date(2025, 12, 31))
        total = queries.cost_total(session, path=top.path)
        assert (total.amount_ht_eur, total.vat_eur, total.net_eur, total.lines) == (
            Decimal("151.10"),
            Decimal("30.02"),
            Decimal("171.12"),
            3,
        )
        year = {"start": date(2026, 1, 1), "end": date(2027, 1, 1)}
        assert queries.branch_totals(session, path=top.path, **year) == {
            first.id: Decimal("170.12")
        }
        assert [t.nature for t in queries.totals_by_nature(session, path=top.path)] == [
            "labour",
            "supplier",
        ]
        assert queries.totals_by_year(session, path=top.path, first_year=2025)[2025] == {
            "labour": Decimal("1.00")
        }

    def test_ten_times_ten_cents_is_one_euro(self, session, school):
        for index in range(10):
            book(session, school[4], "0.10", source_id=index)
        assert queries.cost_total(session).net_eur == Decimal("1.00")

    def test_a_reversal_cancels_once(self, session, school):
        line = book(session, school[4], "100", vat="20")
        back = services.reverse_cost(session, line, date_on=LATER)
        assert (back.net_eur, back.reversal_of_id) == (Decimal("-120.00"), line.id)
        for again in (line, back):
            with pytest.raises(TransitionRefused):
                services.reverse_cost(session, again, date_on=LATER)
        assert queries.cost_total(session).net_eur == 0

    def test_a_source_is_reversed_as_a_whole(self, session, school):
        book(session, school[4], "5", source_id=9)
        book(session, school[4], "7", source_id=9)
        book(session, school[4], "1", source_id=8)
        assert (
            len(services.reverse_source(session, source_type="test", source_id=9, date_on=LATER))
            == 2
        )
        assert services.reverse_source(session, source_type="test", source_id=9, date_on=DAY) == []
        assert queries.cost_total(session).net_eur == Decimal("1.00")

    def test_the_ledger_is_append_only(self, session, school):
        line = book(session, school[4], "100")
        session.commit()
        for statement in (
            update(CostLine.__table__).values(label="x"),
            CostLine.__table__.delete(),
        ):
            with pytest.raises(DBAPIError, match="append only"):
                session.core(statement)
            session.rollback()
        assert session.get(CostLine, line.id).label == "Essai"

    def test_a_part_of_a_cent_is_refused(self, session, school):
        with pytest.raises(DomainError, match="centimes"):
            book(session, school[4], "0.105")


class TestBulk:
    def test_rows_in_any_order_with_history(self, session):
        drafts = [
            bulk.Draft(Kind.ROOM, {"code": "R", "name": "Salle"}, parent_code="B"),
            bulk.Draft(
                Kind.PARCEL,
                {"code": "P", "name": "P", **services.parcel_parts("91216000AB0037")},
            ),
            bulk.Draft(Kind.BUILDING, {"code": "B", "name": "Bât"}, parent_code="S"),
            bulk.Draft(Kind.SITE, {"code": "S", "name": "Site"}),
        ]
        ids = bulk.create_many(session, drafts, entity_id=1, on=DAY)
        room = session.get(Asset, ids["R"])
        assert [a.code for a in queries.ancestors(session, room)] == ["S", "B"]
        assert session.get(Parcel, ids["P"]).cadastral_id == "91216000AB0037"
        assert _below_on(session, ids["S"], DAY) == {ids["S"], ids["B"], ids["R"]}
        session.commit()
        noted = session.scalars(select(Event).where(Event.record == "patrimoine_asset")).all()
        assert {(e.op, e.record_id) for e in noted} == {("I", i) for i in ids.values()}
        after = services.create(session, "site", entity_id=1, name="Après", on=DAY)
        assert after.id > max(ids.values())

    def test_a_circle_and_a_foreign_authority_are_refused(self, session):
        circle = [
            bulk.Draft(Kind.SITE, {"code": "A", "name": "A"}, parent_code="B"),
            bulk.Draft(Kind.SITE, {"code": "B", "name": "B"}, parent_code="A"),
        ]
        with pytest.raises(DomainError):
            bulk.create_many(session, circle, entity_id=1, on=DAY)
        with pytest.raises(ScopeError):
            bulk.create_many(
                session, [bulk.Draft(Kind.SITE, {"code": "A", "name": "A"})], entity_id=3, on=DAY
            )


class TestScope:
    def test_the_other_authority_sees_nothing(self, app, session, school):
        from base.rules.rights.actors import job_session

        book(session, school[4], "10")
        services.issue_tag(session, school[4], at=AT)
        services.set_geometry(session, school[1], SQUARE)
        top = school[0].id
        session.commit()
        from patrimoine.queries import maps

        with job_session((2,), "test") as other:
            for model in (Asset, Vehicle, CostLine, Tag, AssetMove):
                assert other.scalars(select(model)).all() == []
            assert queries.cost_total(other).lines == 0
            assert _below_on(other, top, LATER) == set()
            assert maps.shapes_in_box(other, maps.Box(2, 48, 3, 49)) == ([], False)
            assert queries.asset_by_code(other, "BAT-0001", entity_id=1) is None
        with pytest.raises(ScopeError), job_session((2,), "test") as other:
            site(other, entity_id=1)

    def test_a_foreign_parent_is_refused_by_the_guard(self, app, session, school):
        from base.rules.rights.actors import job_session

        top = school[0].id
        session.commit()
        with pytest.raises(ScopeError), job_session((2,), "test") as other:
            other.add(Asset(kind="site", entity_id=2, code="X", name="X", parent_id=top))
            other.flush()
