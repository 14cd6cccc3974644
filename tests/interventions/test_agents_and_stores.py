"""The pages of agents and of stores: rates, accounts, deliveries and counts."""

import re

from tests.interventions.test_views import follow, post, shown_again, text


def test_rates_are_added_on_the_agent_page(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    path = f"/agentview/rate/{sqlite_place['agent']}"
    page = text(follow(alice, post(alice, path, valid_from="2027-01-01", hourly_rate_eur="33,10")))
    assert "33,10 €" in page and "01/01/2027" in page
    answer = shown_again(post(alice, path, valid_from="2027-01-01", hourly_rate_eur="34"))
    assert "a déjà un taux" in text(answer) and 'value="34"' in answer.get_data(as_text=True)


def test_an_account_is_linked_on_the_agent_page(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    told = "n’est relié à aucun agent"
    assert told in text(alice.get("/interventions/mobile/"))
    made = post(alice, "/agentview/add", code="AL-1", last_name="Durand", entity_id="1")
    show = made.headers["Location"]
    page = alice.get(show).get_data(as_text=True)
    assert "Aucun compte" in text(alice.get(show))
    people = re.search(r'data-remote="(/[^"]+/personnes)"', page).group(1)
    found = {p["name"]: p["value"] for p in alice.get(people).get_json()}
    path = "/agentview/account/" + show.rsplit("/", 1)[1]
    # Bob is another agent here already.
    assert "déjà relié à un autre agent" in text(
        shown_again(post(alice, path, user_id=found["bob"]))
    )
    assert "chloe" not in found  # she works elsewhere
    page = text(follow(alice, post(alice, path, user_id=found["alice"])))
    assert "Compte : " in page and "Aucun compte" not in page
    assert "User Id" not in page and "Compte vide" in page  # the thread says it in words
    assert told not in text(alice.get("/interventions/mobile/"))
    page = text(follow(alice, post(alice, path, user_id="")))
    assert "Aucun compte" in page
    assert told in text(alice.get("/interventions/mobile/"))


def test_a_new_agent_has_rate_and_account_in_one_form(client_of, place):
    alice = client_of("alice")
    form = alice.get("/agentview/add").text
    assert re.search(r'name="valid_from"[^>]*|value="\d{4}-01-01"[^>]*name="valid_from"', form)
    found = {
        p["text"]: p["value"] for p in alice.get("/agentview/choices/user_id?q=ali").get_json()
    }
    (account,) = found.values()
    told = {
        "code": "AL-1",
        "last_name": "Durand",
        "hourly_rate_eur": "31,50",
        "valid_from": "2026-01-01",
        "user_id": account,
    }
    shown = follow(alice, post(alice, "/agentview/add", **told))
    page = text(shown)
    assert "31,50 €" in page and "01/01/2026" in page and "Compte : " in page
    # The account is somebody else's now, and the rate is no rate: both stay as they were typed.
    told |= {"code": "AL-2", "hourly_rate_eur": "0"}
    refused = post(alice, "/agentview/add", **told)
    assert refused.status_code == 422 and "supérieur à zéro" in text(refused)
    assert 'value="Durand"' in refused.text
    refused = post(alice, "/agentview/add", **(told | {"hourly_rate_eur": "30"}))
    assert refused.status_code == 422 and "déjà relié à un autre agent" in text(refused)
    assert re.search(rf'value="{account}"[^>]* selected', refused.text)
    assert "AL-2" not in text(alice.get("/agentview/list/"))


def test_accounts_are_those_of_colleagues_and_for_whoever_may_link_them(client_of, place):
    names = [p["text"] for p in client_of("alice").get("/agentview/choices/user_id").get_json()]
    assert names and not any("Chlo" in name for name in names)
    assert client_of("bob").get("/agentview/choices/user_id").status_code == 403


def test_stock_is_entered_and_counted_on_the_store_page(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    store = sqlite_place["store"]
    post(
        alice,
        f"/storeview/receive/{store}",
        item=sqlite_place["item"],
        quantity="10",
        unit_cost_eur="13",
    )
    post(
        alice,
        f"/storeview/adjust/{store}",
        item=sqlite_place["item"],
        counted="19",
        reason="Comptage",
    )
    page = text(alice.get("/stocklevelview/list/"))
    assert "12,0000 €" in page and re.search(r"228[.,]00", page)  # (110 + 130) / 20 × 19
    assert "Comptage" in text(alice.get("/stockmoveview/list/"))


def test_a_delivery_pressed_twice_comes_once(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    path = f"/storeview/receive/{sqlite_place['store']}"
    for _click in range(2):
        post(
            alice,
            path,
            item=sqlite_place["item"],
            quantity="5",
            unit_cost_eur="11",
            form_key="e" * 32,
        )
    assert "15" in text(alice.get("/stocklevelview/list/"))
    post(
        alice, path, item=sqlite_place["item"], quantity="5", unit_cost_eur="11", form_key="f" * 32
    )
    assert "20" in text(alice.get("/stocklevelview/list/"))
