"""A stranger's report that became a request waits for nobody, and says so on both sides."""

import re
from datetime import UTC, datetime

from base.rules.rights.actors import job_session
from patrimoine import services as patrimoine
from patrimoine.queries.tags import PublicReport
from patrimoine.views.tags import words_of
from tests.factories import interventions as make
from tests.interventions.test_views import follow, post, text


def reported(place, words="Vitre cassée"):
    with job_session((1,), "public", "tag report") as session:
        row = patrimoine.receive_report(
            session,
            asset_id=place["asset"],
            entity_id=1,
            tag_id=None,
            description=words,
            contact=None,
            at=make.NOON,
        )
        return row.id, row.follow_token


def test_a_report_that_became_a_request_waits_for_nobody(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk, _token = reported(sqlite_place)
    page = f"/tagreportview/show/{pk}"
    assert "1 signalement à trier" in text(alice.get("/"))
    assert "En faire une demande" in text(alice.get(page))
    made = post(alice, f"/servicerequestview/from_report/{pk}").headers["Location"]
    shown = text(alice.get(page))
    assert "Devenu DEM-" in shown and "À trier" not in shown.partition(" Fil ")[0]
    assert f"/servicerequestview/from_report/{pk}" not in alice.get(page).text
    assert "Devenu DEM-" in text(alice.get("/tagreportview/list/"))
    assert "signalement à trier" not in text(alice.get("/"))
    post(alice, f"/servicerequestview/accept/{made.rsplit('/', 1)[1]}")
    shown = text(alice.get(page))
    assert "Devenu DEM-" in shown and "Acceptée" in shown


def test_who_reported_reads_the_state_of_the_request_and_of_the_work(
    sqlite_client_of, sqlite_place, sqlite_app
):
    alice, stranger = sqlite_client_of("alice"), sqlite_app.test_client()
    pk, token = reported(sqlite_place)
    page = f"/demandes/suivi/{token}"
    assert "pas encore été examinée" in text(stranger.get(page))
    made = post(alice, f"/servicerequestview/from_report/{pk}").headers["Location"]
    told = text(stranger.get(page))
    assert "enregistrée sous le n° DEM-" in told and "pas encore" not in told
    job = post(alice, f"/servicerequestview/accept/{made.rsplit('/', 1)[1]}").headers["Location"]
    assert "est acceptée" in text(stranger.get(page))
    post(alice, f"/workorderview/start/{job.rsplit('/', 1)[1]}")
    assert "Le travail est en cours" in text(stranger.get(page))
    post(alice, f"/workorderview/finish/{job.rsplit('/', 1)[1]}", untimed="1")
    assert "C’est fait" in text(stranger.get(page))


def test_what_was_accepted_stays_accepted_when_it_becomes_a_request(
    sqlite_client_of, sqlite_place, sqlite_app
):
    """With the words as they were written, for whoever wrote them and in the request."""
    alice, stranger = sqlite_client_of("alice"), sqlite_app.test_client()
    pk, token = reported(sqlite_place, "Vitre fêlée\nau premier étage")
    page = f"/demandes/suivi/{token}"
    post(alice, f"/tagreportview/accept/{pk}")
    assert "est acceptée" in text(stranger.get(page))
    made = post(alice, f"/servicerequestview/from_report/{pk}").headers["Location"]
    told = text(stranger.get(page))
    assert "est acceptée" in told and "à décider" not in told and "DEM-" in told
    assert "Vitre fêlée au premier étage" in told and "pris en compte" not in told
    assert "Vitre fêlée" in re.search("<h1.*?</h1>", alice.get(made).text, re.DOTALL)[0]
    assert "la personne qui l’a écrit lit" in text(alice.get(made))
    job = post(alice, f"/servicerequestview/accept/{made.rsplit('/', 1)[1]}").headers["Location"]
    assert "la personne qui l’a écrit lit" not in text(alice.get(made))
    post(alice, f"/workorderview/cancel/{job.rsplit('/', 1)[1]}", reason="Autre métier")
    assert "est acceptée" in text(stranger.get(page))
    post(alice, f"/servicerequestview/refuse/{made.rsplit('/', 1)[1]}", reason="Privé")
    told = text(stranger.get(page))
    assert "n’a pas été retenue" in told and "Vitre fêlée au premier étage" in told


def test_a_report_closed_at_once_never_went_through_the_workshop(
    sqlite_client_of, sqlite_place, sqlite_app
):
    alice = sqlite_client_of("alice")
    pk, token = reported(sqlite_place)
    post(alice, f"/tagreportview/close/{pk}")
    page = sqlite_app.test_client().get(f"/demandes/suivi/{token}").text
    assert re.search(r'<li class="skipped"\s+title="Étape sautée">.*?En cours', page, re.DOTALL)


def test_a_report_is_refused_for_a_reason_that_whoever_wrote_it_reads(
    sqlite_client_of, sqlite_place, sqlite_app
):
    alice, stranger = sqlite_client_of("alice"), sqlite_app.test_client()
    pk, token = reported(sqlite_place)
    show, page = f"/tagreportview/show/{pk}", f"/demandes/suivi/{token}"
    refused = text(post(alice, f"/tagreportview/reject/{pk}", reason=" "))
    assert "Remplissez « Motif »" in refused
    assert "pas encore été examinée" in text(stranger.get(page))
    post(alice, f"/tagreportview/reject/{pk}", reason="La vitre est à un voisin.")
    told = text(stranger.get(page))
    assert "n’a pas été retenue" in told and "Motif : La vitre est à un voisin." in told
    shown = text(alice.get(show))
    assert (
        "Refusé" in shown
        and "Vitre cassée" in re.search("<h1.*?</h1>", alice.get(show).text, re.S)[0]
    )


def test_what_became_a_request_is_decided_there_and_opened_again_with_it(
    sqlite_client_of, sqlite_place, sqlite_app
):
    """Report and request never say different things to staff and to whoever asked."""
    alice, stranger = sqlite_client_of("alice"), sqlite_app.test_client()
    pk, token = reported(sqlite_place)
    show, page = f"/tagreportview/show/{pk}", f"/demandes/suivi/{token}"
    assert 'action="/tagreportview/reject/' in alice.get(show).text
    made = post(alice, f"/servicerequestview/from_report/{pk}").headers["Location"]
    assert "/tagreportview/reject/" not in alice.get(show).text
    for verb in ("accept", "close", "reject"):
        said = text(follow(alice, post(alice, f"/tagreportview/{verb}/{pk}", reason="Non")))
        assert "c’est elle qui se décide" in said, verb
    job = post(alice, f"/servicerequestview/accept/{made.rsplit('/', 1)[1]}").headers["Location"]
    key = job.rsplit("/", 1)[1]
    post(alice, f"/workorderview/start/{key}")
    post(alice, f"/workorderview/finish/{key}", untimed="1")
    assert "Traité" in text(alice.get("/tagreportview/list/"))
    post(alice, f"/workorderview/reopen/{key}", reason="Mal posée")
    assert "est acceptée" in text(stranger.get(page))
    assert "Devenu DEM-" in text(alice.get("/tagreportview/list/"))


def test_programs_read_reports_and_decide_them(sqlite_api_of, sqlite_place):
    pk, _token = reported(sqlite_place)
    call = sqlite_api_of("alice")
    (row,) = call("GET", "/api/v1/tag_report/").get_json()["result"]
    assert (row["id"], row["state"], row["asset_id"]) == (
        pk,
        "received",
        int(sqlite_place["asset"]),
    )
    assert row["description"] == "Vitre cassée" and row["place"]
    path = f"/api/v1/tag_report/{pk}"
    assert sqlite_api_of("bob")("POST", f"{path}/reject", json={"reason": "Non"}).status_code == 403
    assert call("POST", f"{path}/reject", json={}).get_json()["errors"].keys() == {"reason"}
    done = call("POST", f"{path}/reject", json={"reason": "Doublon"}).get_json()["result"]
    assert (done["state"], done["public_label"]) == ("rejected", "Doublon")
    assert call("POST", f"{path}/close", json={}).status_code == 409


def test_strangers_read_that_a_report_is_taken_up_once_it_is():
    def read(state):
        return words_of(PublicReport(1, None, datetime(2026, 11, 23, tzinfo=UTC), 0, state, None))

    assert read("received") == "Signalement reçu, pas encore examiné"
    assert read("accepted") == "Problème pris en compte"
