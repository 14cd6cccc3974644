"""run.py: what it decides before the environment exists; the whole of it in --slow."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).resolve().parent


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project folder with a space and an accent, its environment not made yet."""
    root = tmp_path / "mairie de Saint-Étienne"
    root.mkdir()
    venv = root / ".venv"
    for name, value in {
        "ROOT": root,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "PINS": root / "requirements.txt",
        "TEST_PINS": root / "requirements-test.txt",
        "LOCK": root / ".venv.lock",
    }.items():
        monkeypatch.setattr(run, name, value)
    run.PINS.write_text("a==1\n")
    run.TEST_PINS.write_text("b==1\n")
    return root


def made(*pins):
    (run.VENV / "bin").mkdir(parents=True, exist_ok=True)
    run.PYTHON.write_text("")
    for file in pins:
        run.stamp_of(file).write_text(run.wanted(file))


def test_nothing_is_ready_before_the_first_start(place):
    assert not run.ready(run.PINS)


def test_a_second_start_with_the_same_pins_has_nothing_to_do(place, monkeypatch):
    made(run.PINS)
    monkeypatch.setattr(run, "build", lambda test: pytest.fail("built again"))
    run.prepare(False)


def test_changed_pins_build_anew(place):
    made(run.PINS)
    run.PINS.write_text("a==2\n")
    assert not run.ready(run.PINS)


def test_a_moved_folder_builds_anew(place, monkeypatch):
    made(run.PINS)
    monkeypatch.setattr(run, "ROOT", place / "ailleurs")
    assert not run.ready(run.PINS)


def test_the_tests_need_their_own_pins_too(place, monkeypatch):
    made(run.PINS)
    asked = []
    monkeypatch.setattr(run, "build", asked.append)
    run.prepare(True)
    assert asked == [True]


def test_pip_settings_of_the_user_name_the_index(place, monkeypatch, tmp_path):
    for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    file = tmp_path / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nindex-url = https://miroir.exemple.fr/simple\n")
    assert run.index_url() == "https://miroir.exemple.fr/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://autre.exemple.fr/simple")
    assert run.index_url() == "https://autre.exemple.fr/simple"


def index_with(folder: Path, content: bytes) -> str:
    """A package index in a folder."""
    (folder / "simple" / "pip").mkdir(parents=True)
    (folder / run.PIP_WHEEL).write_bytes(content)
    page = f'<a href="../../{run.PIP_WHEEL}#sha256=x">{run.PIP_WHEEL}</a>'
    (folder / "simple" / "pip" / "index.html").write_text(page)
    return (folder / "simple").as_uri()


def serve_files(monkeypatch):
    """Let the folder of an index answer as its ``index.html``."""
    import urllib.request

    real = urllib.request.urlopen

    def opened(address, **options):
        options.pop("context", None)
        return real(address + "index.html" if address.endswith("/") else address, **options)

    monkeypatch.setattr(urllib.request, "urlopen", opened)


def test_pip_is_fetched_from_the_index_and_checked(place, tmp_path, monkeypatch):
    content = b"a wheel"
    monkeypatch.setattr(run, "PIP_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setenv("PIP_INDEX_URL", index_with(tmp_path / "index", content))
    serve_files(monkeypatch)
    run.VENV.mkdir()
    wheel = run.fetched_wheel()
    assert wheel is not None
    assert wheel.read_bytes() == content


def test_a_pip_with_another_digest_is_refused(place, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", index_with(tmp_path / "index", b"altered"))
    serve_files(monkeypatch)
    run.VENV.mkdir()
    with pytest.raises(SystemExit, match="empreinte"):
        run.fetched_wheel()
    assert not (run.VENV / run.PIP_WHEEL).exists()


def test_without_any_pip_one_sentence_names_the_package(place, monkeypatch):
    monkeypatch.setattr(run, "works", lambda pip: False)
    monkeypatch.setattr(run, "fetched_wheel", lambda: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        run.other_pip()


def test_a_failed_installation_leaves_no_stamp(place, monkeypatch):
    made()
    with pytest.raises(SystemExit, match="dépendances"):
        run.install([sys.executable, "-c", "raise SystemExit(1)"], run.PINS)
    assert not run.stamp_of(run.PINS).exists()


def pins(name: str) -> dict[str, list[str]]:
    """Package -> its lines, of one of the two files."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z0-9]", line):
            found.setdefault(re.split(r"[=\[ ;]", line)[0], []).append(line.rstrip(" \\"))
    return found


def test_every_pin_has_a_version_and_hashes_and_no_index():
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        blocks = re.split(r"\n(?=[a-z0-9])", "\n" + text)[1:]
        assert blocks
        for block in blocks:
            assert "==" in block.splitlines()[0], block[:60]
            assert "--hash=sha256:" in block, block[:60]


def test_the_pins_of_the_tests_neither_repeat_nor_contradict():
    both = set(pins("requirements.txt")) & set(pins("requirements-test.txt"))
    # On machines without the embedded Redis, the test database needs what came with it.
    assert both == {"psutil"}
    (first,), (second,) = (
        pins("requirements.txt")["psutil"],
        pins("requirements-test.txt")["psutil"],
    )
    assert first.split(" ;")[0] == second.split(" ;")[0]
    assert first.split("; ")[1] != second.split("; ")[1]


def test_each_chosen_package_says_why():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    chosen = text.split("# Needed by those above.")[0]
    for line in chosen.splitlines():
        if re.match(r"[a-z0-9]", line):
            name = re.split(r"[=\[ ;]", line)[0]
            assert re.search(rf"^# {re.escape(name)}: \w", chosen, re.MULTILINE), name


@pytest.mark.slow
def test_two_first_starts_at_once_make_one_environment(tmp_path):
    root = tmp_path / "dossier é"
    commands = root / "base" / "processes" / "cli"
    commands.mkdir(parents=True)
    shutil.copy(ROOT / "run.py", root)
    for folder in (root / "base", root / "base" / "processes"):
        (folder / "__init__.py").write_text("")
    (commands / "__init__.py").write_text("def run(a): print('là', *a); return 3\n")
    small = next(
        block
        for block in re.split(r"\n(?=[a-z0-9#])", (ROOT / "requirements.txt").read_text())
        if block.startswith("six==")
    )
    (root / "requirements.txt").write_text(small + "\n")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    starts = [
        subprocess.Popen(
            [sys.executable, "run.py", "bonjour"],
            cwd=root,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _n in range(2)
    ]
    answers = [s.communicate(timeout=120) for s in starts]
    assert [s.returncode for s in starts] == [3, 3]
    assert [out for out, _err in answers] == ["là bonjour\n"] * 2
    assert sum("Dépendances installées" in err for _out, err in answers) == 1
