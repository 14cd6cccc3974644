"""The supervisor: restarts, refusals, order of the stop; the whole product in --slow."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import config
from base.basics import data_dir
from base.basics.errors import StartRefused
from base.engine import redis_server, watch
from base.processes import supervisor
from base.processes.listener import listen
from base.processes.supervisor import Child, Supervisor
from base.upkeep.schema import freshness

ROOT = config.ROOT


def until(check, seconds=30.0):
    """Wait for something, not longer than that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def shell(text):
    return ["/bin/sh", "-c", text]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def kept():
    """Supervisors of a test, stopped at its end."""
    made = []

    def make(*children):
        made.append(Supervisor(list(children)))
        return made[-1]

    yield make
    for one in made:
        one.hurry = True
        one.stop()
        os.close(one._read)
        os.close(one._write)


def test_what_dies_is_started_again(kept, capsys):
    child = Child("essai", shell("exec sleep 60"))
    kept(child).look()
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    child.process.wait()
    one = kept(child)
    one.look()
    assert child.alive and child.process.pid != first
    assert "essai" in capsys.readouterr().out


def test_what_dies_again_and_again_is_started_more_and_more_slowly(kept, monkeypatch):
    child = Child("essai", shell("exit 7"))
    one = kept(child)
    now = [1000.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    one.born = -1000.0
    one.look()
    waits = []
    for _n in range(7):
        child.process.wait()
        one.look()
        waits.append(max(0.0, child.again_at - now[0]))
        now[0] += waits[-1] + 0.001
        one.look()
    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_a_refusal_at_the_start_stops_everything(kept):
    child = Child("essai", shell("exit 1"))
    one = kept(child)
    one.look()
    child.process.wait()
    one.look()
    assert one.stopping.is_set() and one.refused


def test_children_are_stopped_in_reverse_order_and_redis_last(kept, tmp_path):
    notes = tmp_path / "notes"
    text = 'trap "echo {0} >> {1}; exit 0" TERM; : > {1}.{0}; while :; do sleep 0.05; done'
    children = [
        Child("redis", shell(text.format("redis", notes)), last=True),
        Child("web", shell(text.format("web", notes))),
    ]
    one = kept(*children)
    one.look()
    until(lambda: all(Path(f"{notes}.{c.name}").exists() for c in children))
    one.stop()
    assert notes.read_text().split() == ["web", "redis"]
    assert not any(c.alive for c in children)


def test_what_does_not_obey_is_killed(kept, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 3.2)
    mark = tmp_path / "là"
    child = Child("têtu", shell(f'trap "" TERM; : > "{mark}"; while :; do sleep 0.05; done'))
    one = kept(child)
    one.look()
    until(mark.exists)
    one.stop()
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("foreign", [True, False])
def test_nobody_survives_the_supervisor(foreign, tmp_path):
    """A process that starts a child and is killed with -9: the child ends too."""
    if foreign:
        command = ["sleep", "77"]
    else:
        own = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        own += "from base.engine.watch import watch; import time\n"
        own += "watch(grace=1); time.sleep(77)"
        command = [sys.executable, "-c", own]
    script = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from base.processes.supervisor import Child, Supervisor\n"
        f"child = Child('essai', {command!r}, foreign={foreign})\n"
        "Supervisor([child]).look(); print(child.process.pid, flush=True); time.sleep(77)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        group = os.getpgid(pid)
        parent.kill()
        parent.wait()
    until(lambda: not members(group), 15)


def members(group):
    """The living processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(state[2]) == group and state[0] != "Z":
                found.append(int(entry.name))
    return found


def test_the_shell_gives_the_status_of_its_program():
    read, write = os.pipe()  # held open: nobody is gone
    done = subprocess.run(
        ["/bin/sh", "-c", watch.SHELL, "sh", "/bin/sh", "-c", "exit 5"], stdin=read, check=False
    )
    os.close(read)
    os.close(write)
    assert done.returncode == 5


def test_a_taken_port_is_one_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartRefused, match=f"Le port {port} est déjà pris"):
            listen(config.settings({"OUVRAGE_PORT": str(port)}))


def test_an_address_of_another_machine_is_one_sentence():
    with pytest.raises(StartRefused, match="OUVRAGE_HOST"):
        listen(config.settings({"OUVRAGE_HOST": "192.0.2.1", "OUVRAGE_PORT": str(free_port())}))


def test_a_data_directory_that_cannot_be_written_is_one_sentence():
    chosen = config.settings({"OUVRAGE_DATA_DIR": "/proc/ouvrage"})
    with pytest.raises(StartRefused, match="n’est pas accessible en écriture"):
        data_dir.prepare(chosen)


def test_a_short_socket_lies_in_the_data_directory(tmp_path, monkeypatch):
    chosen = config.settings({"OUVRAGE_DATA_DIR": "/srv/ouvrage é"})
    assert redis_server.socket_path(chosen) == Path("/srv/ouvrage é/redis/redis.sock")


def test_a_socket_with_a_long_path_lies_in_a_private_folder(tmp_path):
    place = tmp_path / ("é" * 50)
    chosen = config.settings({"OUVRAGE_DATA_DIR": str(place)})
    assert redis_server.socket_path(chosen) is None
    redis_server.folder(chosen).mkdir(parents=True)
    made = redis_server.socket_path(chosen, make=True)
    try:
        assert len(os.fsencode(made)) <= 100
        assert made.parent.stat().st_mode & 0o777 == 0o700
        assert redis_server.socket_path(chosen) == made, "other processes find it"
    finally:
        made.parent.rmdir()


def test_a_start_is_fresh_only_for_the_same_code_and_database(tmp_path, monkeypatch):
    import sqlite3

    chosen = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path)})
    assert not freshness.is_fresh(chosen)
    with sqlite3.connect(tmp_path / "ouvrage.db") as made:
        made.execute("create table base_alembic_version (version_num text)")
        made.execute("insert into base_alembic_version values ('base_0001')")
    made.close()
    freshness.remember(chosen)
    assert freshness.is_fresh(chosen)
    monkeypatch.setattr(freshness, "fingerprint", lambda: "other code")
    assert not freshness.is_fresh(chosen)
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "ouvrage.db") as made:
        made.execute("update base_alembic_version set version_num = 'base_0000'")
    made.close()
    assert not freshness.is_fresh(chosen)


# --- the whole product -----------------------------------------------------------------------


class Product:
    """A started product."""

    def __init__(self, place: Path, **environment: str) -> None:
        self.port = free_port()
        self.place = place
        self.env = {
            **os.environ,
            "OUVRAGE_DATA_DIR": str(place),
            "OUVRAGE_PORT": str(self.port),
            **environment,
        }
        self.settings = config.settings(self.env)
        self.log = place.with_suffix(".log")
        self.process = None

    def command(self, *arguments):
        return [sys.executable, str(ROOT / "base" / "__main__.py"), *arguments]

    def start(self):
        begin = time.monotonic()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        until(self.is_whole, 180)
        return time.monotonic() - begin

    def is_whole(self):
        """Whether all parts work: screens are served, hence "ready", before a worker is there."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}/ready", timeout=5) as answer:
                return json.load(answer)["status"] == "ok"
        except OSError:
            return False

    def children(self):
        """Name -> process number, of everything that belongs to this product."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if f"OUVRAGE_PORT={self.port}".encode() not in (entry / "environ").read_bytes():
                    continue
                words = (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue
            name = "redis" if "redis-server" in " ".join(words) else words[-2]
            comm = (entry / "comm").read_text().strip()
            name = comm.removeprefix("ov-") if comm.startswith("ov-") else name
            found.setdefault(name, []).append(int(entry.name))
        return found

    def memory(self):
        """Megabytes, as the sum of the proportional shares."""
        total = 0
        for numbers in self.children().values():
            for number in numbers:
                text = Path(f"/proc/{number}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
        return total / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


@pytest.fixture
def product(tmp_path):
    made = Product(tmp_path / "données à part")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.mark.slow
def test_the_product_starts_survives_deaths_and_leaves_nothing(product):
    product.start()
    text = product.log.read_text()
    assert text.count("Mot de passe") == 1

    for name in ("worker-1", "scheduler", "web"):
        first = product.children()[name]
        os.kill(min(first), signal.SIGKILL)
        until(lambda n=name, f=first: not set(product.children().get(n, f)) & set(f), 60)
    until(product.is_whole, 60)

    redis = max(product.children()["redis"])
    os.kill(redis, signal.SIGKILL)
    until(product.is_whole, 60)

    assert product.stop() == 0
    assert product.children() == {}

    seconds = product.start()
    assert "Mot de passe" not in product.log.read_text()[len(text) :]
    assert seconds < 20
    product.process.kill()
    product.process.wait()
    until(lambda: product.children() == {}, 15)


@pytest.mark.slow
def test_at_rest_the_product_needs_no_more_than_240_megabytes(product):
    product.start()
    until(lambda: "scheduler" in product.children(), 30)
    assert product.memory() < 240  # 205 here, 379 where each role loaded the application
    assert product.stop() == 0


@pytest.mark.slow
def test_a_job_is_done_within_a_second_through_redis(product):
    """The bell wakes the worker: no waiting for the poller."""
    product.start()
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from base.processes.worker import application\n"
        "from base.engine.jobs import enqueue\n"
        "from base.store.models.jobs import JobRun\n"
        "from base.rules.rights.actors import system_session\n"
        "with application().app_context():\n"
        "    with system_session('test') as s: number = enqueue(s, 'base.sweep').id\n"
        "    end = time.monotonic() + 10\n"
        "    while time.monotonic() < end:\n"
        "        with system_session('test', readonly=True) as s:\n"
        "            row = s.get(JobRun, number)\n"
        "            if row.state == 'done':\n"
        "                print((row.started_at - row.created_at).total_seconds()); break\n"
        "        time.sleep(0.05)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT)],
        env=product.env,
        text=True,
        check=True,
        capture_output=True,
    )
    assert float(done.stdout.split()[-1]) < 1.5
    assert product.stop() == 0
