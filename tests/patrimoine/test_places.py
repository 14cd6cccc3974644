"""Where an asset is, as people say it: the building always, then the room."""

import pytest
from sqlalchemy import event, select

from base.store.database import db
from patrimoine import services
from patrimoine.domain.kinds import Kind
from patrimoine.domain.places import Step, in_a_line, place_of
from patrimoine.models import Asset
from patrimoine.queries import places
from tests.patrimoine.rows import DAY, below, site

SCHOOL = Step("building", "Groupe scolaire Les Tilleuls", "BAT-1")
BOILER = Step("equipment", "Chaudière gaz n° 1", "EQP-1")
GROUND = Step("floor", "Rez-de-chaussée", "NIV-1")
ROOM = Step("room", "Chaufferie", "LOC-1")


def words(*line):
    return place_of(line, "Ville d’Aubre").words


@pytest.mark.parametrize(
    "line, said",
    [
        ((SCHOOL, ROOM, BOILER), "Groupe scolaire Les Tilleuls, chaufferie"),
        (
            (SCHOOL, GROUND, ROOM, BOILER),
            "Groupe scolaire Les Tilleuls, chaufferie (rez-de-chaussée)",
        ),
        ((SCHOOL, GROUND, BOILER), "Groupe scolaire Les Tilleuls, rez-de-chaussée"),
        ((SCHOOL, GROUND, ROOM), "Groupe scolaire Les Tilleuls, rez-de-chaussée"),
        ((SCHOOL, GROUND), "Groupe scolaire Les Tilleuls"),
        # Said once; in whole words, for another storey is not this one.
        (
            (SCHOOL, GROUND, Step("room", "Hall (rez-de-chaussée)", "L2"), BOILER),
            "Groupe scolaire Les Tilleuls, hall (rez-de-chaussée)",
        ),
        (
            (SCHOOL, Step("floor", "Étage 1", "N2"), Step("room", "Étage 12", "L3"), BOILER),
            "Groupe scolaire Les Tilleuls, étage 12 (étage 1)",
        ),
        (
            (SCHOOL, ROOM, BOILER, Step("equipment", "Brûleur", "E2")),
            "Groupe scolaire Les Tilleuls, chaufferie, Chaudière gaz n° 1",
        ),
        (
            (Step("site", "Stade Jean-Bouin", "S1"), Step("equipment", "Mât", "E3")),
            "Stade Jean-Bouin",
        ),
        ((Step("vehicle", "Master", "V1"), Step("equipment", "Grue", "E4")), "Master"),
        ((BOILER,), ""),
    ],
)
def test_the_building_comes_first_then_the_room(line, said):
    assert words(*line) == said


CAMPUS = Step("site", "Groupe scolaire Les Tilleuls", "S1")


@pytest.mark.parametrize(
    "above, said",
    [
        # The building's own name tells it.
        ((CAMPUS, Step("building", "École Jules-Ferry", "B1")), "École Jules-Ferry"),
        # The site is named in it as a whole word, not by some of its letters.
        (
            (Step("site", "Port", "S2"), Step("building", "Tribune du port", "B1")),
            "Tribune du port",
        ),
        (
            (Step("site", "Port", "S2"), Step("building", "Vestiaires sportifs", "B1")),
            "Port, Vestiaires sportifs",
        ),
        # It does not: the site tells more.
        (
            (CAMPUS, Step("building", "Bâtiment A", "B1")),
            "Groupe scolaire Les Tilleuls, Bâtiment A",
        ),
        (
            (CAMPUS, Step("building", "Maternelle", "B1")),
            "Groupe scolaire Les Tilleuls, Maternelle",
        ),
        # Another building has the name.
        (
            (CAMPUS, Step("building", "École Jules-Ferry", "B1", is_shared=True)),
            "Groupe scolaire Les Tilleuls, École Jules-Ferry",
        ),
        # The site says nothing more.
        (
            (CAMPUS, Step("building", "Groupe scolaire Les Tilleuls", "B1")),
            "Groupe scolaire Les Tilleuls",
        ),
        # Nothing but the number tells them apart.
        ((Step("building", "Mairie", "B1", is_shared=True),), "Mairie (B1)"),
        (
            (CAMPUS, Step("building", "Préau", "B1", is_shared=True, is_twin=True)),
            "Groupe scolaire Les Tilleuls, Préau (B1)",
        ),
    ],
)
def test_the_site_stands_in_front_where_the_building_is_not_told_by_its_name(above, said):
    assert words(*above, ROOM, BOILER) == f"{said}, chaufferie"


def test_a_site_and_a_building_say_their_address_or_town():
    plain = Step("site", "Stade", "S1")
    addressed = Step(
        "building", "Mairie", "B1", address="1 place de l’Église", postcode="10000", city="Aubre"
    )
    assert words(plain) == "Ville d’Aubre"
    assert words(addressed) == "1 place de l’Église, 10000 Aubre"
    assert words(CAMPUS, addressed) == (
        "Groupe scolaire Les Tilleuls, 1 place de l’Église, 10000 Aubre"
    )
    below_it = place_of((addressed, ROOM, BOILER), "")
    assert below_it.address == "1 place de l’Église, 10000 Aubre"
    assert below_it.words == "Mairie, chaufferie"


def test_whoever_reads_no_name_beside_it_is_told_the_asset_too():
    found = place_of((SCHOOL, GROUND, ROOM), "")
    assert found.whole == found.named
    assert found.whole == "Groupe scolaire Les Tilleuls, chaufferie (rez-de-chaussée)"
    boiler = place_of((SCHOOL, ROOM, BOILER), "")
    assert boiler.whole == "Groupe scolaire Les Tilleuls, chaufferie"
    assert boiler.named == "Chaudière gaz n° 1, Groupe scolaire Les Tilleuls, chaufferie"


@pytest.mark.parametrize(
    "name, said",
    [
        ("Chaufferie", "chaufferie"),
        ("Étage 2", "étage 2"),
        ("Salle Jules-Ferry", "salle Jules-Ferry"),
        ("Jules-Ferry", "Jules-Ferry"),
        ("WC", "WC"),
        ("1er étage", "1er étage"),
        ("", ""),
    ],
)
def test_a_common_noun_begins_in_lower_case_within_a_line(name, said):
    assert in_a_line(name) == said


def test_the_register_says_the_places_of_many_assets(session, school):
    top, first, second, room, boiler = school
    other = below(session, Kind.BUILDING, "Bâtiment 1", site(session, "Mairie"))
    found = places(session, [top.id, room.id, boiler.id, second.id, other.id, 10**6])
    assert set(found) == {top.id, room.id, boiler.id, second.id, other.id}
    assert found[boiler.id].words == "École Les Tilleuls, Bâtiment 1, chaufferie"
    assert found[room.id].words == "École Les Tilleuls, Bâtiment 1"
    assert found[second.id].words == "École Les Tilleuls"
    assert found[other.id].words == "Mairie"


def test_twins_are_told_apart_by_their_number(session):
    town = site(session, "Mairie")
    one, two = (below(session, Kind.BUILDING, "Hangar Nord", town) for _n in range(2))
    said = places(session, [below(session, Kind.ROOM, "Quai", house).id for house in (one, two)])
    assert {place.whole for place in said.values()} == {
        f"Mairie, Hangar Nord ({one.code}), quai",
        f"Mairie, Hangar Nord ({two.code}), quai",
    }


def asked_for_places(session):
    """The places of all assets of a session, by its rows, and the statements of it."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        rows = session.scalars(select(Asset).order_by(Asset.id)).all()
        seen.clear()
        said = [row.place for row in rows]
        assert [row.postal for row in rows] == [""] * len(rows)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert said[-1] == "École Les Tilleuls, Bâtiment 1, chaufferie"
    return seen


def test_rows_of_a_session_that_only_reads_need_one_statement(app, session, school):
    from base.rules.rights.actors import job_session

    session.commit()
    with job_session((1,), "test", "test", readonly=True) as reading:
        assert len(asked_for_places(reading)) == 1


def test_rows_of_a_session_are_read_at_once_and_again_after_a_change(session, school):
    session.flush()
    assert len(asked_for_places(session)) == 2, "it writes: their lines are asked anew"
    boiler = school[-1]
    services.update(session, school[1], name="Bâtiment Ferry")
    assert boiler.place == "Bâtiment Ferry, chaufferie"
    services.move(session, boiler, parent=school[2], on=DAY)
    assert boiler.place == "École Les Tilleuls, Bâtiment 2"
    other = site(session, "Mairie")
    services.move(session, school[2], parent=other, on=DAY)
    assert boiler.place == "Mairie, Bâtiment 2", "what it is in was moved, and its row not told"


def test_an_address_of_the_site_serves_what_is_below(session):
    town = site(session, "Mairie", address="1 place de l’Église", postcode="10000", city="Aubre")
    house = below(session, Kind.BUILDING, "Annexe Nord", town)
    boiler = below(session, Kind.EQUIPMENT, "Chaudière", house)
    assert boiler.postal == "1 place de l’Église, 10000 Aubre"
    assert house.place == "Mairie, 1 place de l’Église, 10000 Aubre"


def test_what_a_reader_may_not_see_is_not_said(app, school, session):
    from base.rules.rights.actors import job_session

    boiler = school[-1].id
    session.commit()
    with job_session((2,), "test", "test", readonly=True) as other:
        assert places(other, [boiler]) == {}
