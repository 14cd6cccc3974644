"""SIRET, SIREN and VAT numbers: a wrong key is refused at every door, an old one is left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from base.basics.errors import InvalidInput
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.models import Partner
from tests import engines

ANY = {"If-Match": "*"}
#: By hand, from the right, every second doubled and its digits added: 4 + 5 + 0 + 0 + 0 + 0 + 2 + 6
#: + 9 + 4 + 8 + 4 + 3 + 5 = 50, a multiple of ten; of the other 51.
RIGHT, WRONG = "73282932000074", "73282932000075"


@pytest.fixture
def old(app):
    """A third party whose numbers were written before their keys were asked; its id."""
    with system_session("test") as session:
        row = Partner(entity_id=1, code="OLD", name="Ancien")
        session.add(row)
        session.flush()
        key = row.id
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE base_partner SET siret = '123', vat_number = 'TVA 5' WHERE code = 'OLD'")
        )
    return key


def stored(code="OLD"):
    with system_session("test", readonly=True) as session:
        row = session.scalars(select(Partner).where(Partner.code == code)).one()
        return row.siret, row.vat_number, row.phone


def test_programs_are_told_what_is_wrong(app, api_of):
    admin = api_of("admin")

    def send(**numbers):
        body = {"code": "P", "name": "P", "entity_id": 1, **numbers}
        return admin("POST", "/api/v1/partner/", json=body)

    said = send(siret=WRONG).get_json()["errors"]["siret"]
    assert "sa clé est fausse" in str(said) and RIGHT in str(said)
    assert "vat_number" in send(vat_number="FR45732829320").get_json()["errors"]
    # The post office: 3+5+6+4+9+8+3+7 = 45, a multiple of five, and no key.
    right = send(siret="35600000049837", vat_number="fr 44 732 829 320")
    assert right.status_code == 201, right.get_json()
    assert stored("P")[:2] == ("35600000049837", "FR44732829320")
    wrong = {"code": "X", "name": "X", "siren": "732829321"}
    assert "siren" in admin("POST", "/api/v1/entity/", json=wrong).get_json()["errors"]


def test_an_old_number_blocks_no_other_change(old, api_of):
    admin, path = api_of("admin"), f"/api/v1/partner/{old}"
    assert admin("PATCH", path, json={"phone": "1"}, headers=ANY).status_code == 200
    same = {"siret": "123", "vat_number": "TVA 5", "phone": "2"}
    assert admin("PATCH", path, json=same, headers=ANY).status_code == 200
    refused = admin("PATCH", path, json={"siret": "124"}, headers=ANY)
    assert refused.status_code == 422 and "siret" in refused.get_json()["errors"]
    assert stored() == ("123", "TVA 5", "2")


def test_a_form_says_it_at_its_field_and_keeps_an_old_one(old, client_of):
    admin, path = client_of("admin"), f"/partnerview/edit/{old}"
    data = {"csrf_token": engines.csrf(admin, path), "version": "1", "code": "OLD", "name": "N"}
    refused = admin.post(path, data={**data, "siret": WRONG, "vat_number": "TVA 5"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "n’est pas un SIRET" in page and RIGHT in page
    kept = {**data, "siret": "123", "vat_number": "TVA 5", "phone": "3"}
    assert admin.post(path, data=kept).status_code == 302
    assert stored() == ("123", "TVA 5", "3")


def test_a_file_refuses_a_wrong_one_and_gives_back_an_old_one(old, tmp_path):
    path = tmp_path / "tiers.csv"
    path.write_text("Code;Nom;SIRET;N° de TVA;Téléphone\nOLD;Ancien;123;TVA 5;4\n")
    report = import_file("suppliers", path, entity="A")
    assert (report.updated, report.rejected) == (1, 0), report.errors
    assert stored() == ("123", "TVA 5", "4")
    path.write_text("Code;Nom;SIRET;N° de TVA\nOLD;Ancien;124;TVA 5\nN;Neuf;;FR45732829320\n")
    report = import_file("suppliers", path, entity="A")
    assert [(e["row"], e["column"]) for e in report.errors] == [(2, "SIRET"), (3, "N° de TVA")]


def test_what_no_door_asked_is_refused_when_it_is_written(app):
    with pytest.raises(InvalidInput, match="SIRET"), system_session("test") as session:
        session.add(Partner(entity_id=1, code="X", name="X", siret=WRONG))
        session.flush()


@pytest.mark.parametrize("typed", ["732 829 320 00074", "732.829.320.00074", RIGHT])
def test_a_form_takes_the_blanks_between_the_signs(app, client_of, typed):
    admin = client_of("admin")
    token = engines.csrf(admin, "/partnerview/add")
    sent = {"csrf_token": token, "code": "P", "name": "P", "entity": "1", "siret": typed}
    made = admin.post("/partnerview/add", data=sent)
    assert made.status_code == 302, made.get_data(as_text=True)
    assert stored("P")[0] == RIGHT
    wrong = admin.post("/partnerview/add", data={**sent, "code": "Q", "siret": WRONG + " 1"})
    assert wrong.status_code == 422 and "14 chiffres sont attendus" in wrong.get_data(as_text=True)
