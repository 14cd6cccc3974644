"""Logs: what a line says of its request or job, the access log, and rotation."""

from __future__ import annotations

import dataclasses
import json
import logging
import multiprocessing
import re
import stat

import pytest

import config
from base.basics import logs
from base.engine import redis_server
from tests.base.test_job_pages import user_id


def settings(folder, **values):
    return config.settings({"OUVRAGE_DATA_DIR": str(folder), **values})


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Logs of a web server in a folder; ``lines("web")`` reads them."""
    root = logging.getLogger()
    for one in (root, logs.access):
        monkeypatch.setattr(one, "handlers", list(one.handlers))
    monkeypatch.setattr(root, "level", root.level)

    def lines(name):
        path = tmp_path / "logs" / f"{name}.log"
        return [json.loads(x) for x in path.read_text("utf-8").splitlines()]

    logs.configure(settings(tmp_path), "web")
    yield lines
    for handler in (*root.handlers, *logs.access.handlers):
        if isinstance(handler, logs.Lines):
            handler.close()


# --- requests --------------------------------------------------------------------------------


def test_the_number_that_a_person_is_told_is_in_the_log(sqlite_app, sqlite_client_of, written):
    def broken(**_arguments):
        raise ZeroDivisionError("une panne")

    name = "PartnerView.list"
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False
    before, sqlite_app.view_functions[name] = sqlite_app.view_functions[name], broken
    try:
        answer = sqlite_client_of("alice").get("/partnerview/list/?secret=abc", buffered=True)
    finally:
        sqlite_app.view_functions[name] = before
        sqlite_app.config["PROPAGATE_EXCEPTIONS"] = None
    told = re.search(r"notée sous le n° ([0-9a-f]{16})", answer.get_data(as_text=True)).group(1)
    (line,) = [x for x in written("web") if x.get("request_id") == told]
    assert (line["method"], line["path"], line["level"]) == ("GET", "/partnerview/list/", "error")
    assert line["user"] == user_id("alice")
    assert "ZeroDivisionError: une panne" in line["trace"]
    (access,) = [x for x in written("access") if x["request_id"] == told]
    assert access["status"] == 500 and access["user"] == line["user"] and access["ms"] > 0
    assert "secret" not in json.dumps(written("access"))


def test_what_a_program_is_told_is_in_the_access_log(sqlite_api_of, written):
    answer = sqlite_api_of("bob")("POST", "/api/v1/partner/", json={"rien": 1}, buffered=True)
    number = answer.get_json()["request_id"]
    (line,) = [x for x in written("access") if x["request_id"] == number]
    assert (line["method"], line["path"]) == ("POST", "/api/v1/partner/")
    assert (line["status"], line["user"]) == (answer.status_code, user_id("bob"))
    assert {"at", "role", "pid", "from", "bytes", "ms"} <= set(line)


def test_every_request_is_one_line_and_no_secret_of_an_address_is_in_it(sqlite_client_of, written):
    stranger = sqlite_client_of(None)
    asked = [
        "/t/Ab3dEf6hIj9kLm2n",
        "/t/Ab3dEf6hIj9kLm2n/rien",
        "/compte/lien/Ab3dEf6hIj9kLm2n",
        "/rien/Ab3dEf6hIj9kLm2n?jeton=Ab3dEf6hIj9kLm2n",
        "/static/icons.svg",
        "/health",
    ]
    for path in asked:
        stranger.get(path).close()
    lines = written("access")
    assert len(lines) == len(asked)
    assert "Ab3dEf6hIj9kLm2n" not in json.dumps(lines)
    assert [x["path"] for x in lines][:1] == ["/t/…"]
    assert [x["path"] for x in lines][-2:] == ["/static/icons.svg", "/health"]
    assert {x["user"] for x in lines} == {None}


def test_the_access_log_can_be_done_without(tmp_path, written, sqlite_client_of):
    before = len(written("access"))
    logs.configure(settings(tmp_path, OUVRAGE_ACCESS_LOG="false"), "web")
    sqlite_client_of(None).get("/health")
    assert len(written("access")) == before


def test_a_warning_on_the_terminal_has_the_number_too(sqlite_app, written, capsys):
    from flask import g

    logs.configure(sqlite_app.settings, "web")
    with sqlite_app.test_request_context("/"):
        g.request_id = "7ae7daaf039becb0"
        logging.getLogger("essai").error("une panne")
    logging.getLogger("essai").error("hors de toute requête")
    said = capsys.readouterr().err.splitlines()
    assert said[0].endswith("une panne (n° 7ae7daaf039becb0)")
    assert said[1].endswith("hors de toute requête")


# --- jobs ------------------------------------------------------------------------------------


def test_each_line_of_a_job_carries_its_number_its_person_and_its_end(
    sqlite_app, written, monkeypatch
):
    from base.engine.jobs import enqueue
    from base.engine.jobs.execution import run
    from base.engine.jobs.kinds import KINDS
    from base.rules.rights.actors import system_session

    class Broken:
        def prepare(self, args, ctx):
            logging.getLogger("essai").info("en chemin")
            raise ZeroDivisionError("une panne")

    with system_session("test") as session:
        number = enqueue(session, "base.sweep").id
    broken = dataclasses.replace(KINDS["base.sweep"], prepare=Broken().prepare)
    monkeypatch.setitem(KINDS, "base.sweep", broken)
    run(number)
    lines = [x for x in written("web") if x.get("job") == number]
    assert [x["message"] for x in lines][:2] == ["en chemin", f"job {number} (base.sweep) failed"]
    assert "ZeroDivisionError" in lines[1]["trace"]
    assert re.fullmatch(rf"job {number}: failed in \d+\.\d{{3}} s", lines[-1]["message"])
    assert {x["kind"] for x in lines} == {"base.sweep"} and {x["user"] for x in lines} == {None}
    logging.getLogger("essai").info("après")
    assert "job" not in written("web")[-1]


# --- rotation --------------------------------------------------------------------------------


def handler(path, limit=2000, kept=3):
    made = logs.Lines(path, limit=limit, kept=kept)
    made.setFormatter(logging.Formatter("%(message)s"))
    return made


def say(file, text):
    file.emit(logging.LogRecord("essai", logging.INFO, __file__, 1, text, None, None))


def test_a_full_log_is_put_aside_and_the_oldest_goes(tmp_path):
    path = tmp_path / "web.log"
    file = handler(path)
    for n in range(190):
        say(file, f"{n:050d}")
    file.close()
    names = sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("."))
    assert names == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert all(p.stat().st_size <= 2051 for p in tmp_path.iterdir())
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in tmp_path.iterdir())
    kept = "".join((tmp_path / n).read_text() for n in [*names[:0:-1], names[0]]).split()
    assert [int(x) for x in kept] == list(range(190 - len(kept), 190)), "in order, without a gap"


def _write(path, name, count):
    file = handler(path, limit=500, kept=1000)
    for n in range(count):
        say(file, f"{name}-{n}")
    file.close()


def test_several_processes_turn_one_log_and_lose_no_line(tmp_path):
    path = tmp_path / "web.log"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(path, name, 500)) for name in "abcd"]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    assert [one.exitcode for one in writers] == [0] * 4
    files = [p for p in tmp_path.iterdir() if not p.name.startswith(".")]
    lines = [x for p in files for x in p.read_text().split()]
    assert len(files) > 3
    assert sorted(lines) == sorted(f"{name}-{n}" for name in "abcd" for n in range(500))


def test_logrotate_may_do_it_instead(tmp_path):
    path = tmp_path / "web.log"
    file = handler(path, limit=0)
    say(file, "x" * 5000)
    path.rename(tmp_path / "web.log-20261122")
    say(file, "la suite")
    file.close()
    assert path.read_text() == "la suite\n"


def test_a_log_that_can_no_longer_be_written_raises_nothing(tmp_path, capsys):
    path = tmp_path / "logs" / "web.log"
    path.parent.mkdir()
    file = handler(path)
    say(file, "avant")
    path.unlink()
    path.parent.rmdir()
    say(file, "après")
    assert "Logging error" in capsys.readouterr().err


def test_the_log_of_the_private_redis_turns_too(tmp_path):
    chosen = settings(tmp_path, OUVRAGE_LOG_MB="1")
    redis_server.put_log_aside(chosen)  # none yet
    place = redis_server.folder(chosen)
    place.mkdir()
    (place / "redis.log").write_bytes(b"x" * 2**20)
    redis_server.put_log_aside(chosen)
    assert sorted(p.name for p in place.iterdir() if p.suffix != ".rotation") == [
        ".rotation",
        "redis.log.1",
    ]
