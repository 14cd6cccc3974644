"""The first hour, as the guide tells it: each of its commands, in its order, on its spreadsheet."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

from base.rules.modules.loading import ROOT
from tests import engines

PAGE = (ROOT / "docs" / "guide" / "premiere-heure.md").read_text("utf-8")
#: Starting is the supervisor's test; the demonstration has tests of its own.
LEFT_OUT = ("", "demo")


BLOCKS = re.findall(r"^```(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def commands():
    """The commands of the page's blocks, as argument lists after ``run.py``."""
    for _name, block in (found for found in BLOCKS if not found[0]):
        for line in block.splitlines():
            words = shlex.split(line)
            assert words[:2] == ["python3", "run.py"], line
            if (words[2:3] or [""])[0] not in LEFT_OUT:
                yield words[2:]


def test_the_commands_of_the_first_hour_work(tmp_path, tmp_path_factory):
    import shutil

    server = engines.server("sqlite", tmp_path_factory)
    data = tmp_path / "données"
    data.mkdir()
    shutil.copyfile(server.template, data / "ouvrage.db")
    for name, text in BLOCKS:
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(data), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    # The tests' database has two authorities, a fresh one has one: it is named here.
    named = {
        "import": ["--entity", "A"],
        "labels": ["--entity", "A"],
        "report": ["--entity", "A"],
        "evidence": ["--entity", "A"],
    }
    said = {}
    for words in commands():
        done = subprocess.run(
            [sys.executable, "-m", "base", *words, *named.get(words[0], [])],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
        said[" ".join(words)] = done.stdout
    assert "6" in said["import assets biens.csv --dry-run"]
    assert {"etiquettes.pdf", "couts.pdf", "chaudiere.pdf", "preuve.zip", "ouvrage.zip"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert (tmp_path / "chaudiere.pdf").read_bytes().startswith(b"%PDF")
    assert len(said) == 9, sorted(said)


def test_the_page_names_screens_that_exist():
    for target in re.findall(r"\]\(([a-z-]+\.md)\)", PAGE):
        assert (ROOT / "docs" / "guide" / target).is_file(), target
