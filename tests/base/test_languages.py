"""Which language and time zone a reader gets, on every door."""

from __future__ import annotations

import pytest

from tests import engines

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def _lang(answer) -> str:
    page = answer.get_data(as_text=True)
    return page.split('<html lang="', 1)[1][:2]


def test_a_stranger_reads_what_the_browser_asks_for_else_french(sqlite_client_of):
    client = sqlite_client_of(None)
    assert _lang(client.get("/login/")) == "fr"
    english = client.get("/login/", headers=ENGLISH)
    assert _lang(english) == "en" and "Sign in" in english.text
    assert _lang(client.get("/login/", headers={"Accept-Language": "de, ja;q=0.8"})) == "fr"
    assert _lang(client.get("/login/", headers={"Accept-Language": "en;q=0.3, fr"})) == "fr"


def test_the_switch_of_a_stranger_holds_against_the_browser(sqlite_client_of):
    client = sqlite_client_of(None)
    data = {"next": "/login/", "csrf_token": engines.csrf(client, "/login/")}
    assert client.post("/lang/en", data=data).headers["Location"] == "/login/"
    assert _lang(client.get("/login/", headers={"Accept-Language": "fr"})) == "en"


def test_the_account_keeps_the_language_for_every_browser(sqlite_client_of):
    one = sqlite_client_of("alice")
    assert _lang(one.get("/compte/")) == "fr"
    one.post("/lang/en", data={"csrf_token": engines.csrf(one, "/compte/")})
    assert _lang(one.get("/compte/")) == "en"
    two = sqlite_client_of("alice")
    page = two.get("/compte/", headers={"Accept-Language": "fr"})
    assert _lang(page) == "en" and "My account" in page.text
    assert _lang(sqlite_client_of("bob").get("/compte/")) == "fr"


def test_no_choice_is_the_browsers_again(sqlite_client_of):
    client = sqlite_client_of("alice")
    token = engines.csrf(client, "/compte/")
    client.post("/compte/affichage", data={"language": "en", "csrf_token": token})
    assert _lang(client.get("/compte/")) == "en"
    client.post("/compte/affichage", data={"language": "", "csrf_token": token})
    assert _lang(client.get("/compte/")) == "fr"
    assert _lang(client.get("/compte/", headers=ENGLISH)) == "en"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"language": "xx"}, "Cette langue n’est pas proposée."),
        ({"timezone": "Europe/Nulle-Part"}, "Choisissez un fuseau de la liste"),
        ({"timezone": "../../etc/passwd"}, "Choisissez un fuseau de la liste"),
    ],
)
def test_what_is_not_offered_is_refused_beside_its_field(sqlite_client_of, given, sentence):
    client = sqlite_client_of("alice")
    data = {"csrf_token": engines.csrf(client, "/compte/"), **given}
    answer = client.post("/compte/affichage", data=data)
    assert answer.status_code == 422 and sentence in answer.text


def test_a_program_says_its_language_in_its_header(sqlite_api_of):
    call = sqlite_api_of("alice")
    french = call("GET", "/api/v1/asset/999999").get_json()["message"]
    english = call("GET", "/api/v1/asset/999999", headers=ENGLISH).get_json()["message"]
    assert french == "Introuvable."
    assert english == "Not found."


def test_a_program_without_a_header_gets_the_language_of_its_account(
    sqlite_client_of, sqlite_api_of
):
    client = sqlite_client_of("alice")
    client.post("/lang/en", data={"csrf_token": engines.csrf(client, "/compte/")})
    said = sqlite_api_of("alice")("GET", "/api/v1/asset/999999").get_json()["message"]
    assert said == "Not found."


def test_the_time_zone_of_a_person_moves_what_is_shown_and_names_itself(sqlite_client_of):
    client = sqlite_client_of("alice")
    token = engines.csrf(client, "/compte/")
    before = client.get("/compte/").text
    assert "UTC+4" not in before
    answer = client.post(
        "/compte/affichage", data={"timezone": "indian/reunion", "csrf_token": token}
    )
    assert answer.status_code == 302
    page = client.get("/compte/").text
    assert 'value="Indian/Reunion"' in page and "UTC+4" in page
    assert "UTC+4" not in sqlite_client_of("bob").get("/compte/").text
