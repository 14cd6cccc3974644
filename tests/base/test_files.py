"""The store keeps bytes whole or not at all, and gives them back harmless."""

import errno
import hashlib
import io
import os

import pytest
from flask import Flask

from base.papers.files.store import (
    FileMissing,
    FileRefused,
    Quota,
    Store,
    Stored,
    StoreFull,
    renamed,
    safe_label,
    serve,
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "files")


def everything(store):
    return [p for p in store.root.rglob("*") if p.is_file()]


def test_bytes_are_kept_once_under_their_digest(store):
    data = b"content" * 100_000
    digest = hashlib.sha256(data).hexdigest()
    one = store.put(data, media_type="text/csv", label="a.csv")
    two = store.put(data, media_type="text/csv", label="b.csv")
    assert (one.digest, one.size) == (digest, 700_000) == (two.digest, two.size)
    assert everything(store) == [store.root / digest[:2] / digest[2:4] / digest]
    assert store.read(digest) == data
    assert digest in store
    assert list(store.digests()) == [digest]
    assert store.is_intact(digest)
    assert store.path(digest).stat().st_mode & 0o077 == 0


def test_what_is_not_kept_leaves_nothing(store):
    with store.receive(io.BytesIO(b"x")) as incoming:
        assert incoming.path.exists()
    assert everything(store) == []


def test_too_much_or_nothing_is_refused_and_leaves_nothing(store):
    with pytest.raises(FileRefused, match="dépasse 1 Mo"):
        with store.receive(io.BytesIO(b"x" * (2**20 + 1)), limit=2**20):
            pass
    with pytest.raises(FileRefused, match="vide"):
        with store.receive(io.BytesIO(b"")):
            pass
    assert everything(store) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_leaves_no_file(store, monkeypatch, call, number):
    def fail(*arguments):
        raise OSError(number, "disk")

    store.put(b"first", media_type="text/csv", label="a")  # the folders exist
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(StoreFull):
        store.put(b"second", media_type="text/csv", label="a")
    monkeypatch.undo()
    assert [p.read_bytes() for p in everything(store)] == [b"first"]


def test_a_changed_or_missing_file_is_noticed(store):
    stored = store.put(b"content", media_type="text/csv", label="a")
    path = store.path(stored.digest)
    path.write_bytes(b"Content")
    assert not store.is_intact(stored.digest)
    path.unlink()
    assert not store.is_intact(stored.digest)
    with pytest.raises(FileMissing):
        store.open(stored.digest)


def test_a_digest_is_no_path(store):
    for wrong in ("../../etc/passwd", "", "A" * 64, "a" * 63 + "/"):
        with pytest.raises(ValueError):
            store.path(wrong)


def test_temporary_files_are_swept_after_a_day(store):
    with store.receive(io.BytesIO(b"x")) as incoming:
        created = incoming.path.stat().st_mtime
        assert store.sweep(now=created + 23 * 3600) == 0
        assert store.sweep(now=created + 25 * 3600) == 1
        assert not incoming.path.exists()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("photo.jpg", "photo.jpg"),
        ("C:\\Photos\\e\u0301cole.jpg", "école.jpg"),
        ("/tmp/x/plan.pdf", "plan.pdf"),
        ("fac\u202egpj.exe.pdf", "facgpj.exe.pdf"),
        ("a\r\nb\t.csv", "ab.csv"),
        ("  .. ", "fichier"),
        ("...", "fichier"),
        ("x" * 300 + ".xlsx", "x" * 145 + ".xlsx"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_a_name_is_only_a_label(name, label):
    assert safe_label(name) == label


@pytest.mark.parametrize("name", ["../../x.pdf", "..\\x.pdf", "a/../b.pdf", "a\x00.pdf"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(FileRefused, match="nom"):
        safe_label(name)


def test_a_quota_says_its_limit():
    quota = Quota(files=5, bytes=10 * 2**20)
    quota.check(files=5, size=10 * 2**20)
    with pytest.raises(FileRefused, match="5 fichiers"):
        quota.check(files=6, size=0)
    with pytest.raises(FileRefused, match="10 Mo"):
        quota.check(files=1, size=10 * 2**20 + 1)


def answer(store, stored, **options):
    app = Flask("test")
    with app.test_request_context():
        response = serve(store, stored, **options)
        data = response.get_data()
    return response, data


def test_a_file_is_served_as_what_it_is_and_runs_nothing(store):
    stored = store.put(b"<b>x</b>", media_type="text/csv", label="été.csv")
    response, data = answer(store, stored, inline=True)
    assert data == b"<b>x</b>"
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%C3%A9t%C3%A9.csv" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in response.headers["Cache-Control"]


def test_only_pictures_and_pdf_are_shown_in_the_page(store):
    data = b"%PDF-1.7"
    picture = store.put(data, media_type="application/pdf", label="a.pdf")
    assert answer(store, picture, inline=True)[0].headers["Content-Disposition"] == (
        "inline; filename=a.pdf"
    )
    assert answer(store, picture)[0].headers["Content-Disposition"].startswith("attachment")


def test_a_label_holds_no_line_break_in_the_headers(store):
    stored = renamed(Stored("0" * 64, 1, "text/csv", "x"), 'a"\r\nSet-Cookie: x=1.csv')
    assert stored.label == 'a"Set-Cookie: x=1.csv'
