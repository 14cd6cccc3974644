"""A private Redis whose files are harmed: it starts again, and says what became of them."""

from __future__ import annotations

import time

import pytest

import config
from base.engine import redis_server
from base.processes import serving
from base.processes.supervisor import Child
from tests.base.test_supervisor import kept, until  # noqa: F401 - a fixture


@pytest.mark.skipif(redis_server.executable() is None, reason="no Redis on this machine")
@pytest.mark.parametrize("harm", ["missing", "corrupt"])
def test_a_redis_that_cannot_read_its_files_starts_without_them(kept, tmp_path, capsys, harm):  # noqa: F811
    settings = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "d")})
    command, socket_path = redis_server.command(settings)
    child = Child("redis", command, foreign=True, mend=lambda: serving._mend(settings))
    one = kept(child)
    assert serving._answers(one, socket_path)
    redis_server.client(redis_server.url_of(socket_path)).set("k", "v")
    one._stop([child], time.monotonic() + 10)
    place = redis_server.folder(settings)
    (files,) = [place / name for name in redis_server.APPEND_ONLY if (place / name).exists()]
    if files.is_file() and harm == "missing":
        pytest.skip("this Redis has one file: without it, it starts anew")
    inside = files.iterdir() if files.is_dir() else [files]
    parts = [path for path in inside if path.suffix != ".manifest"]
    for part in parts:
        if harm == "missing":
            part.unlink()
        else:
            part.write_bytes(b"no file of redis" * 40)
    said = ""

    def mended():
        """Redis listens before it has read its files: it dies a moment after."""
        nonlocal said
        one.look()
        said += capsys.readouterr().out
        return "illisible-" in said

    until(mended)
    assert "Redis n’a pas pu relire ses fichiers" in said
    assert serving._answers(one, socket_path)
    (beside,) = place.glob("illisible-*")
    assert (beside / files.name).exists()
    assert redis_server.client(redis_server.url_of(socket_path)).ping()
    assert not one.refused
