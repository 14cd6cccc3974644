"""Work orders as a board and as a calendar; on both engines."""

import re

import pytest

from base.rules.rights.actors import system_session
from interventions.models import WorkOrder
from tests.engines import csrf
from tests.interventions.listing import LIST, fill, states, words


@pytest.fixture
def place(app):
    with system_session("tests") as session:
        return fill(session)


def test_the_board_has_a_lane_for_each_state_with_its_count(client_of, place):
    page = client_of("alice").get(f"{LIST}?display=board").text
    lanes = dict(re.findall(r'aria-label="(\w[^"]*)">\s*<h2.*?data-lane-count>([^<]+)<', page))
    assert lanes == {
        "Brouillon": "3",
        "Planifiée": "0",
        "En cours": "2",
        "En pause": "0",
        "Terminée": "1",
        "Validée": "0",
    }
    assert "Étrang" not in page
    assert 'data-moves="planned:plan started:start cancelled:cancel "' in page


def test_a_move_is_the_verb_and_a_refusal_its_sentence(client_of, place):
    alice, pk = client_of("alice"), place["drafts"][0]

    def move(verb):
        return alice.post(
            f"/workorderview/action/{verb}/{pk}?display=board",
            data={"csrf_token": csrf(alice)},
            headers={"Accept": "application/json"},
        )

    answer = move("start")
    assert (answer.status_code, answer.get_json()["message"]) == (200, "1 intervention en cours.")
    answer = move("start")
    assert answer.status_code == 409
    said = answer.get_json()["message"].replace("\xa0", " ")
    assert "est à l’état « En cours » : on ne peut pas la commencer" in said
    assert states([pk]) == ["started"]


def test_a_field_worker_sees_only_the_moves_of_the_field(client_of, place):
    page = client_of("bob").get(f"{LIST}?display=board").text
    assert 'data-moves="started:start "' in page and 'data-move="validate"' not in page


def test_the_month_shows_days_and_says_what_has_none(client_of, place):
    alice = client_of("alice")
    page = words(alice.get(f"{LIST}?display=calendar&on=2026-11-05&tab=all"))
    assert "Novembre 2026" in page and "Commencée 0" in page and "Brouillon 1" in page
    assert "2 sans date" in page
    # 30 October is not on the sheet of November, whose first Monday is 26 October... it is.
    assert "Brouillon 0" in page
    assert "Brouillon 0" not in words(alice.get(f"{LIST}?display=calendar&on=2026-12-05&tab=all"))


def test_the_week_has_a_line_for_each_agent_and_for_nobody(client_of, place):
    page = client_of("alice").get(f"{LIST}?display=calendar&period=week&on=2026-11-05&tab=all").text
    lines = list(dict.fromkeys(re.findall(r'data-who="([^"]+)"', page)))
    assert lines == ["Sans affectation", "Nadia Ferhat"]
    nobody = page[page.index('data-who="Sans') : page.index('data-who="Nadia')]
    assert "Brouillon 1" in nobody and "Commencée" not in nobody


def test_the_week_offers_what_can_still_be_planned_to_who_may_plan(client_of, place):
    address = f"{LIST}?display=calendar&period=week&on=2026-11-05&tab=all"
    page = client_of("alice").get(address).text
    tray = page[page.index("ov-tray") : page.index("ov-week")]
    with system_session("tests", readonly=True) as session:
        rows = session.query(WorkOrder).filter_by(entity_id=1, planned_on=None).all()
        open_ones = {row.title for row in rows if row.state not in ("finished", "validated")}
        over = {row.title for row in rows} - open_ones
    assert open_ones and all(title in tray for title in open_ones)
    assert not any(title in tray for title in over)
    assert "data-plan" in page and 'data-calendar="plan"' in page
    bob = client_of("bob").get(address).text
    assert "data-plan" not in bob and "data-calendar" not in bob
