"""The application starts, people sign in, another authority's row does not exist for them."""

from __future__ import annotations


def test_a_person_signs_in_and_sees_the_home(sqlite_client_of):
    alice = sqlite_client_of("alice")
    assert alice.get("/").status_code == 200


def test_a_stranger_is_led_to_the_sign_in(sqlite_client_of):
    answer = sqlite_client_of(None).get("/")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/login")


def test_a_partner_is_made_read_and_listed(sqlite_api_of):
    alice, chloe = sqlite_api_of("alice"), sqlite_api_of("chloe")
    made = alice("POST", "/api/v1/partner/", json={"code": "P1", "name": "Protec"})
    assert made.status_code == 201, made.get_data(as_text=True)
    number = made.get_json()["id"]
    assert alice("GET", f"/api/v1/partner/{number}").get_json()["result"]["name"] == "Protec"
    assert alice("GET", "/api/v1/partner/").get_json()["count"] == 1
    assert chloe("GET", f"/api/v1/partner/{number}").status_code == 404
    assert chloe("GET", "/api/v1/partner/").get_json()["count"] == 0
