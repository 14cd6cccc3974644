"""Files attached to records, through resource and page."""

from __future__ import annotations

import errno
import os
import re

import pytest
from sqlalchemy import func, select

from base.rules.rights.actors import system_session
from base.store.models import Document, ImportBatch, Partner
from tests.base.test_hostile_files import HOSTILE, image
from tests.base.test_import_doors import count, token, upload


@pytest.fixture
def partner(app):
    with system_session("test") as session:
        made = Partner(entity_id=1, code="P", name="Durand")
        session.add(made)
        session.flush()
        return made.id


def attach(api, number, data=None, name="photo.png", record="partner"):
    fields = {"record": record, "record_id": str(number)}
    return api("POST", "/api/v1/document/", **upload(data or image(), name, **fields))


def test_a_file_is_attached_listed_served_and_put_away(api_of, app, partner):
    alice = api_of("alice")
    made = attach(alice, partner)
    assert made.status_code == 201, made.get_data(as_text=True)
    number = made.get_json()["id"]
    assert attach(alice, partner).get_json()["id"] == number
    listed = alice("GET", f"/api/v1/document/?record=partner&record_id={partner}").get_json()
    assert [d["label"] for d in listed["result"]] == ["photo.png"]
    content = alice("GET", f"/api/v1/document/{number}/content")
    assert content.mimetype == "image/png"
    assert content.headers["Content-Disposition"].startswith("attachment")
    assert content.headers["Content-Security-Policy"].startswith("sandbox")
    tag = {"If-Match": alice("GET", f"/api/v1/document/{number}").headers["ETag"]}
    assert alice("DELETE", f"/api/v1/document/{number}").status_code == 428
    assert alice("DELETE", f"/api/v1/document/{number}", headers=tag).status_code == 200
    assert alice("GET", f"/api/v1/document/{number}/content").status_code == 404
    listed = alice("GET", f"/api/v1/document/?record=partner&record_id={partner}").get_json()
    assert listed["count"] == 0


def test_a_foreign_file_is_not_there(api_of, app, partner):
    alice, chloe = api_of("alice"), api_of("chloe")
    number = attach(alice, partner).get_json()["id"]
    for path in (
        f"/api/v1/document/{number}",
        f"/api/v1/document/{number}/content",
        f"/api/v1/document/?record=partner&record_id={partner}",
    ):
        answer = chloe("GET", path)
        assert answer.status_code == 404
        assert b"photo" not in answer.data
    assert chloe("DELETE", f"/api/v1/document/{number}").status_code == 404
    assert attach(chloe, partner).status_code == 404
    assert attach(alice, 999_999).status_code == 404
    assert attach(alice, partner, record="zzz").status_code == 404
    assert attach(alice, "x").status_code == 404
    assert attach(alice, 10**25).status_code == 404
    with system_session("test", readonly=True) as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 1


def test_who_may_only_read_attaches_nothing(sqlite_api_of, sqlite_app):
    with system_session("test") as session:
        made = Partner(entity_id=1, code="P", name="Durand")
        session.add(made)
        session.flush()
        number = made.id
    assert attach(sqlite_api_of("damien"), number).status_code == 403
    assert attach(sqlite_api_of(None), number).status_code == 401


#: Backslashes do not survive the header of a form, and the form's own limit stops the big one.
BY_FORM = [case for case in HOSTILE if case not in ("name upwards, other system", "too big")]


@pytest.mark.parametrize("case", BY_FORM)
def test_a_hostile_attachment_is_refused(sqlite_api_of, sqlite_app, case):
    name, data = HOSTILE[case]
    with system_session("test") as session:
        made = Partner(entity_id=1, code="P", name="Durand")
        session.add(made)
        session.flush()
        number = made.id
    answer = attach(sqlite_api_of("alice"), number, data, name) if data else None
    assert answer is None or answer.status_code in (413, 422), case
    assert count(Document) == 0


def test_the_record_page_shows_and_takes_files(client_of, app, partner):
    alice = client_of("alice")
    page = f"/partnerview/show/{partner}"
    form = {"csrf_token": token(alice, page)}
    path = f"/documents/attach/base_partner/{partner}"
    answer = alice.post(path, **upload(image(), "façade.png", **form))
    assert answer.headers["Location"] == page
    shown = alice.get(page).get_data(as_text=True)
    assert "façade.png" in shown
    number = re.search(r"/documents/(\d+)", shown)[1]
    inline = alice.get(f"/documents/{number}?inline=1")
    assert inline.headers["Content-Disposition"].startswith("inline")
    assert client_of("chloe").get(f"/documents/{number}").status_code == 404
    alice.post(f"/documents/{number}/remove", data=form)
    assert f"/documents/{number}" not in alice.get(page).get_data(as_text=True)


def test_a_quota_stops_a_flood(sqlite_app):
    from base.face.attached.documents import attach as attach_to
    from base.papers.files.store import FileRefused, Quota, current_store
    from base.rules.rights.actors import job_session

    with system_session("test") as session:
        session.add(Partner(id=7, entity_id=1, code="P", name="Durand"))
    store = current_store()
    with job_session((1,), "user:2") as session:
        partner = session.get(Partner, 7)
        for number in range(2):
            stored = store.put(b"%d" % number, media_type="text/csv", label=f"{number}.csv")
            attach_to(session, partner, stored, quota=Quota(files=2, bytes=100))
        with pytest.raises(FileRefused, match="2 fichiers"):
            stored = store.put(b"3", media_type="text/csv", label="3.csv")
            attach_to(session, partner, stored, quota=Quota(files=2, bytes=100))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("door", ["attach", "import"])
def test_a_disk_that_fails_at_any_moment_leaves_no_row_without_its_file(
    sqlite_api_of, sqlite_app, monkeypatch, number, door
):
    from base.papers.files.store import current_store

    with system_session("test") as session:
        session.add(Partner(id=7, entity_id=1, code="P", name="Durand"))
    alice, store = sqlite_api_of("alice"), current_store()
    text = f"Nom;Code\nMartin {door} {number};MAR\n"
    for step in range(1, 50):
        calls = []

        def failing(real, calls=calls, step=step):
            def call(*arguments):
                calls.append(1)
                if len(calls) == step:
                    raise OSError(number, "disk")
                return real(*arguments)

            return call

        with monkeypatch.context() as patch:
            for name in ("fsync", "replace", "mkdir"):
                patch.setattr(os, name, failing(getattr(os, name)))
            if door == "attach":
                answer = attach(alice, 7, image(size=(step + 50, 31)))
            else:
                answer = alice("POST", "/api/v1/import/suppliers", **upload(text))
        assert list((store.root / "tmp").glob("*")) == []
        if answer.status_code < 300:
            break
        assert answer.status_code == 503
        assert (count(Document), count(Partner), count(ImportBatch)) == (0, 1, 0)
    assert step > 3
    assert (count(Document), count(Partner)) == ((1, 1) if door == "attach" else (0, 2))
    with system_session("test", readonly=True) as session:
        for digest in session.scalars(select(Document.digest)):
            assert store.is_intact(digest)
        for digest in session.scalars(select(ImportBatch.digest)):
            assert store.is_intact(digest)
