"""A web page saved in place of a file is refused as what it is, at every door."""

import pytest

from base.basics.portal_pages import is_page, page_sentence
from tests.base.test_import_doors import upload
from tests.base.test_import_recognising import drop

SIGN_IN = (
    "\ufeff\n<!-- portail -->\n<!DOCTYPE HTML><html><head><title>\n Connexion &amp; accès\n</title>"
    "</head><body><form></form></body></html>"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SIGN_IN, True),
        ("<HTML lang=fr>", True),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', True),
        ("<Envelope><Body>html</Body></Envelope>", False),
        ("nom;note\nDurand;<html> dans une cellule\n", False),
        ("", False),
    ],
)
def test_what_begins_as_a_page_is_one(text, found):
    assert is_page(text.encode()) is found


def test_the_sentence_has_the_title():
    assert "« Connexion & accès »" in page_sentence(SIGN_IN.encode()).replace("\u00a0", " ")
    assert "«" not in page_sentence(b"<html>")


@pytest.mark.parametrize("name", ["export.csv", "export.xml", "export.json"])
def test_every_door_says_so(sqlite_api_of, sqlite_client_of, sqlite_app, name):
    refused = sqlite_api_of("alice")("POST", "/api/v1/import/readings", **upload(SIGN_IN, name))
    assert refused.status_code == 422
    said = "Ce fichier est une page web (« Connexion &amp; accès »)"
    words = refused.get_json()["message"].replace("\u00a0", " ")
    assert said.replace("&amp;", "&") in words
    dropped = drop(sqlite_client_of("alice"), (name, SIGN_IN.encode()))
    assert (dropped.status_code, said in _shown(dropped)) == (422, True)


def _shown(answer):
    return answer.get_data(as_text=True).replace("\u00a0", " ")
