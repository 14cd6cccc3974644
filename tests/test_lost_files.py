"""Files that the store has lost: each page and resource that reads one answers with a sentence."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from base.papers.files.store import current_store
from base.rules.rights.actors import system_session
from base.store.models import Document
from base.store.models.imports import ImportBatch
from interventions.models import Photo, Signature, WorkOrder
from reports.models import ReportRun
from tests.factories import rows
from tests.sweeps import fill, model_of

#: Named by rows, held by nobody.
LOST = tuple(f"{n:064x}" for n in range(0xF1, 0xF7))
SAID = "manque dans la réserve"


@pytest.fixture
def lost(sqlite_app: Any) -> dict[str, int]:
    """A row of each kind that names a file, while the store is empty: model -> id."""
    with system_session("tests") as session:
        batch = rows.make(
            session,
            ImportBatch,
            1,
            label="bâtiments.csv",
            state="tried",
            digest=LOST[0],
            report_digest=LOST[1],
            errors_digest=LOST[2],
        )
        work = rows.make(session, WorkOrder, 1, state="finished")
        attached = {
            "record": "interventions_work_order",
            "record_id": work.id,
            "media_type": "image/jpeg",
        }
        taken = rows.make(session, Document, 1, digest=LOST[3], label="chaudière.jpg", **attached)
        drawn = rows.make(session, Document, 1, digest=LOST[4], label="signature.png", **attached)
        photo = rows.make(
            session, Photo, 1, work_order_id=work.id, document_id=taken.id, moment="after"
        )
        signature = rows.make(
            session, Signature, 1, work_order_id=work.id, document_id=drawn.id, digest=LOST[4]
        )
        paper = rows.make(session, Document, 1, digest=LOST[5], media_type="application/pdf")
        ended = {"finished_at": datetime(2026, 3, 2, 9, tzinfo=UTC), "file_digest": LOST[5]}
        run = rows.make(
            session, ReportRun, 1, document_id=paper.id, content_digest=LOST[5], **ended
        )
        made = (batch, work, taken, photo, signature, run)
        found = {type(row).__name__: row.id for row in made}
    assert not any(digest in current_store() for digest in LOST)
    return found


def test_no_page_and_no_resource_falls_over_a_file_that_is_gone(
    lost: dict[str, int], sqlite_app: Any, sqlite_client_of: Any, sqlite_api_of: Any
) -> None:
    admin, program = sqlite_client_of("admin"), sqlite_api_of("admin")
    wrong, told = [], set()
    for rule in sorted(sqlite_app.url_map.iter_rules(), key=lambda r: r.rule):
        if "GET" not in rule.methods or not {"pk", "key"} & rule.arguments:
            continue
        if (model := model_of(sqlite_app, rule.endpoint)) not in lost:
            continue
        path = fill(rule, lost[model])
        answer = program("GET", path) if path.startswith("/api/") else admin.get(path)
        if answer.status_code >= 500:
            wrong.append(f"{path} -> {answer.status_code}")
        words = answer.get_json()["message"] if answer.is_json and answer.status_code == 410 else ""
        if answer.status_code == 410 and SAID in (words or answer.get_data(as_text=True)):
            told.add(rule.endpoint)
    assert wrong == []
    assert told >= {
        "DocumentApi.content",
        "DocumentView.download",
        "ImportApi.errors",
        "ImportView.columns",
        "ImportView.errors",
        "ImportView.source",
        "ReportRunApi.document",
        "ReportRunView.document",
    }


def test_an_import_whose_file_is_gone_says_which_and_what_to_do(
    lost: dict[str, int], sqlite_client_of: Any, sqlite_api_of: Any
) -> None:
    admin, pk = sqlite_client_of("admin"), lost["ImportBatch"]
    sentence = (
        (
            "Le fichier « bâtiments.csv » de cet import manque dans la réserve\N{NBSP}: "
            "donnez-le à nouveau."
        )
        .replace("« ", "«\N{NBSP}")
        .replace(" »", "\N{NBSP}»")
    )
    for name in ("columns", "source"):
        page = admin.get(f"/imports/{pk}/{name}")
        assert page.status_code == 410, name
        assert sentence in page.get_data(as_text=True), name
    # Its page stays open: what it became, and what it made, is in the database.
    page = admin.get(f"/imports/{pk}")
    assert page.status_code == 200 and sentence in page.get_data(as_text=True)
    assert "Le compte rendu de cet import" in page.get_data(as_text=True)
    shown = sqlite_api_of("admin")("GET", f"/api/v1/import/{pk}")
    assert shown.status_code == 200 and shown.get_json()["state"] == "tried"
    assert "Le compte rendu de cet import" in shown.get_json()["errors"][0]["reason"]


def test_a_sheet_of_work_is_printed_without_the_pictures_that_are_gone(
    lost: dict[str, int], sqlite_client_of: Any
) -> None:
    sheet = sqlite_client_of("admin").get(f"/workorderview/sheet/{lost['WorkOrder']}")
    assert sheet.status_code == 200 and sheet.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(sheet.data)).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Cette photo manque dans la réserve" in words
    # Drawn on the screen, and its digest is on the paper whoever holds the picture.
    assert LOST[4] in words.replace(" ", "")
