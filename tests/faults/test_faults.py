"""The n-th write fails, for every n: what is left is the old state or the new, and sound (T13)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.cases import CASES

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The library that makes calls fail, made for this machine."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("il faut Linux et un compilateur C")
    made = tmp_path_factory.mktemp("shim") / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(HERE / "shim.c"), "-ldl"]
    subprocess.run(command, check=True)
    return made


#: What a person reads when the disk is full, and what SQLite says where nobody put it in words
#: yet (``base/basics/trouble.py``): of the memory that its processes share it says "I/O error".
SENTENCES = re.compile(
    r"Le disque est plein|disk is full|No space left|ne répond pas|disk I/O error"
    r"|(?i:espace disque|aucun espace)"
)
#: On a server only the way to it is ours to cut.
TRIES = [
    (case.name, engine, kind)
    for case in CASES
    for engine in case.engines
    for kind in (("kill", "ENOSPC", "EIO") if engine == "sqlite" else ("cut",))
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "engine", "kind"), TRIES)
def test_whatever_fails_the_old_state_or_the_new_is_left(name, engine, kind, shim, tmp_path):
    most = {"kill": 60, "cut": 40}.get(kind, 25)
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(HERE / "harness.py"),
        str(shim),
        str(tmp_path),
        engine,
        name,
        kind,
        str(most),
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "LD_PRELOAD": str(shim)},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.stdout, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"T13 {name} {engine} {kind}: {found.get('points')} points, {found.get('seen')}")
    assert found["wrong"] == []
    assert found["points"] > 3, "something was written"
    if kind == "ENOSPC":
        refusals = [said for said in found["answers"] if not said.startswith("2")]
        assert refusals, found["answers"]
        assert [said for said in refusals if not SENTENCES.search(said)] == []
