"""``pg_dump`` of any version on the PATH: used when it works, else we take the rows."""

from __future__ import annotations

import pytest

from base.processes import restoring
from base.upkeep.backups import archive, dumps, making
from tests.base.test_backups import content, opened, postgres_programs, without_restore


def test_a_pg_dump_older_than_the_server_is_not_used(full, server, tmp_path, monkeypatch):
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    assert making.back_up(full, tmp_path / "s.zip").method.startswith("COPY")


def fake_pg_dump(tmp_path, monkeypatch, text):
    """A ``pg_dump`` on the PATH, of a version that knows every server; ``REAL`` is a real one."""
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    real = postgres_programs() / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.0" && exit\n'
        + text.replace("REAL", str(real))
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_a_pg_dump_whose_library_knows_fewer_words_is_used(full, server, tmp_path, monkeypatch):
    """What an older libpq refuses in an address: any word but these four arguments."""
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    fake_pg_dump(
        tmp_path,
        monkeypatch,
        'for word in "$@"; do case "$word" in *sslcertmode*|*=*=*|*://*)\n'
        "echo 'error: invalid connection option \"sslcertmode\"' >&2; exit 1;; esac; done\n"
        'exec REAL "$@"\n',
    )
    assert making.back_up(full, tmp_path / "s.zip").method == "pg_dump 99.0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo COPY; echo 'pg_dump: error: plus de place' >&2; exit 1\n", "plus de place"),
        ("echo 'pg_dump : erreur : option inconnue' >&2; exit 1\n", "option inconnue"),
        ('REAL "$@" 2>/dev/null | head -c 100000; exit 3\n', "code 3"),
        ("kill -9 $$\n", "code -9"),
    ],
)
def test_after_a_pg_dump_that_fails_the_rows_are_taken_by_ourselves(
    full, elsewhere, server, tmp_path, monkeypatch, text, said
):
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    fake_pg_dump(tmp_path, monkeypatch, text)
    before = content(full)
    made = making.back_up(full, tmp_path / "s.zip")
    assert made.method.startswith("COPY dans une transaction, car pg_dump 99.0 a échoué (")
    assert said in made.method
    assert archive.check(tmp_path / "s.zip") == made
    restoring.restore(elsewhere, tmp_path / "s.zip")
    assert without_restore(content(opened(elsewhere))) == without_restore(before)


def test_a_server_lost_by_both_is_a_sentence_and_leaves_no_backup(
    full, server, tmp_path, monkeypatch
):
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    from psycopg import OperationalError

    def lost(held):
        yield b"-- Ouvrage\n"
        raise OperationalError("server closed the connection unexpectedly\n\tmore")

    fake_pg_dump(tmp_path, monkeypatch, "exit 1\n")
    monkeypatch.setattr(dumps, "_copied", lost)
    with pytest.raises(archive.NotWritten, match="n’a pas pu être lue jusqu’au bout : server clo"):
        making.back_up(full, tmp_path / "s.zip")
    assert [p.name for p in tmp_path.glob("*s.zip*")] == []


def test_a_file_named_pg_dump_that_is_no_program_is_not_used(full, server, tmp_path, monkeypatch):
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    assert making.back_up(full, tmp_path / "s.zip").method.startswith("COPY")
