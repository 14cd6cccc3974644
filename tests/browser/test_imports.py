"""A file goes from the disk to the register on the screens, at the desk and on the phone."""

import io

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE

#: One row a person must correct, one that changes nothing known, one that is new.
FILE = """N° d’inventaire;Nom;Nature;Surface;Mise en service;Remarque du chef
{0}-1;Local des archives;bâtiment;86;14/10/2026;a
{0}-2;Maison des associations;bâtiment;12O;;b
{0}-3;Renault Master;véhicule;;31/02/2026;c
"""


def given(name, content):
    return {"name": name, "mimeType": "text/csv", "buffer": content.encode()}


@pytest.mark.parametrize(("size", "code"), [(DESK, "BUR"), (PHONE, "TEL")], ids=["desk", "phone"])
def test_a_register_is_given_mapped_tried_and_imported(look, size, code):
    seen = look("alice", size)
    seen.open("/imports/")
    page = seen.page
    page.click("a[href$='/imports/new/assets']")
    page.set_input_files("#file", given(f"{code}.csv", FILE.format(code)))
    page.click("main button.btn-primary")
    expect(page.locator("h1")).to_have_text("Associer les colonnes")
    assert page.locator("#column-0").input_value() == "code"
    page.select_option("#column-5", "notes")
    page.click("button[form=columns]")
    expect(page.locator("h1")).to_have_text("Vérifier avant d’importer")
    rejected = page.locator("tr.ov-why").all_inner_texts()
    assert "la lettre O à la place du chiffre zéro" in rejected[0]
    assert "Le 31/02/2026 n’existe pas." in rejected[1]
    assert page.locator("td .ov-bad").all_inner_texts() == ["12O", "31/02/2026"]
    assert seen.overflow() <= 0
    with page.expect_download() as download:
        page.click(".ov-banner-late a.btn")
    assert download.value.suggested_filename == f"{code}-erreurs.csv"
    page.click(".ov-actbar button.btn-primary")
    expect(page.locator("h1")).to_have_text("Import terminé")
    seen.open(f"/assetview/list/?q={code}-1")
    assert "Local des archives" in page.locator("main").inner_text()
    # The next file of the same header is mapped as this one was.
    seen.open("/imports/new/assets")
    page.set_input_files("#file", given("b.csv", FILE.format(code + "X")))
    page.click("main button.btn-primary")
    expect(page.locator("h1")).to_have_text("Associer les colonnes")
    assert page.locator("#column-5").input_value() == "notes"
    assert seen.faults == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_dropped_file_is_recognised_imported_and_undone(look, size):
    seen = look("alice", size)
    seen.open("/imports/")
    page = seen.page
    code = f"DEP{size['width']}"
    text = f"Raison sociale;Code;SIRET;Téléphone\nDépannage;{code};;0102030405\n"
    page.set_input_files("#files", given("tiers.csv", text))
    page.click("form[action$='/drop'] button")
    expect(page.locator("#guess")).to_contain_text("Reconnu\u00a0: Fournisseurs")
    page.click("#columns details summary")
    assert page.locator("#encoding").is_visible()
    assert seen.overflow() <= 0
    page.click("button[form=columns]")
    page.click(".ov-actbar button.btn-primary")
    expect(page.locator("h1")).to_have_text("Import terminé")
    page.click(".ov-actbar a[href$='/undo']")
    expect(page.locator("h1")).to_have_text("Annuler cet import\u00a0?")
    expect(page.locator(".ov-counters")).to_contain_text("1 retirée")
    assert seen.overflow() <= 0
    page.click(".ov-actbar form button")
    expect(page.locator("h1")).to_have_text("Import annulé")
    expect(page.locator("#undone")).to_contain_text("1 retirée")
    assert seen.overflow() <= 0
    seen.open(f"/partnerview/list/?q={code}")
    expect(page.locator("main")).not_to_contain_text("Dépannage")
    assert seen.faults == []


def test_a_file_that_is_no_table_is_said_beside_the_field(look):
    seen = look()
    seen.open("/imports/new/assets")
    page = seen.page
    page.set_input_files("#file", given("page.csv", "<!doctype html><p>bonjour</p>"))
    page.click("main button.btn-primary")
    expect(page.locator("#file-error")).to_contain_text("Ce fichier est une page web")
    assert page.locator("#file").get_attribute("aria-describedby") == "file-help file-error"
    assert seen.faults == []


def test_a_photo_is_attached_to_a_record_and_shown(look):
    from PIL import Image

    seen = look("alice", PHONE)
    seen.open("/partnerview/list/")
    page = seen.page
    page.click("tbody a.ov-ink-link >> nth=0")
    data = io.BytesIO()
    Image.new("RGB", (80, 60), (30, 120, 160)).save(data, "JPEG")
    page.set_input_files(
        "#attach-file",
        {"name": "façade.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()},
    )
    page.click("form[action*='/documents/attach/'] button")
    picture = page.locator("figure img")
    expect(picture).to_have_count(1)
    expect(page.locator("main")).to_contain_text("façade.jpg")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('figure img').naturalWidth === 80")
    assert seen.faults == []


def test_a_big_file_is_followed_to_its_end_without_touching_the_page(look, monkeypatch, site):
    import contextvars

    from base.desk.imports import work
    from base.engine import jobs
    from base.rules.rights.actors import system_session
    from base.store.models import ImportBatch
    from tests.engines import server

    monkeypatch.setattr(work, "SMALL_BYTES", 10)
    seen = look()
    seen.open("/imports/new/suppliers")
    page = seen.page
    page.set_input_files("#file", given("tiers.csv", "Nom;Code\nMartin;MRT\n"))
    page.click("main button.btn-primary")
    page.click("button[form=columns]")
    expect(page.locator("h1")).to_have_text("Import en cours")

    def work_once():
        with server("sqlite", None).app.app_context():
            with system_session("test", readonly=True) as session:
                job_id = session.query(ImportBatch.job_id).order_by(ImportBatch.id.desc()).first()
            jobs.run(job_id[0])

    contextvars.Context().run(work_once)
    expect(page.locator("h1")).to_have_text("Vérifier avant d’importer")
    expect(page.locator("main")).to_have_count(1)
    page.click(".ov-actbar button.btn-primary")
    expect(page.locator("h1")).to_have_text("Import en cours")
    contextvars.Context().run(work_once)
    expect(page.locator("h1")).to_have_text("Import terminé")
    assert seen.faults == []
