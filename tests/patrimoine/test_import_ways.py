"""What a file leaves open is told in the words of whoever reads it: screen, command, program."""

from __future__ import annotations

import json
import re

from base.desk.imports import command
from tests.base.test_import_doors import token, upload

FILE = "N° d’inventaire;Nom;Nature;Lieu\nE-1;Chaudière;Équipement;Halle aux grains\n"
STRANGE = "Code;Nom;Alpha;Beta;Gamma;Delta\nA;B;1;2;3;4\n"
NBSP = "\u00a0"


def plain(text):
    return re.sub(r"\s+", " ", text.replace(NBSP, " ").replace("&#34;", '"'))


def test_the_screen_leads_back_to_the_option_with_the_file_and_its_columns(client_of, app):
    alice = client_of("alice")
    page = "/imports/new/equipment"
    answer = alice.post(page, **upload(FILE, "biens.csv", csrf_token=token(alice, page)))
    columns = answer.headers["Location"]
    form = {"csrf_token": token(alice, columns), "column-0": "code", "column-1": "name"}
    form |= {"column-2": "kind", "column-3": "location"}
    shown = alice.post(columns, data=form).headers["Location"]
    trial = alice.get(shown).get_data(as_text=True)
    assert "--option" not in trial and "create_places=" not in trial
    said = plain(trial)
    assert "« Créer les lieux manquants, comme sites », à l’étape « Associer »" in said
    back = re.search(r'href="([^"]+)#answer-create_places"', trial)[1]
    assert back == columns
    again = alice.get(back).get_data(as_text=True)
    assert 'id="answer-create_places"' in again and "biens.csv" in again
    assert re.search(r'id="column-3".*?<option value="location"\s+selected', again, re.S)
    created = alice.post(columns, data={**form, "answer-create_places": "oui"})
    trial = alice.get(created.headers["Location"]).get_data(as_text=True)
    assert "#answer-create_places" not in trial and "1 lieu à créer" in plain(trial)


def test_the_command_says_its_own_option(app, tmp_path):
    path = tmp_path / "biens.csv"
    path.write_text(FILE, encoding="utf-8")
    report = command.import_file("equipment", path, entity="A", dry_run=True)
    (note,) = (plain(one) for one in report.notes if "Halle aux grains" in one)
    assert note.endswith("Pour le créer : --option 'create_places=oui'.")
    assert "Associer" not in note


def test_a_program_is_told_its_field(api_of, app):
    alice = api_of("alice")
    tried = alice("POST", "/api/v1/import/equipment", **upload(FILE, dry_run="true")).get_json()
    (note,) = (plain(one) for one in tried["notes"] if "Halle aux grains" in one)
    assert note.endswith('Pour le créer : options={"create_places": "oui"}.')
    options = json.dumps({"create_places": "oui"})
    sent = upload(FILE, dry_run="true", options=options)
    assert alice("POST", "/api/v1/import/equipment", **sent).get_json()["created"] == 1
    refused = alice("POST", "/api/v1/import/equipment", **upload(STRANGE)).get_json()
    assert 'confirmez : options={"confirm": "oui"}.' in plain(refused["message"])
