"""The screens: wiring of list, record, verbs, phone pages; another authority's row is 404."""

import io
import re

import pytest

from tests.engines import csrf


def text(answer):
    page = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return re.sub(r"[\s\u00a0]+", " ", page)


def post(client, path, **data):
    return client.post(path, data={**data, "csrf_token": csrf(client, "/workorderview/add")})


def follow(client, answer):
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client.get(answer.headers["Location"])


def shown_again(answer):
    """The page of a refusal: its form, as it was sent."""
    assert answer.status_code in (409, 422), answer.get_data(as_text=True)
    return answer


def opened(client, place, title="Fuite sur le circuit de chauffage"):
    answer = post(
        client,
        "/workorderview/add",
        asset=place["asset"],
        title=title,
        kind="corrective",
        priority="urgent",
    )
    assert answer.status_code == 302, text(answer)
    return answer.headers["Location"].rsplit("/", 1)[1]


def test_a_job_at_the_desk_from_opening_to_validation(client_of, place):
    alice = client_of("alice")
    pk = opened(alice, place)
    page = alice.get(f"/workorderview/show/{pk}")
    assert page.status_code == 200
    assert "INT-2026-00001" in text(page) or "INT-" in text(page)
    for verb in ("plan", "start"):
        post(alice, f"/workorderview/{verb}/{pk}")
    post(
        alice,
        f"/workorderview/labour/{pk}",
        agent=place["agent"],
        hours="2,5",
        date_on="2026-11-23",
    )
    post(
        alice,
        f"/workorderview/expense/{pk}",
        supplier="Thermique du Val",
        label="Recherche",
        amount_ht_eur="264",
        vat_rate="20",
    )
    page = text(follow(alice, post(alice, f"/workorderview/finish/{pk}")))
    assert "345,00 €" in page
    assert "397,80 € TTC" in page
    assert "2 écritures au grand livre" in page
    page = text(follow(alice, post(alice, f"/workorderview/validate/{pk}")))
    assert "Validée" in page
    assert "INT-" in text(alice.get("/workorderview/list/?tab=all"))
    assert "Aucune intervention" in text(alice.get("/workorderview/list/"))


def test_a_refusal_is_said_on_the_page(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    page = text(follow(alice, post(alice, f"/workorderview/finish/{pk}")))
    assert "Brouillon" in page and "terminer" in page


def test_only_allowed_verbs_are_shown(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    page = alice.get(f"/workorderview/show/{pk}").get_data(as_text=True)
    assert f"/workorderview/start/{pk}" in page
    assert f"/workorderview/finish/{pk}" not in page
    damien = sqlite_client_of("damien").get(f"/workorderview/show/{pk}")
    assert damien.status_code == 200
    assert "/workorderview/start/" not in damien.get_data(as_text=True)


def test_another_authority_finds_nothing(sqlite_client_of, sqlite_place):
    alice, chloe = sqlite_client_of("alice"), sqlite_client_of("chloe")
    pk = opened(alice, sqlite_place)
    asset = sqlite_place["asset"]
    for path in (
        f"/workorderview/show/{pk}",
        f"/workorderview/edit/{pk}",
        f"/workorderview/stock/{pk}",
        f"/interventions/mobile/{pk}",
        f"/interventions/mobile/bien/{asset}/intervenir",
        f"/interventions/mobile/bien/{asset}/ici",
        f"/interventions/mobile/bien/{asset}/signaler",
        f"/agentview/show/{sqlite_place['agent']}",
        f"/storeview/show/{sqlite_place['store']}",
    ):
        assert chloe.get(path).status_code == 404, path
    for path in (
        f"/workorderview/start/{pk}",
        f"/workorderview/labour/{pk}",
        f"/workorderview/cancel/{pk}",
        f"/interventions/mobile/{pk}/terminer",
        f"/interventions/mobile/bien/{asset}/commencer",
        f"/agentview/rate/{sqlite_place['agent']}",
        f"/agentview/account/{sqlite_place['agent']}",
        f"/storeview/receive/{sqlite_place['store']}",
    ):
        assert post(chloe, path, hours="1").status_code == 404, path
    assert "INT-" not in text(chloe.get("/workorderview/list/?tab=all"))


def test_no_verb_answers_to_get(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    for verb in ("plan", "start", "pause", "finish", "validate", "cancel", "reopen", "labour"):
        assert alice.get(f"/workorderview/{verb}/{pk}").status_code == 405, verb


def test_the_thread_names_the_agent_of_a_work_order(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Réparation"
    )
    pk = began.headers["Location"].rsplit("/", 1)[1]
    alice = sqlite_client_of("alice")
    post(alice, f"/workorderview/plan/{pk}", planned_on="2026-12-04", assigned_to="")
    page = text(alice.get(f"/workorderview/show/{pk}"))
    assert "Affectée à" in page and "Assigned" not in page


def test_a_report_becomes_a_request_and_then_work(sqlite_client_of, sqlite_place):
    bob, alice = sqlite_client_of("bob"), sqlite_client_of("alice")
    sent = post(
        bob,
        f"/interventions/mobile/bien/{sqlite_place['asset']}/signaler",
        title="Vitre cassée",
        priority="urgent",
    )
    assert "est envoyée" in text(follow(bob, sent))
    assert "Vitre cassée" in text(alice.get("/servicerequestview/list/"))
    page = text(alice.get("/servicerequestview/show/1"))
    assert "En faire une intervention" in page
    page = text(follow(alice, post(alice, "/servicerequestview/accept/1")))
    assert "Vitre cassée" in page and "DEM-" in page
    assert "1 demande" not in text(alice.get("/"))


def test_home_shows_the_day_of_an_agent_and_what_a_head_must_decide(sqlite_client_of, sqlite_place):
    bob, alice = sqlite_client_of("bob"), sqlite_client_of("alice")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Dépannage"
    )
    assert "Dépannage" in text(bob.get("/"))
    pk = began.headers["Location"].rsplit("/", 1)[1]
    post(bob, f"/interventions/mobile/{pk}/terminer", hours="0.50")
    assert "1 intervention à valider" in text(alice.get("/"))


@pytest.mark.parametrize("tab", ["open", "late", "running", "finished", "unassigned", "all"])
def test_each_tab_opens(sqlite_client_of, sqlite_place, tab):
    alice = sqlite_client_of("alice")
    opened(alice, sqlite_place)
    assert alice.get(f"/workorderview/list/?tab={tab}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/workorderview/add",
        "/servicerequestview/add",
        "/agentview/list/",
        "/agentview/add",
        "/itemview/list/",
        "/itemview/add",
        "/storeview/list/",
        "/storeview/add",
        "/stocklevelview/list/",
        "/stockmoveview/list/",
        "/servicerequestview/list/",
        "/interventions/mobile/",
    ],
)
def test_pages_open_and_not_for_strangers(sqlite_client_of, sqlite_place, path):
    assert sqlite_client_of("alice").get(path).status_code == 200
    assert sqlite_client_of(None).get(path).status_code in (302, 401)


def test_a_double_click_acts_once(client_of, place):
    alice = client_of("alice")
    pk = opened(alice, place)
    page = alice.get(f"/workorderview/show/{pk}").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    form = {"agent": place["agent"], "hours": "1", "csrf_token": token, "form_key": "a" * 32}
    for _click in range(2):
        answer = alice.post(f"/workorderview/labour/{pk}", data=form)
        assert answer.status_code == 302
    page = alice.get(f"/workorderview/show/{pk}").get_data(as_text=True)
    assert page.count('<tr id="labour-') == 1
    bob = client_of("bob")
    began = post(
        bob,
        f"/interventions/mobile/bien/{place['asset']}/commencer",
        title="Dépannage",
        form_key="b" * 32,
    )
    job = began.headers["Location"]
    page = bob.get(job).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    form = {"hours": "0.50", "csrf_token": token, "form_key": "c" * 32}
    for _click in range(2):
        answer = bob.post(f"{job}/terminer", data=form)
        assert answer.headers["Location"].endswith("/interventions/mobile/")
    assert "16,20 €" in text(bob.get(job))


def test_a_refused_form_may_be_sent_again(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    page = alice.get(f"/workorderview/show/{pk}").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    form = {"csrf_token": token, "form_key": "d" * 32, "untimed": "1"}
    alice.post(f"/workorderview/finish/{pk}", data=form)
    post(alice, f"/workorderview/start/{pk}")
    alice.post(f"/workorderview/finish/{pk}", data=form)
    assert "figé" in text(alice.get(f"/workorderview/show/{pk}"))


def statements(app, call):
    """How many statements a request sends to the database.

    Python looks for circles before or after, not within: a row that nobody holds any more is read
    again once it has been taken away.
    """
    import gc

    from sqlalchemy import event

    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        if not statement.startswith(("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    engine = app.extensions["sqlalchemy"].engine
    event.listen(engine, "before_cursor_execute", note)
    gc.disable()
    try:
        assert call().status_code == 200
    finally:
        gc.enable()
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_rows(
    sqlite_app, sqlite_client_of, sqlite_place
):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    post(alice, f"/workorderview/start/{pk}")

    def log(hours):
        post(alice, f"/workorderview/labour/{pk}", agent=sqlite_place["agent"], hours=hours)
        post(
            alice,
            f"/workorderview/expense/{pk}",
            supplier="Val",
            label="Devis",
            amount_ht_eur="10",
            vat_rate="20",
        )

    log("1")
    pages = {
        "list": lambda: alice.get("/workorderview/list/?tab=all"),
        "record": lambda: alice.get(f"/workorderview/show/{pk}"),
        "asset": lambda: alice.get(f"/assetview/show/{sqlite_place['asset']}"),
    }
    for call in pages.values():
        call()
    before = {name: statements(sqlite_app, call) for name, call in pages.items()}
    for _n in range(4):
        opened(alice, sqlite_place)
        log("0.5")
    after = {name: statements(sqlite_app, call) for name, call in pages.items()}
    assert after == before
    assert before["list"] <= 18, before
    assert before["record"] <= 35, before


def picture(colour):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    out.seek(0)
    return out


def test_numbered_documents_are_never_deleted(sqlite_client_of, sqlite_api_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    assert post(alice, f"/workorderview/delete/{pk}").status_code in (404, 405)
    assert post(alice, "/servicerequestview/delete/1").status_code in (404, 405)
    call = sqlite_api_of("alice")
    answer = call("DELETE", f"/api/v1/work_order/{pk}", headers={"If-Match": "*"})
    assert answer.status_code == 405
    assert alice.get(f"/workorderview/show/{pk}").status_code == 200


def test_a_reader_reads_the_thread_and_does_not_write_in_it(sqlite_client_of, sqlite_place):
    alice, damien = sqlite_client_of("alice"), sqlite_client_of("damien")
    pk = opened(alice, sqlite_place)
    address = f"/workorderview/message/{pk}"
    page = damien.get(f"/workorderview/show/{pk}")
    assert page.status_code == 200 and address not in page.get_data(as_text=True)
    token = csrf(damien, "/compte/")
    refused = damien.post(address, data={"body": "Moi aussi", "csrf_token": token})
    assert refused.status_code == 403
    bob = sqlite_client_of("bob")
    page = bob.get(f"/workorderview/show/{pk}")
    assert address in page.get_data(as_text=True)
    assert post(bob, address, body="La vanne est grippée").status_code == 302
    page = text(damien.get(f"/workorderview/show/{pk}"))
    assert "La vanne est grippée" in page and "Moi aussi" not in page


def test_the_plan_is_an_entry_of_the_menu(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    page = alice.get("/workorderview/list/?tab=open&display=calendar&period=week").text
    current = re.findall(r'<a href="([^"]+)" title="[^"]+" aria-current="page"', page)
    assert current == ["/workorderview/list/?tab=open&amp;display=calendar&amp;period=week"]
    page = alice.get("/workorderview/list/").text
    assert re.findall(r'<a href="([^"]+)" title="[^"]+" aria-current="page"', page) == [
        "/workorderview/list/"
    ]


def test_the_agent_of_a_work_order_is_a_link_for_those_who_open_it(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    post(
        alice,
        f"/workorderview/plan/{pk}",
        planned_on="2026-12-04",
        assigned_to=sqlite_place["agent"],
    )
    for who in ("alice", "bob", "damien"):
        client = sqlite_client_of(who)
        page = client.get(f"/workorderview/show/{pk}")
        links = re.findall(r'href="(/agentview/show/\d+)"', page.get_data(as_text=True))
        assert "Affectée à" in text(page)
        assert bool(links) is (who == "alice")
        assert all(client.get(link).status_code == 200 for link in links)
