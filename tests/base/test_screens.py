"""The shell, the search and the export of lists, through the client."""

from __future__ import annotations

import io

import pytest

from base.rules.rights.actors import system_session
from base.store.models import Partner


@pytest.fixture
def town(sqlite_app):
    with system_session("tests") as session:
        session.add(Partner(entity_id=1, code="P1", name="=1+1"))
        session.add(Partner(entity_id=1, code="P2", name="Protec <b>Aubre</b>"))
        session.add(Partner(entity_id=2, code="P3", name="Ailleurs"))
    return sqlite_app


def text(client, path):
    return client.get(path).get_data(as_text=True)


def test_the_menu_shows_what_a_person_may_open(town, sqlite_client_of):
    alice, damien = sqlite_client_of("alice"), sqlite_client_of("damien")
    assert 'href="/imports/"' in text(alice, "/")
    assert 'href="/imports/"' not in text(damien, "/")
    assert damien.get("/imports/").status_code in (302, 403)


def test_an_export_holds_the_rows_of_the_scope_and_no_live_formula(town, sqlite_client_of):
    answer = sqlite_client_of("alice").get("/partnerview/export/csv")
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert [line.split(";")[:2] for line in lines[1:]] == [
        ["P1", "'=1+1"],
        ["P2", "Protec <b>Aubre</b>"],
    ]


def test_an_export_follows_the_filters(town, sqlite_client_of):
    alice = sqlite_client_of("alice")
    lines = text(alice, "/partnerview/export/csv?f.code.has=P2").splitlines()
    assert len(lines) == 2
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(alice.get("/partnerview/export/xlsx?q=protec").get_data()))
    assert [row[0].value for row in book.active.iter_rows()][1:] == ["P2"]


def test_an_unknown_format_does_not_exist(town, sqlite_client_of):
    assert sqlite_client_of("alice").get("/partnerview/export/exe").status_code == 404


def test_names_are_escaped_wherever_they_show(town, sqlite_client_of):
    alice = sqlite_client_of("alice")
    for path in ("/partnerview/list/", "/partnerview/show/2", "/partnerview/edit/2", "/"):
        page = text(alice, path)
        assert "<b>Aubre</b>" not in page, path


def test_a_stranger_is_led_to_the_sign_in_and_back(sqlite_client_of):
    for path in ("/recherche?q=x", "/scanner"):
        answer = sqlite_client_of(None).get(path)
        assert answer.status_code == 302
        assert "/login/?next=" in answer.headers["Location"]


def test_a_code_that_is_typed_opens_its_tag(sqlite_client_of):
    alice = sqlite_client_of("alice")
    for typed in ("K0Y88SDKHM8R1WNQ", "K0Y8-8SDK-HM8R-1WNQ", "https://x.fr/t/K0Y88SDKHM8R1WNQ"):
        answer = alice.get("/scanner", query_string={"code": typed})
        assert answer.headers["Location"] == "/t/K0Y88SDKHM8R1WNQ"
    for typed in ("//ailleurs.example", "javascript:alert(1)", "é"):
        answer = alice.get("/scanner", query_string={"code": typed})
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith("//")


def test_static_addresses_carry_the_digest_of_their_content(sqlite_client_of):
    page = text(sqlite_client_of(None), "/login/")
    assert "/static/ouvrage.css?v=" in page
    assert "http://" not in page.replace("http://www.w3.org/", "") and "https://" not in page


def test_nothing_is_singular_in_french(sqlite_client_of):
    page = sqlite_client_of("alice").get("/boite/").get_data(as_text=True)
    assert "0 action à faire" in page and "0 message non lu" in page
