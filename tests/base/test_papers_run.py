"""Every command that the papers show is run, in their order, on an installation of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from base.basics import logs
from base.processes import cli
from base.rules.modules.loading import ROOT
from tests import engines
from tests.base.test_env_file import base
from tests.base.test_papers_said import PAPERS, blocks, words_of

#: First word -> where it is run instead.
ELSEWHERE = {
    "": "starts everything: tests/base/test_supervisor.py",
    "web": "serves until it is stopped: tests/base/test_supervisor.py",
    "worker": "works until it is stopped: tests/base/test_supervisor.py",
    "scheduler": "works until it is stopped: tests/base/test_supervisor.py",
    "demo": "tests/reports/test_commands.py",
    "test": "this is it",
    "lint": "with every change",
    "bench": "tests/base/test_cli.py",
    "migration": "writes into the project: tests/test_drop_in.py",
}
#: The first hour has a test of its own, on its own spreadsheet.
LEFT_OUT = {"premiere-heure.md"}
#: Papers with commands that are run here.
RUN = [
    ROOT / "docs" / "guide" / name
    for name in ("administrateur.md", "finances.md", "installer.md", "integrer.md")
]
#: Files that a paper takes for granted, made here.
FILES = {
    "biens.csv": "Code;Nom;Nature\nBAT-0014;École Jules Ferry;Bâtiment\n",
    "cadastre-parcelles.json": '{"type": "FeatureCollection", "features": [{"type": "Feature", '
    '"properties": {"id": "29001000AB0001", "commune": "29001", "prefixe": "000", '
    '"section": "AB", "numero": "1", "contenance": 100}, "geometry": {"type": "Polygon", '
    '"coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}}]}',
}


def lines(paper: Path) -> list[list[str]]:
    """The commands of the blocks of a paper, as argument lists after ``run.py``."""
    found = []
    for _name, block in blocks(paper):
        for line in block.splitlines():
            match = re.search(r"python3 run\.py(.*?)(?: && .*)?$", line)
            if match and "ExecStart" not in line:
                found.append(words_of(match[1]))
    return found


@pytest.fixture
def place(tmp_path, tmp_path_factory, monkeypatch):
    """A fresh installation of one authority, and the files that the papers speak of."""
    server = engines.server("sqlite", tmp_path_factory)
    data = tmp_path / "données"
    data.mkdir()
    shutil.copyfile(server.template, data / "ouvrage.db")
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(data))
    monkeypatch.setattr(logs, "configure", lambda *_values: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def here(words: list[str], place: Path) -> list[str]:
    """A command with the places of the papers moved into the test's folder, and its names."""
    moved = [w.replace("/mnt/sauvegardes", str(place)) for w in words]
    # The tests' database has authorities A and B.
    moved = ["A" if w == "PRINCIPALE" else w for w in moved]
    if moved[0] in ("import", "labels", "report", "evidence") and "--entity" not in moved:
        moved += ["--entity", "A"]
    return moved


@pytest.mark.parametrize("paper", RUN, ids=lambda path: path.name)
def test_the_commands_of_the_papers_work(paper, place, capsys):
    ran = 0
    for words in lines(paper):
        if (words[:1] or [""])[0] in ELSEWHERE:
            continue
        if words[:2] == ["import", "assets"] and "--dry-run" in words:
            # What the finances report on is there by then.
            assert cli.run(here([w for w in words if w != "--dry-run"], place)) == 0
        if paper.name == "finances.md" and not ran:
            assert cli.run(here(["import", "assets", "biens.csv"], place)) == 0
        if words[:2] == ["backup", "--check"] or words[0] == "restore":
            (made,) = sorted(place.glob("ouvrage-*.zip"))[:1]
            words = [*words[:-1], str(made)]
        if words[0] == "restore":
            # On another machine: an installation of its own, and nothing of this process is open.
            done = base(*words, OUVRAGE_DATA_DIR=str(place / "ailleurs"))
            assert done.returncode == 0, done.stderr
            continue
        code = cli.run(here(words, place))
        said = capsys.readouterr()
        assert code == 0, (words, said.out[-2000:], said.err[-2000:])
        ran += 1
    assert ran, "a paper with commands of which none is run"


def test_no_paper_has_commands_that_nobody_runs():
    def runs(paper):
        return [w for w in lines(paper) if (w[:1] or [""])[0] not in ELSEWHERE]

    assert [p for p in PAPERS if p.name not in LEFT_OUT and runs(p)] == RUN


def test_what_is_run_elsewhere_is():
    for reason in ELSEWHERE.values():
        for path in re.findall(r"tests/\S+\.py", reason):
            assert (ROOT / path).is_file()
