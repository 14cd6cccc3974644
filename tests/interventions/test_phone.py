"""A job on the phone: time, parts, points, photographs, signature."""

from __future__ import annotations

import io
import re

from tests.engines import csrf
from tests.interventions.test_views import follow, opened, picture, post, shown_again, text


def test_a_routine_job_on_the_phone(client_of, place):
    """What the four taps do: choose, begin, (time is proposed), finish."""
    bob = client_of("bob")
    asset = place["asset"]
    page = bob.get(f"/interventions/mobile/bien/{asset}/intervenir")
    assert page.status_code == 200
    assert "Dépannage" in text(page)
    began = post(bob, f"/interventions/mobile/bien/{asset}/commencer", title="Dépannage")
    page = follow(bob, began)
    assert "Terminer l’intervention" in text(page)
    pk = began.headers["Location"].rsplit("/", 1)[1]
    page = text(
        follow(
            bob,
            post(bob, f"/interventions/mobile/{pk}/terminer", hours="0.50", finding="Joint changé"),
        )
    )
    assert "16,20 € HT" in page
    assert "Dépannage" in page and "0,50 h" in page
    assert "Joint changé" in text(bob.get(f"/interventions/mobile/{pk}"))


def test_the_phone_takes_a_part_and_another_time(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Réparation"
    )
    pk = began.headers["Location"].rsplit("/", 1)[1]
    page = bob.get(f"/interventions/mobile/{pk}").get_data(as_text=True)
    level = re.search(r'<option value="(\d+)">', page).group(1)
    done = follow(
        bob,
        post(
            bob,
            f"/interventions/mobile/{pk}/terminer",
            hours="0.25",
            other_hours="1,75",
            level=level,
            quantity="2",
        ),
    )
    assert "78,70 € HT" in text(done)  # 1,75 h × 32,40 + 2 × 11,00


def test_another_time_may_be_typed_as_a_clock_says_it(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Réparation"
    )
    pk = began.headers["Location"].rsplit("/", 1)[1]
    end = f"/interventions/mobile/{pk}/terminer"
    # With gloves, digits and a comma are what the keypad has: it is offered, and promises no more.
    page = bob.get(f"/interventions/mobile/{pk}").get_data(as_text=True)
    (field,) = re.findall(r'<input[^>]*name="other_hours"[^>]*>', page)
    assert 'inputmode="decimal"' in field and 'type="number"' not in field
    assert re.search(r'for="oh">Heures, par exemple 1,75<', page)
    told = text(shown_again(post(bob, end, hours="0.25", other_hours="une heure")))
    assert "Tapez des heures, par exemple 1,75 ou 1h45." in told
    assert "Tapez un nombre" not in told
    done = text(follow(bob, post(bob, end, hours="0.25", other_hours="1h45")))
    assert "56,70 € HT" in done  # 1,75 h × 32,40


def test_a_time_of_nothing_typed_on_the_phone_is_not_the_one_proposed(
    sqlite_client_of, sqlite_place
):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Réparation"
    )
    pk = began.headers["Location"].rsplit("/", 1)[1]
    told = text(
        shown_again(
            post(bob, f"/interventions/mobile/{pk}/terminer", hours="0.25", other_hours="0")
        )
    )
    assert "compris entre 0 et 24 heures" in told
    assert "Terminer l’intervention" in text(bob.get(f"/interventions/mobile/{pk}"))


def test_a_person_without_agent_is_told(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    answer = post(
        alice, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Dépannage"
    )
    assert "n’est relié à aucun agent" in text(shown_again(answer))
    assert "n’est relié à aucun agent" in text(alice.get("/interventions/mobile/"))


def test_a_checklist_is_answered_on_the_phone(sqlite_client_of, sqlite_place, sqlite_app):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Réglage"
    )
    job = began.headers["Location"]
    pk = job.rsplit("/", 1)[1]
    alice = sqlite_client_of("alice")
    post(
        alice,
        f"/workorderview/point/{pk}",
        label="Pression à froid",
        unit="bar",
        expected_min="1,5",
        expected_max="2",
    )
    assert "reste 1 point" in text(shown_again(post(bob, f"{job}/terminer", hours="0.5")))
    page = text(follow(bob, post(bob, f"{job}/point/1", answer="done", measure="2,4")))
    assert "2,4 bar" in page and "Non conforme" in page and "est ouverte pour ce point" in page
    assert "est terminée" in text(follow(bob, post(bob, f"{job}/terminer", hours="0.5")))


def test_photographs_before_and_after_are_kept_with_the_job(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    began = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Dépannage"
    )
    job = began.headers["Location"]
    refused = shown_again(
        bob.post(
            f"{job}/terminer",
            data={
                "csrf_token": csrf(bob, job),
                "hours": "0.5",
                "after": (io.BytesIO(b"<svg/>"), "photo.jpg"),
            },
        ),
    )
    assert "En cours" in text(refused) and "est à choisir à nouveau" in text(refused)
    done = bob.post(
        f"{job}/terminer",
        data={
            "csrf_token": csrf(bob, job),
            "hours": "0.5",
            "before": (picture("red"), "a.jpg"),
            "after": (picture("green"), "b.jpg"),
        },
    )
    assert "est terminée" in text(follow(bob, done))
    page = text(bob.get(f"/workorderview/show/{job.rsplit('/', 1)[1]}"))
    assert "Avant, a.jpg" in page and "Après, b.jpg" in page


def test_a_signature_is_taken_with_the_job_on_the_phone(client_of, place):
    from tests.interventions.test_signatures import drawn

    bob = client_of("bob")
    answer = post(bob, f"/interventions/mobile/bien/{place['asset']}/commencer", title="Dépannage")
    pk = answer.headers["Location"].rsplit("/", 1)[1]
    page = text(bob.get(f"/interventions/mobile/{pk}"))
    assert "Signature facultatif" in page and "Nom de qui reçoit le travail" in page
    answer = post(
        bob,
        f"/interventions/mobile/{pk}/terminer",
        hours="0.50",
        signer_name="Mme Delorme",
        signer_quality="directrice",
        signature=drawn(),
    )
    page = text(follow(bob, answer))
    assert "est terminée" in page
    assert "Signée par Mme Delorme, directrice le" in text(bob.get(f"/interventions/mobile/{pk}"))
    page = text(client_of("alice").get(f"/workorderview/show/{pk}"))
    assert "Mme Delorme , directrice" in page and "Signature INT-" in page
    sheet = bob.get(f"/workorderview/sheet/{pk}")
    assert sheet.status_code == 200 and b"/Image" in sheet.data


def test_a_drawing_without_a_name_is_refused_and_nothing_is_kept(sqlite_client_of, sqlite_place):
    from tests.interventions.test_signatures import drawn

    bob = sqlite_client_of("bob")
    answer = post(
        bob, f"/interventions/mobile/bien/{sqlite_place['asset']}/commencer", title="Dépannage"
    )
    pk = answer.headers["Location"].rsplit("/", 1)[1]
    page = text(
        shown_again(
            post(bob, f"/interventions/mobile/{pk}/terminer", hours="0.50", signature=drawn())
        )
    )
    assert "Écrivez le nom de la personne qui signe" in page
    page = text(sqlite_client_of("alice").get(f"/workorderview/show/{pk}"))
    assert "Aucun temps enregistré" in page and "En cours" in page


def test_the_desk_signs_once(sqlite_client_of, sqlite_place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, sqlite_place)
    for verb in ("start", "finish"):
        post(alice, f"/workorderview/{verb}/{pk}", untimed="1")
    page = text(follow(alice, post(alice, f"/workorderview/sign/{pk}", signer_name="M. Petit")))
    assert "La signature est enregistrée" in page and "M. Petit" in page
    page = text(follow(alice, post(alice, f"/workorderview/sign/{pk}", signer_name="Mme Roy")))
    assert "est déjà signée par M. Petit" in page and "Mme Roy" not in page
    post(alice, f"/workorderview/reopen/{pk}")
    page = text(alice.get(f"/workorderview/show/{pk}"))
    assert "ne vaut plus" in page
    damien = sqlite_client_of("damien")
    token = csrf(damien, "/compte/")
    refused = damien.post(
        f"/workorderview/sign/{pk}", data={"signer_name": "Moi", "csrf_token": token}
    )
    assert refused.status_code == 403


def test_a_script_gets_its_refusal_as_json_and_may_send_again(sqlite_client_of, sqlite_place):
    bob = sqlite_client_of("bob")
    asset = sqlite_place["asset"]
    path = f"/interventions/mobile/bien/{asset}/signaler"
    said = {"X-Ouvrage-Form": "1"}
    token = csrf(bob, "/workorderview/add")
    sent = {"title": "", "form_key": "k1", "csrf_token": token}
    answer = bob.post(path, data=sent, headers=said)
    assert answer.status_code == 422 and "ne va pas" in answer.json["message"]
    sent["title"] = "Porte cassée"
    first = bob.post(path, data=sent, headers=said)
    again = bob.post(path, data=sent, headers=said)
    assert first.status_code == again.status_code == 200
    assert first.json["to"] == again.json["to"]
    other = bob.post(path, data={**sent, "title": "Autre chose"}, headers=said)
    assert other.status_code == 422 and "déjà arrivé" in other.json["message"]
    assert other.json["errors"]["form_key"]
    plain = bob.post(path, data={**sent, "title": "Autre chose"})
    assert "déjà arrivé" in text(shown_again(plain))
    page = text(sqlite_client_of("alice").get("/servicerequestview/list/"))
    assert page.count("Porte cassée") == 1 and "Autre chose" not in page
