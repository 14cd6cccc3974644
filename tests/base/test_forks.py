"""Forks: kept, started again and stopped by the same supervisor as programs."""

from __future__ import annotations

import subprocess
import sys

from base.rules.modules.loading import ROOT
from tests.base.test_supervisor import members, until

#: A fork of the tests' own process, which has threads, could wait for a lock that nobody holds.
FORKED = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[1])
from base.processes.supervisor import Child, Supervisor
from base.engine.watch import watch

def main():
    watch(grace=1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    open(sys.argv[2], "w").close()
    while True:
        time.sleep(0.05)

def begun():
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.02)
    os.unlink(sys.argv[2])
"""


def forked(text, mark):
    return [sys.executable, "-c", FORKED + text, str(ROOT), str(mark)]


def test_a_fork_is_kept_as_a_program_is(tmp_path):
    """Killed and started again, not taken for a refusal, stopped when asked; faults are said."""
    text = (
        "role, bad = Child('role', main), Child('bad', lambda: 1 / 0)\n"
        "keeper = Supervisor([role, bad]); keeper.look(); begun()\n"
        "first = role.process; first.kill(); first.wait(); bad.process.wait()\n"
        "keeper.look(); begun()\n"
        "print(first.returncode, role.process.pid != first.pid, keeper.refused)\n"
        "keeper.stop(); print(role.process.returncode, bad.process.returncode)\n"
    )
    done = subprocess.run(
        forked(text, tmp_path / "là"), capture_output=True, text=True, check=True, timeout=60
    )
    said = done.stdout.splitlines()
    assert said[:2] == [
        "Le processus « role » s’est arrêté (-9) ; il est relancé.",
        "Le processus « bad » s’est arrêté (1) ; il est relancé.",
    ]
    assert said[2:] == ["-9 True False", "0 1"]
    assert "ZeroDivisionError" in done.stderr


def test_no_fork_survives_its_supervisor(tmp_path):
    mark = tmp_path / "là"
    text = (
        "role = Child('role', main); Supervisor([role]).look(); begun()\n"
        "print(role.process.pid, flush=True); time.sleep(77)\n"
    )
    with subprocess.Popen(
        forked(text, mark), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        role = int(parent.stdout.readline())
        # A session of its own: a Ctrl-C at the terminal is the supervisor's alone.
        assert members(role) == [role] and members(parent.pid) == [parent.pid]
        parent.kill()
        parent.wait()
    until(lambda: not members(role), 15)
