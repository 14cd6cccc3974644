"""Where the first rows of a list come from, and what follows the file that brought them."""

import re

import pytest

from tests.base.test_import_doors import token, upload
from tests.interventions.test_views import text

FILE = "code;nom;nature\nE1;École du Pont;bâtiment\nE2;Mairie;bâtiment\nE3;Gymnase;bâtiment\n"


def given(client, content, kind="assets"):
    """The page of the file, tried."""
    form = {"csrf_token": token(client, f"/imports/new/{kind}")}
    page = client.post(f"/imports/new/{kind}", **upload(content, "biens.csv", **form))
    page = page.headers["Location"].removesuffix("/columns")
    client.post(f"{page}/columns", data={"csrf_token": token(client, f"{page}/columns")})
    return page


def test_a_file_that_is_written_says_what_next(client_of):
    alice = client_of("alice")
    page = given(alice, FILE)
    assert "Et maintenant" not in text(alice.get(page))
    alice.post(f"{page}/apply", data={"csrf_token": token(alice, page)})
    done = alice.get(page)
    assert "Voir les 3 biens" in text(done) and "Imprimer leurs étiquettes" in text(done)
    there = re.search(r'href="(/assetview/list/\?f\.import\.eq=\d+)"', done.text)[1]
    listed = text(alice.get(there))
    assert "3 biens" in listed and "École du Pont" in listed
    labels = re.search(r'href="(/assetview/labels/import/\d+)"', done.text)[1]
    assert "Imprimer 3 étiquettes" in text(alice.get(labels))
    # Given again, the same file changes nothing: there is nothing to go on with.
    again = given(alice, FILE)
    alice.post(f"{again}/apply", data={"csrf_token": token(alice, again)})
    assert "Voir les" not in text(alice.get(again))


def test_the_import_of_others_brings_nothing(client_of):
    alice, chloe = client_of("alice"), client_of("chloe")
    page = given(alice, FILE)
    alice.post(f"{page}/apply", data={"csrf_token": token(alice, page)})
    number = page.rsplit("/", 1)[1]
    assert "École du Pont" not in text(chloe.get(f"/assetview/list/?f.import.eq={number}"))
    assert chloe.get(f"/assetview/labels/import/{number}").status_code == 404
    assert "n’a pas été compris" in text(alice.get("/assetview/list/?f.import.eq=x"))


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("/assetview/list/", ["/assetview/new", "/imports/new/"]),
        ("/siteview/list/", ["/siteview/add"]),
        ("/carte/", ["/imports/new/parcels", "/assetview/list/"]),
        ("/tagview/list/", ["/assetview/list/"]),
        ("/agentview/list/", ["/agentview/add", "/imports/new/agents"]),
        ("/workorderview/list/", ["/workorderview/add"]),
    ],
)
def test_an_empty_list_has_its_button(sqlite_client_of, path, ways):
    page = sqlite_client_of("alice").get(path).text
    empty = page.partition('class="ov-empty"')[2]
    for way in ways:
        assert f'href="{way}' in empty, way


def test_who_may_add_nothing_is_offered_nothing(sqlite_client_of):
    page = sqlite_client_of("damien").get("/assetview/list/").text
    assert "btn-primary" not in page.partition('class="ov-empty"')[2].partition("</div>")[0]
