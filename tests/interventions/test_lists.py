"""Lists of work orders: groups, sums, verbs on many rows, files; on both engines."""

import html
import re
from datetime import UTC, date, datetime

import pytest

from base.face.views import groups, lists
from base.rules.rights.actors import system_session
from interventions import services
from interventions.domain import Channel, Priority, State
from interventions.models import WorkOrder
from tests.engines import csrf
from tests.factories.interventions import agent, building, work_order
from tests.interventions.listing import LIST, fill, states, words
from tests.interventions.test_views import statements


@pytest.fixture
def place(app):
    with system_session("tests") as session:
        return fill(session)


@pytest.fixture
def sqlite_place(sqlite_app):
    with system_session("tests") as session:
        return fill(session)


def post(client, path, **data):
    return client.post(path, data={**data, "csrf_token": csrf(client)})


def said(client, answer):
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return words(client.get(answer.headers["Location"]))


# --- groups ---------------------------------------------------------------------------------


def test_groups_count_and_sum_the_rows_of_the_scope_alone(client_of, place):
    page = words(client_of("alice").get(f"{LIST}?tab=all&group=state"))
    assert "Brouillon 3 interventions 0,00 €" in page
    # 1,00 h and 2,50 h at 32,00 €.
    assert "En cours 2 interventions 112,00 €" in page
    assert "Terminée 1 intervention 0,00 €" in page
    assert "Total, 6 interventions 112,00 €" in page
    assert "Étrang" not in page
    assert "Brouillon 4 interventions" in words(
        client_of("chloe").get(f"{LIST}?tab=all&group=state")
    )


def test_groups_of_a_relation_lead_to_their_rows(client_of, place):
    alice = client_of("alice")
    page = alice.get(f"{LIST}?tab=all&group=asset")
    assert "Halle, Commune d’Aubre 3 interventions" in words(page)
    assert "Sans valeur" not in words(page)
    one = words(alice.get(f"{LIST}?tab=all&group=assigned_to"))
    assert "Nadia Ferhat 2 interventions" in one and "Sans valeur 4 interventions" in one


def test_groups_of_a_day_are_months_the_last_first(client_of, place):
    page = words(client_of("alice").get(f"{LIST}?tab=all&group=planned_on"))
    assert page.index("novembre 2026 3 interventions") < page.index("octobre 2026 1 intervention")
    assert "Sans date 2 interventions" in page


def test_groups_of_instants_begin_at_midnight_where_the_authority_is(client_of, place):
    with system_session("tests") as session:
        school = building(session, 1, name="Mairie")
        for minute in (29, 30):
            # In Paris it is 23:59 on 31 March, and midnight on 1 April.
            at = datetime(2026, 3, 31, 21, 59 if minute == 29 else 0, tzinfo=UTC)
            at = at if minute == 29 else at.replace(hour=22)
            services.open_request(
                session,
                school,
                title=f"Panne {minute}",
                at=at,
                channel=Channel.PHONE,
                priority=Priority.NORMAL,
            )
    page = words(client_of("alice").get("/servicerequestview/list/?group=received_at"))
    assert "avril 2026 1 demande" in page and "mars 2026 1 demande" in page
    assert page.index("Panne 30") < page.index("mars 2026")


def test_a_closed_group_reads_no_rows(client_of, place):
    alice = client_of("alice")
    page = words(alice.get(f"{LIST}?tab=all&group=state&fold=draft"))
    assert (
        "Brouillon 3 interventions" in page and "Brouillon 1" not in page and "Commencée 1" in page
    )


def test_a_group_shows_its_first_rows_and_leads_to_all(client_of, place, monkeypatch):
    monkeypatch.setattr(groups.fill, "__kwdefaults__", {"each": 2})
    alice = client_of("alice")
    page = alice.get(f"{LIST}?tab=all&group=state&order=number")
    assert "Brouillon 0" in words(page) and "Brouillon 2" not in words(page)
    links = re.findall(r'href="([^"]+)"[^>]*>Tout voir de', page.text)
    assert words(alice.get(html.unescape(links[0]))).count("Brouillon 2") == 1


def test_beyond_the_limit_states_are_counted_up_to_it_and_others_not_at_all(
    client_of, place, monkeypatch
):
    for module in (groups, lists):
        monkeypatch.setattr(module, "COUNT_LIMIT", 2)
    alice = client_of("alice")
    page = words(alice.get(f"{LIST}?tab=all&group=state"))
    assert "Brouillon plus de 2 interventions" in page and "En cours 2 interventions" in page
    assert "Total des" not in page
    page = words(alice.get(f"{LIST}?tab=all&group=asset"))
    assert "ajoutez un filtre pour les grouper par Bien" in page and "Brouillon 1" in page


@pytest.mark.parametrize(
    "query",
    [
        "tab=all",
        "tab=all&group=state",
        "tab=all&group=asset",
        "tab=all&group=planned_on",
        "display=board",
        "display=calendar&on=2026-11-05",
        "display=calendar&period=week&on=2026-11-05",
    ],
)
def test_the_number_of_statements_of_a_display_does_not_grow(
    sqlite_app, sqlite_client_of, sqlite_place, query
):
    alice = sqlite_client_of("alice")

    def call():
        return alice.get(f"{LIST}?{query}")

    call()
    before = statements(sqlite_app, call)
    with system_session("tests") as session:
        fill_more(session)
    assert statements(sqlite_app, call) == before
    assert before <= 22, before


def fill_more(session):
    annex = building(session, 1, name="Annexe")
    for n in range(6):
        row = work_order(
            session,
            annex,
            state=State.STARTED,
            title=f"Autre {n}",
            planned_on=date(2026, 11, 3 + n % 3),
        )
        row.assigned_to = agent(session, 1, code=f"9{n}", last=f"Agent{n}")


# --- verbs on many rows -----------------------------------------------------------------------


def test_a_verb_does_what_it_can_and_says_what_it_could_not(client_of, place):
    alice = client_of("alice")
    ids = [place["done"], place["drafts"][0]]
    answer = post(alice, "/workorderview/action_post?tab=all", action="validate", rowid=ids)
    page = said(alice, answer)
    number = place["numbers"][place["drafts"][0]]
    assert "1 intervention validée." in page
    assert f"1 refusée : {number} est à l’état « Brouillon »" in page
    assert states(ids) == ["validated", "draft"]


def test_a_verb_takes_what_it_asks_for(client_of, place):
    alice = client_of("alice")
    answer = post(
        alice,
        "/workorderview/action_post",
        action="plan",
        rowid=place["drafts"],
        **{
            "plan.planned_on": "2026-12-01",
            "plan.due_on": "2026-12-05",
            "plan.assigned_to": place["agent"],
        },
    )
    assert "3 interventions planifiées." in said(alice, answer)
    with system_session("tests") as session:
        rows = [session.get(WorkOrder, pk) for pk in place["drafts"]]
        assert {r.planned_on for r in rows} == {date(2026, 12, 1)}
        assert {r.assigned_to_id for r in rows} == {place["agent"]}
    answer = post(alice, "/workorderview/action_post", action="assign", rowid=place["drafts"])
    assert "Remplissez « Agent »." in said(alice, answer)


def test_all_filtered_rows_are_those_of_the_address(client_of, place):
    alice = client_of("alice")
    answer = post(
        alice,
        "/workorderview/action_post?tab=all&f.state.in=draft",
        action="cancel",
        all="1",
        **{"cancel.reason": "Doublon"},
    )
    assert "3 interventions annulées." in said(alice, answer)
    assert states(place["drafts"]) == ["cancelled"] * 3
    assert states([place["done"], *place["strangers"][:1]]) == ["finished", "draft"]


def test_more_rows_than_one_call_may_do_are_refused(client_of, place, monkeypatch):
    monkeypatch.setattr("base.face.views.bulk.MAX_ROWS", 2)
    alice = client_of("alice")
    answer = post(alice, "/workorderview/action_post?tab=all", action="cancel", all="1")
    assert "2 fiches au plus à la fois" in said(alice, answer)
    assert states(place["drafts"]) == ["draft"] * 3


def test_a_verb_that_is_all_or_nothing_changes_nothing_when_one_refuses(
    app, client_of, place, monkeypatch
):
    view = next(v for v in app.appbuilder.baseviews if v.endpoint == "WorkOrderView")
    verb = next(v for v in view.verbs if v.name == "validate")
    monkeypatch.setitem(verb.__dict__, "atomic", True)
    alice = client_of("alice")
    answer = post(
        alice,
        "/workorderview/action_post",
        action="validate",
        rowid=[place["done"], place["drafts"][0]],
    )
    assert "Rien n’est fait" in said(alice, answer)
    assert states([place["done"]]) == ["finished"]


def test_the_row_of_another_authority_is_404_and_a_missing_right_403(client_of, place):
    alice, damien = client_of("alice"), client_of("damien")
    mixed = [place["done"], place["strangers"][4]]
    assert (
        post(alice, "/workorderview/action_post", action="validate", rowid=mixed).status_code == 404
    )
    assert states(mixed) == ["finished", "finished"]
    for name in (
        "assign",
        "plan",
        "priority",
        "validate",
        "start",
        "pause",
        "finish",
        "reopen",
        "cancel",
    ):
        path = f"/workorderview/action/{name}/{place['done']}"
        assert post(damien, path).status_code == 403, name
    assert 'name="rowid"' not in damien.get(f"{LIST}?tab=all").text
    assert post(alice, f"/workorderview/action/rien/{place['done']}").status_code == 404


def test_requests_are_accepted_and_refused_from_their_list(client_of, place):
    with system_session("tests") as session:
        school = building(session, 1, name="Mairie")
        asked = [
            services.open_request(
                session,
                school,
                title=f"Panne {n}",
                at=datetime(2026, 3, 2, 9, tzinfo=UTC),
                channel=Channel.PHONE,
                priority=Priority.NORMAL,
            ).id
            for n in range(2)
        ]
    alice = client_of("alice")
    answer = post(
        alice,
        "/servicerequestview/action_post",
        action="accept",
        rowid=asked[:1],
        **{"accept.assigned_to": place["agent"], "accept.due_on": "2026-03-09"},
    )
    assert "1 demande acceptée." in said(alice, answer)
    answer = post(alice, "/servicerequestview/action_post", action="refuse", rowid=asked)
    assert "Remplissez « Motif »." in said(alice, answer)
    answer = post(
        alice,
        "/servicerequestview/action_post",
        action="refuse",
        rowid=asked,
        **{"refuse.reason": "Déjà réparé"},
    )
    page = said(alice, answer)
    assert "1 demande refusée." in page and "1 refusée :" in page
    page = alice.get("/servicerequestview/list/?display=board").text
    assert 'data-moves="accepted:accept refused:refuse "' in page
    for view in ("/workorderview", "/servicerequestview", "/buildingview"):
        shown = alice.get(f"{view}/list/").text
        for url in set(re.findall(r'data-remote="([^"]+)"', shown)):
            assert alice.get(html.unescape(url) + "?q=").status_code == 200, url


# --- files ------------------------------------------------------------------------------------


def test_an_export_has_the_rows_filtered_and_the_columns_chosen(client_of, place):
    lines = (
        client_of("alice")
        .get("/workorderview/export/csv?tab=all&f.state.eq=started&cols=title,cost_ht_eur,kind")
        .get_data()
        .decode("utf-8-sig")
        .splitlines()
    )
    assert lines[0] == "Numéro;Objet;Coût HT;Nature"
    assert sorted(line.partition(";")[2] for line in lines[1:]) == [
        "Commencée 0;32,00;Correctif",
        "Commencée 1;80,00;Correctif",
    ]
