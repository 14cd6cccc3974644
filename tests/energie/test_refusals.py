"""Files that are known and hold no reading: their own name, and the reason that they carry."""

import gzip
import json

import pytest
from sqlalchemy import select

from base.desk.imports import importer_of
from base.desk.imports.recognising import candidates
from base.engine import jobs
from base.rules.rights.actors import job_session, system_session
from base.store.models import ImportBatch
from energie.domain.blocks import UnreadableFile
from energie.imports.recognise import read_file
from tests.base.test_import_doors import upload
from tests.base.test_import_recognising import drop
from tests.energie.flow_samples import soap


def _flow(root, name, label=""):
    return (
        f"<{root}><En_Tete_Flux><Identifiant_Flux>{name}</Identifiant_Flux><Libelle_Flux>{label}"
        f"</Libelle_Flux></En_Tete_Flux></{root}>"
    )


def _affairs(name):
    return f"<affaires><enteteFlux><idFlux>{name}</idFlux></enteteFlux></affaires>"


FAULT = soap(
    "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Erreur fonctionnelle</faultstring>"
    '<detail><e:erreur xmlns:e="urn:e"><resultat code="SGT4M3">Le service n’est pas ouvert'
    "</resultat></e:erreur></detail></soap:Fault>"
)
PAGE = (
    "<!DOCTYPE html>\n<html lang='fr'><head><title>Connexion &ndash; Mon compte</title></head>"
    "<body><form></form></body></html>"
)
#: What the file holds → words of its sentence, words of others that it must not say.
SENTENCES = [
    (_affairs("X12"), "affaires X12", "X13"),
    (_affairs("X13"), "affaires X13", "X12"),
    (_affairs("X14"), "Flux Enedis X14", "X12"),
    (_flow("Detail_Facturation", "F12"), "F12 (détail", "F15"),
    ("<Detail_Facturation/>", "F12 (détail", "F15"),
    (_flow("F15_Detail_Facturation", "F15"), "F15 (détail", "F12"),
    ("<F15_Detail_Facturation/>", "F15 (détail", "F12"),
    (_flow("C12", "C12"), "C12 (événements", "C15"),
    (_flow("R16", "R16", "Relevés cycliques"), "R16 (« Relevés cycliques »)", "R15"),
    (FAULT, "Erreur fonctionnelle ; SGT4M3 Le service n’est pas ouvert", "«  »"),
    (soap("<x:rechercherPointResponse xmlns:x='urn:x'/>"), "rechercherPointResponse", "refus"),
    (soap(""), "est vide", "refus"),
    (PAGE, "page web (« Connexion – Mon compte »)", "XML"),
    ("<html><body>expired</body></html>", "est une page web, pas des données", "«  »"),
    ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "page web", "XML"),
    ("<error><code>401</code><message>Jeton expiré</message></error>", "Jeton expiré", "XML"),
]
ERRORS = [
    (
        {
            "tag": "enedis_return_ko",
            "error_code": 404,
            "description": "",
            "enedis_return": {"error": "ADAM-ERR0123", "error_description": "Période trop longue"},
        },
        "Période trop longue",
    ),
    (
        {
            "error_code": 500,
            "description": " Services indisponibles ",
            "enedis_return": {"error_description": "Un problème a été rencontré"},
        },
        "Services indisponibles ; Un problème a été rencontré",
    ),
    ({"error": "invalid_token", "error_description": "Jeton expiré"}, "Jeton expiré"),
    ({"error": "client_not_found"}, "client_not_found"),
    ({"error_code": 500, "enedis_return": False}, "n’en dit pas la raison"),
    ({"fault": {"code": 900901, "message": "Invalid Credentials"}}, "Invalid Credentials"),
    ({"errors": [{"detail": "Quota dépassé"}]}, "Quota dépassé"),
    ({"code": "0000018", "message": "Le PCE n’est pas autorisé"}, "Le PCE n’est pas autorisé"),
    (
        {"code_statut_traitement": "1000001", "message_retour_traitement": "Droit d’accès absent"},
        "Droit d’accès absent",
    ),
    ([{"error": "x", "error_description": "Client inconnu"}], "Client inconnu"),
]


def _read(tmp_path, text, name="fichier"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


@pytest.mark.parametrize(("text", "said", "unsaid"), SENTENCES)
def test_a_file_is_never_called_by_the_name_of_another(tmp_path, text, said, unsaid):
    with pytest.raises(UnreadableFile) as caught:
        _read(tmp_path, text)
    words = str(caught.value).replace("\u00a0", " ")
    assert said in words
    assert unsaid not in words


@pytest.mark.parametrize(("content", "said"), ERRORS)
def test_an_error_gives_the_reason_that_it_carries(tmp_path, content, said):
    with pytest.raises(UnreadableFile) as caught:
        _read(tmp_path, json.dumps(content))
    words = str(caught.value).replace("\u00a0", " ")
    assert said in words
    assert "message d’erreur du service" in words
    assert "«  »" not in words


def test_a_page_saved_under_another_name_or_compressed(tmp_path):
    for name in ("courbe.csv", "releves.xml", "data.json"):
        with pytest.raises(UnreadableFile, match="page web"):
            _read(tmp_path, PAGE, name)
    packed = tmp_path / "courbe.csv.gz"
    packed.write_bytes(gzip.compress(PAGE.encode()))
    with pytest.raises(UnreadableFile, match="page web"):
        read_file(packed, packed.name)


def test_a_soap_answer_without_a_prefix_is_no_page(tmp_path):
    from tests.energie.flow_samples import soap_points

    text = soap_points("PMA", "VA", [("2022-01-05T21:15:16.000+01:00", "3839")])
    bare = (
        text.replace("soap:", "").replace("xmlns:soap", "xmlns").replace("n:consulter", "consulter")
    )
    assert len(_read(tmp_path, bare.replace("xmlns:n=", "xmlns=")).blocks) == 1


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("xml", _affairs("X13"), "X13"),
        ("xml", _flow("F15_Detail_Facturation", "F15"), "F15"),
        ("xml", FAULT, "SGT4M3"),
        ("json", json.dumps(ERRORS[0][0]), "Période trop longue"),
    ],
)
def test_the_drop_screen_says_what_a_refused_file_is(
    sqlite_app, sqlite_client_of, sqlite_api_of, tmp_path, kind, text, said
):
    path = tmp_path / f"fichier.{kind}"
    path.write_text(text, encoding="utf-8")
    with job_session((1,), "user:1", readonly=True) as session:
        (found,) = candidates(session, 1, [importer_of("readings")], kind, path, path.name)
    assert not found.is_sure
    assert said in str(found.guess.reasons[0])
    alice = sqlite_client_of("alice")
    where = drop(alice, (path.name, text.encode())).headers["Location"]
    with system_session("tests", readonly=True) as session:
        (trial,) = session.scalars(select(ImportBatch.job_id))
    jobs.run(trial)
    assert said in alice.get(where).get_data(as_text=True)
    call = sqlite_api_of("alice")
    given = call("POST", "/api/v1/import/readings", **upload(text, path.name))
    jobs.run(given.get_json()["job_id"])
    shown = call("GET", given.headers["Location"]).get_json()
    assert (shown["state"], said in shown["hints"][0]) == ("refused", True)
