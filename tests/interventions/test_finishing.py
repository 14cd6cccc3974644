"""The end of work: its time is told with it, or said to be none; the approval is taken back."""

import itertools
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from base.basics import clock
from base.rules.rights.actors import system_session
from base.rules.verbs import VERBS
from interventions import domain, services
from interventions.domain import State
from interventions.models import Labour, WorkOrder
from tests.engines import csrf
from tests.factories.interventions import NOON
from tests.interventions.listing import LIST, fill, states, words
from tests.interventions.test_views import follow, opened, post, shown_again, text


def started(client, place):
    pk = opened(client, place)
    post(client, f"/workorderview/start/{pk}")
    return pk


def run_for(pk, **span):
    """Let the clock of the work have counted so long before its last pause."""
    with system_session("tests") as session:
        session.get(WorkOrder, int(pk)).worked_seconds += int(timedelta(**span).total_seconds())


def hours(pk):
    with system_session("tests") as session:
        return [line.hours for line in session.query(Labour).filter_by(work_order_id=int(pk))]


# --- time -------------------------------------------------------------------------------------


def test_finishing_without_any_time_asks_once_and_proposes_the_clock(client_of, place):
    alice = client_of("alice")
    pk = started(alice, place)
    asked = post(alice, f"/workorderview/finish/{pk}")
    assert asked.status_code == 422 and states([pk]) == ["started"]
    assert "Aucun temps n’est noté : terminer quand même ?" in text(asked)
    page = asked.get_data(as_text=True)
    assert re.search(r'name="hours"[^>]*value="0,25"', page)
    assert 'name="untimed" value="1"' in page
    post(alice, f"/workorderview/finish/{pk}", hours="1,5", agent=place["agent"])
    assert states([pk]) == ["finished"]
    assert hours(pk) == [Decimal("1.500")]
    assert "48,60 €" in text(alice.get(f"/workorderview/show/{pk}"))


def test_whoever_says_that_no_time_counts_is_believed(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    said = follow(alice, post(alice, f"/workorderview/finish/{pk}", untimed="1"))
    assert "son coût est figé" in text(said)
    assert states([pk]) == ["finished"] and hours(pk) == []


def test_time_that_is_noted_or_a_bill_of_a_supplier_asks_nothing(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    timed, billed = started(alice, sqlite_place), started(alice, sqlite_place)
    post(alice, f"/workorderview/labour/{timed}", agent=sqlite_place["agent"], hours="1")
    bill = {"supplier": "Protec", "label": "Serrure", "amount_ht_eur": "80", "vat_rate": "20"}
    post(alice, f"/workorderview/expense/{billed}", **bill)
    for pk in (timed, billed):
        assert post(alice, f"/workorderview/finish/{pk}").status_code == 302
    assert states([timed, billed]) == ["finished", "finished"]


def test_time_that_was_taken_back_is_no_time(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    post(alice, f"/workorderview/labour/{pk}", agent=sqlite_place["agent"], hours="1")
    post(alice, f"/workorderview/reverse/{pk}/labour/1")
    assert post(alice, f"/workorderview/finish/{pk}").status_code == 422


def test_a_time_that_is_refused_stays_in_its_field(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    told = {"hours": "30", "agent": sqlite_place["agent"]}
    refused = post(alice, f"/workorderview/finish/{pk}", **told)
    assert refused.status_code == 422 and states([pk]) == ["started"]
    assert "compris entre 0 et 24 heures" in text(refused)
    assert re.search(r'name="hours"[^>]*value="30"', refused.get_data(as_text=True))


def test_the_phone_asks_too_and_takes_none_for_an_answer(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    path = f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer"
    job = post(bob, path, title="Dépannage").headers["Location"]
    assert "Aucun temps n’est noté" in text(follow(bob, post(bob, f"{job}/terminer")))
    assert "Aucun temps à compter" in text(bob.get(job))
    assert "est terminée" in text(follow(bob, post(bob, f"{job}/terminer", hours="none")))
    assert hours(int(job.rsplit("/", 1)[1])) == []


def ticked(page):
    """The time that is chosen when nobody touches the form of the phone."""
    found = re.findall(r'<input[^>]*name="hours"[^>]*>', page.get_data(as_text=True))
    return [re.search(r'value="([^"]*)"', one)[1] for one in found if " checked" in one]


def test_a_job_begun_again_counts_no_time_twice(client_of, place):
    """Two hours on the clock and noted; then the job is taken up again for half an hour."""
    bob = client_of("bob")
    path = f"/interventions/mobile/bien/{place['asset']}/commencer"
    job = post(bob, path, title="Dépannage").headers["Location"]
    pk = int(job.rsplit("/", 1)[1])
    run_for(pk, hours=2)
    assert ticked(bob.get(job)) == ["2.00"]
    post(bob, f"{job}/terminer", hours="2.00")
    with system_session("tests") as session:
        work_order = session.get(WorkOrder, pk)
        services.validate(session, work_order, at=clock.now())
        services.reopen(session, work_order, at=clock.now())
    assert ticked(bob.get(job)) == ["none"]
    page = text(bob.get(job))
    assert "Déjà noté : 2 h" in page and "rien à ajouter" in page
    post(bob, f"{job}/reprendre")
    run_for(pk, minutes=30)
    assert ticked(bob.get(job)) == ["0.50"]
    post(bob, f"{job}/terminer", hours="0.50")
    assert hours(pk) == [Decimal("2.000"), Decimal("0.500")]


def test_programs_finish_as_before(sqlite_client_of, sqlite_api_of, sqlite_place):
    pk = started(sqlite_client_of("alice"), sqlite_place)
    answer = sqlite_api_of("alice")("POST", f"/api/v1/work_order/{pk}/finish", json={})
    assert answer.status_code == 200 and states([pk]) == ["finished"]
    assert answer.get_json()["time_told"] is False


def test_programs_may_tell_the_time_with_the_end(sqlite_client_of, sqlite_api_of, sqlite_place):
    alice, call = sqlite_client_of("alice"), sqlite_api_of("alice")
    pk, other = started(alice, sqlite_place), started(alice, sqlite_place)
    agent = int(sqlite_place["agent"])

    def finish(key, **body):
        return call("POST", f"/api/v1/work_order/{key}/finish", json=body)

    for body, field in (
        ({"agent_id": agent}, "hours"),
        ({"date_on": "2026-01-05"}, "hours"),
        ({"hours": "1", "agent_id": agent, "untimed": True}, "untimed"),
        ({"hours": "30", "agent_id": agent}, "hours"),
    ):
        refused = finish(pk, **body)
        assert refused.status_code == 422 and field in refused.get_json()["errors"], body
    assert states([pk]) == ["started"] and hours(pk) == []
    done = finish(pk, hours="1.5", agent_id=agent, finding="Joint changé")
    assert done.status_code == 200 and done.get_json()["time_told"] is True
    assert done.get_json()["result"]["finding"] == "Joint changé"
    assert states([pk]) == ["finished"] and hours(pk) == [Decimal("1.500")]
    assert finish(other, untimed=True).get_json()["time_told"] is True
    assert hours(other) == []


# --- the board ----------------------------------------------------------------------------------


def test_a_card_moved_to_the_end_asks_what_the_desk_asks(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk, timed, other = (started(alice, sqlite_place) for _n in range(3))
    with system_session("tests") as session:
        session.get(WorkOrder, int(pk)).assigned_to_id = int(sqlite_place["agent"])
    post(alice, f"/workorderview/labour/{timed}", agent=sqlite_place["agent"], hours="1")

    def move(key, **told):
        return alice.post(
            f"/workorderview/action/finish/{key}?display=board",
            data={"csrf_token": csrf(alice)} | {f"finish.{k}": v for k, v in told.items()},
            headers={"Accept": "application/json"},
        )

    asked = move(pk)
    assert asked.status_code == 422 and states([pk]) == ["started"]
    told = asked.get_json()
    assert told["message"].replace("\xa0", " ") == (
        "Aucun temps n’est noté : terminer quand même ?"
    )
    assert told["asks"]["hours"] == "0,25"
    assert told["asks"]["agent"]["value"] == int(sqlite_place["agent"])
    assert told["asks"]["date_on"] == clock.today().isoformat()
    # What is refused is asked again; what was told goes along.
    assert move(pk, hours="30", agent=sqlite_place["agent"]).get_json()["asks"]
    assert move(pk, hours="1,5", agent=sqlite_place["agent"]).status_code == 200
    assert states([pk]) == ["finished"] and hours(pk) == [Decimal("1.500")]
    assert move(timed).status_code == 200 and hours(timed) == [Decimal("1.000")]
    assert move(other, hours="0,25", untimed="1").status_code == 200 and hours(other) == []
    # Where the card has gone on meanwhile there is nothing to ask.
    again = move(pk)
    assert again.status_code == 409 and again.get_json()["asks"] is None
    page = alice.get(f"{LIST}?display=board").text
    assert 'data-verb="finish" data-asks-again' in page and 'data-tells="untimed"' in page


# --- steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "planned", "places"),
    [
        (State.DRAFT, False, ["current", "", "", "", ""]),
        (State.PLANNED, False, ["done", "current", "", "", ""]),
        (State.STARTED, True, ["done", "done", "current", "", ""]),
        (State.STARTED, False, ["done", "skipped", "current", "", ""]),
        (State.PAUSED, False, ["done", "skipped", "current", "", ""]),
        (State.VALIDATED, False, ["done", "skipped", "done", "done", "current"]),
        (State.CANCELLED, False, ["", "", "", "", ""]),
    ],
)
def test_a_step_that_never_was_is_skipped_and_not_ticked(state, planned, places):
    assert [place for _step, place in domain.course(state, planned=planned)] == places


def test_the_bar_greys_the_day_that_was_never_given(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    page = alice.get(f"/workorderview/show/{pk}").get_data(as_text=True)
    assert re.search(r'<li class="skipped"\s+title="Étape sautée">\s*Planifiée', page)


# --- approval of many -------------------------------------------------------------------------


@pytest.fixture
def town(app):
    with system_session("tests") as session:
        return fill(session)


def test_approving_a_list_says_how_many_and_how_much_before(client_of, town):
    alice = client_of("alice")
    with system_session("tests") as session:
        for pk in town["started"]:
            services.finish(session, session.get(WorkOrder, pk), at=NOON)
    path = f"{LIST.replace('list/', 'action_post')}?tab=finished"
    asked = alice.post(
        path,
        data={"csrf_token": csrf(alice), "action": "validate", "all": "1", "ask": "1"},
        headers={"Accept": "application/json"},
    ).get_json()
    # One hour and two and a half at 32.00.
    question = asked["question"].replace("\xa0", " ")
    assert question == "Valider 3 interventions, pour 112,00 € HT en tout ?"
    ids = [town["done"], *town["started"]]
    assert states(ids) == ["finished"] * 3
    done = post(alice, path, action="validate", rows=asked["rows"])
    assert states(ids) == ["validated"] * 3
    page = follow(alice, done)
    assert "3 interventions validées." in words(page) and "Tout est validé." in words(page)
    assert "Nouvelle intervention" not in words(page).partition("Tout est validé.")[2]
    undo = re.search(
        r'name="action" value="(\w+)">\s*<button name="rows" value="([^"]+)"', page.text
    )
    back = post(alice, path, action=undo[1], rows=undo[2])
    assert "La validation de 3 interventions est annulée." in words(follow(alice, back))
    assert states(ids) == ["finished"] * 3
    # Of work that is not finished nothing is asked: "one, for 0,00 €" would be wrong.
    drafts = {"action": "validate", "ask": "1", "rowid": town["drafts"]}
    none = alice.post(path, data={"csrf_token": csrf(alice), **drafts})
    assert none.get_json()["question"] == ""


def test_what_has_gone_on_since_is_not_taken_back(sqlite_client_of, sqlite_place, sqlite_app):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    post(alice, f"/workorderview/labour/{pk}", agent=sqlite_place["agent"], hours="1")
    for verb in ("finish", "validate", "reopen"):
        post(alice, f"/workorderview/{verb}/{pk}")
    sent = {"action": "unvalidate", "rows": pk}
    said = words(follow(alice, post(alice, "/workorderview/action_post", **sent)))
    assert "est à l’état « Planifiée » : on ne peut pas revenir sur sa validation" in said
    assert states([pk]) == ["planned"]


def test_an_approval_that_is_taken_back_leaves_the_cost_as_it_was(
    sqlite_client_of, sqlite_api_of, sqlite_place
):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    post(alice, f"/workorderview/labour/{pk}", agent=sqlite_place["agent"], hours="1")
    for verb in ("finish", "validate"):
        post(alice, f"/workorderview/{verb}/{pk}")
    page = text(follow(alice, post(alice, f"/workorderview/unvalidate/{pk}")))
    assert "la validation est annulée" in page.lower() and "32,40 €" in page
    with system_session("tests") as session:
        row = session.get(WorkOrder, pk)
        assert (row.state, row.validated_at) == ("finished", None)
    refused = post(alice, f"/workorderview/labour/{pk}", agent=sqlite_place["agent"], hours="1")
    assert "son coût est figé" in text(follow(alice, refused))


def test_whoever_may_not_approve_takes_nothing_back(sqlite_client_of, sqlite_api_of, sqlite_place):
    alice, bob = sqlite_client_of("alice"), sqlite_client_of("bob")
    pk = started(alice, sqlite_place)
    for verb in ("finish", "validate"):
        post(alice, f"/workorderview/{verb}/{pk}", untimed="1")
    sent = {"csrf_token": csrf(bob, "/workorderview/add"), "action": "unvalidate", "rows": pk}
    assert bob.post("/workorderview/action_post", data=sent).status_code == 403
    assert bob.post(f"/workorderview/unvalidate/{pk}", data=sent).status_code == 403
    answer = sqlite_api_of("bob")("POST", f"/api/v1/work_order/{pk}/unvalidate", json={})
    assert answer.status_code == 403 and states([pk]) == ["validated"]


@pytest.mark.parametrize("ids", [[7], [3, 1, 2], list(range(10_000, 10_500))])
def test_ids_in_a_message_come_back_as_they_were(ids):
    from base.face.views.bulk import packed, unpacked

    assert unpacked(packed(ids)) == sorted(ids)
    assert len(packed(ids)) < 1_500


def test_a_tab_that_is_empty_says_what_that_means(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    for tab, told in (
        ("finished", "Tout est validé."),
        ("late", "Rien n’est en retard."),
        ("unassigned", "Tout est affecté."),
        ("all", "Aucune intervention ici."),
    ):
        assert told in words(alice.get(f"{LIST}?tab={tab}"))


def test_a_photograph_is_never_filed_without_being_asked(sqlite_client_of, sqlite_place):
    from tests.interventions.test_views import picture

    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    path = f"/workorderview/photo/{pk}"
    refused = post(alice, path, photo=(picture("red"), "a.jpg"))
    assert "Dites si la photo montre l’avant ou l’après" in text(shown_again(refused))
    page = follow(alice, post(alice, path, photo=(picture("red"), "a.jpg"), moment="before"))
    move = re.search(r'action="(/workorderview/moment/\d+/\d+)"', page.text)[1]
    assert "ranger sous « Après »" in text(page)
    moved = follow(alice, post(alice, move, moment="after"))
    assert "La photo est rangée sous « Après »." in text(moved)
    assert "ranger sous « Avant »" in text(moved)


@pytest.mark.parametrize(
    ("typed", "kept"), [("1h45", "1.750"), ("45 min", "0.750"), ("50 min", "0.833")]
)
def test_the_desk_reads_hours_as_a_clock_says_them(sqlite_client_of, sqlite_place, typed, kept):
    alice = sqlite_client_of("alice")
    pk = started(alice, sqlite_place)
    told = {"agent": sqlite_place["agent"]}
    refused = shown_again(post(alice, f"/workorderview/labour/{pk}", hours="1h75", **told))
    assert "Tapez des heures, par exemple 1,75 ou 1h45." in text(refused)
    assert re.search(r'name="hours"[^>]*aria-invalid', refused.get_data(as_text=True))
    post(alice, f"/workorderview/labour/{pk}", hours=typed, **told)
    assert hours(pk) == [Decimal(kept)]


def test_every_verb_that_asks_for_hours_reads_them_so(sqlite_app):
    asked = [
        (verb.name, argument.name, argument.ask.unit)
        for verb in itertools.chain(*VERBS.values())
        for argument in verb.arguments
        if "hours" in argument.name
    ]
    assert asked and [one for one in asked if one[2] != "h"] == []


def test_programs_write_hours_as_numbers(sqlite_api_of, sqlite_client_of, sqlite_place):
    pk = started(sqlite_client_of("alice"), sqlite_place)
    answer = sqlite_api_of("alice")(
        "POST",
        f"/api/v1/work_order/{pk}/labour",
        json={"hours": "1h45", "agent_id": sqlite_place["agent"]},
    )
    assert answer.status_code == 422 and hours(pk) == []
