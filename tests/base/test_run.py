"""run.py: what it decides before the environment exists; the whole of it in --slow."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).resolve().parent


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project folder with a space and an accent, its environment not made yet."""
    root = tmp_path / "mairie de Saint-Étienne"
    root.mkdir()
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "PINS": root / "requirements.txt",
        "TEST_PINS": root / "requirements-test.txt",
        "LOCK": root / ".venv.lock",
    }.items():
        monkeypatch.setattr(run, name, value)
    run.PINS.write_text("a==1\n")
    run.TEST_PINS.write_text("b==1\n")
    return root


def made(env, *pins, version=None):
    """An environment with these pins, as ``build`` leaves it."""
    version = version or run.release()
    (env / "bin").mkdir(parents=True, exist_ok=True)
    run.python_of(env).write_text("")
    (env / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}.7\n")
    (env / run.HELD).touch()
    for file in pins:
        run.stamp_of(env, file).write_text(run.wanted(file, version))
    return env


@pytest.fixture
def built(monkeypatch):
    """What would be installed is noted, and stands there at once."""
    asked = []

    def install(pip, env, pins):
        asked.append((env.name, pins.name))
        made(env, pins)

    monkeypatch.setattr(run, "works", lambda pip: True)
    monkeypatch.setattr(run, "make_environment", lambda env: made(env) and ["pip"])
    monkeypatch.setattr(run, "install", install)
    return asked


def test_the_first_start_makes_an_environment_and_the_link(place, built):
    env = run.prepare(False)
    assert built == [(env.name, "requirements.txt")]
    assert env.parent == place and env.name.startswith(f".venv-{run.release()}-")
    assert (place / ".venv").is_symlink()
    assert (place / ".venv").resolve() == env.resolve()


def test_a_second_start_with_the_same_pins_writes_nothing(place, built):
    env = run.prepare(False)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in place.iterdir())
    assert run.prepare(False) == env and len(built) == 1
    assert sorted((p.name, p.stat().st_mtime_ns) for p in place.iterdir()) == before


def test_another_python_takes_the_environment_that_is_there(place, built, monkeypatch):
    """No second installation, no network, and nothing of a running service is touched."""
    env = made(place / ".venv-3.12-abc", run.PINS, version="3.12")
    (place / ".venv").symlink_to(env)
    monkeypatch.setattr(run, "release", lambda: "3.11")
    assert run.prepare(False) == env and built == []


def test_without_the_link_the_python_that_starts_gets_its_own(place, built, monkeypatch):
    """How an administrator goes over to another Python: takes the link away, and starts with it."""
    other = made(place / ".venv-3.12-abc", run.PINS, version="3.12")
    monkeypatch.setattr(run, "release", lambda: "3.11")
    env = run.prepare(False)
    assert env.name.startswith(".venv-3.11-") and run.python_of(other).exists()
    assert (place / ".venv").resolve() == env.resolve()


def test_the_tests_want_their_own_python(place, built, monkeypatch):
    other = made(place / ".venv-3.12-abc", run.PINS, run.TEST_PINS, version="3.12")
    (place / ".venv").symlink_to(other)
    monkeypatch.setattr(run, "release", lambda: "3.11")
    env = run.prepare(True)
    assert env.name.startswith(".venv-3.11-")
    assert [pins for _env, pins in built] == ["requirements.txt", "requirements-test.txt"]
    assert (place / ".venv").resolve() == other.resolve(), "what serves stays where it is"


def test_the_tests_add_their_pins_to_the_environment_that_is_there(place, built):
    env = run.prepare(False)
    assert run.prepare(True) == env
    assert built[1:] == [(env.name, "requirements-test.txt")]


def test_changed_pins_build_beside_and_the_old_one_stays_while_it_is_held(place, built):
    first = run.prepare(False)
    with held(first):
        run.PINS.write_text("a==2\n")
        second = run.prepare(False)
        assert second != first and (place / ".venv").resolve() == second.resolve()
        unused(first)
        run.prepare(False)
        assert run.python_of(first).exists(), "something runs in it"
    run.prepare(False)
    assert not first.exists() and run.python_of(second).exists()


def test_an_environment_that_was_started_lately_is_kept_a_while(place, built):
    first = run.prepare(False)
    run.PINS.write_text("a==2\n")
    run.prepare(False)
    run.prepare(False)
    assert first.exists()


def unused(env):
    """Nothing has started in it for a long time."""
    long_ago = time.time() - 2 * run.KEPT_SECONDS
    os.utime(env / run.HELD, (long_ago, long_ago))


@contextlib.contextmanager
def held(env):
    """A process that runs in an environment."""
    script = f"import run, sys, pathlib; run.hold(pathlib.Path({str(env)!r})); print(flush=True); "
    with subprocess.Popen(
        [sys.executable, "-c", script + "sys.stdin.read()"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def test_a_cut_installation_leaves_the_old_one_usable(place, built, monkeypatch):
    first = run.prepare(False)
    run.PINS.write_text("a==2\n")

    def cut(pip, env, pins):
        raise SystemExit("coupé")

    monkeypatch.setattr(run, "install", cut)
    with pytest.raises(SystemExit, match="coupé"):
        run.prepare(False)
    assert (place / ".venv").resolve() == first.resolve()
    run.PINS.write_text("a==1\n")
    assert run.prepare(False) == first


def test_without_network_the_pins_of_before_still_have_their_environment(place, built):
    first = run.prepare(False)
    run.PINS.write_text("a==2\n")
    run.prepare(False)
    run.PINS.write_text("a==1\n")  # the program of before is put back
    assert run.prepare(False) == first and len(built) == 2
    assert (place / ".venv").resolve() == first.resolve()


def test_a_moved_folder_builds_anew(place, built, monkeypatch):
    env = run.prepare(False)
    monkeypatch.setattr(run, "ROOT", place / "ailleurs")
    assert not run.fits(env, run.PINS)


def test_an_environment_whose_python_is_gone_does_not_fit(place, built):
    env = run.prepare(False)
    run.python_of(env).unlink()
    run.python_of(env).symlink_to("/nulle/part/python3")
    assert not run.fits(env, run.PINS)


def test_a_folder_of_a_former_version_is_used_as_it_is(place, built):
    env = made(place / ".venv", run.PINS)
    run.stamp_of(env, run.PINS).write_text(run.wanted(run.PINS, sys.version))
    assert run.prepare(False) == env.resolve() and built == []
    assert not env.is_symlink()


def test_a_folder_of_a_former_version_stays_while_something_runs_in_it(place, built):
    env = made(place / ".venv", run.PINS)
    run.PINS.write_text("a==2\n")
    with held(env):
        second = run.prepare(False)
        assert second != env and not env.is_symlink() and len(built) == 1
        assert run.prepare(False) == second and len(built) == 1
    assert run.prepare(False) == second
    assert env.is_symlink() and env.resolve() == second.resolve()
    assert [p.name for p in place.glob(".venv-former-*")] != [], "kept for a while, as the others"


def test_libraries_that_are_loaded_hold_an_environment_too(place, tmp_path):
    """Who calls ``.venv/bin/python`` by itself takes no lock."""
    env = made(place / ".venv-3.11-abc", run.PINS)
    assert not run.is_held(env)
    library = env / "lib.so"
    library.write_bytes(b"x" * 8192)
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ):
        assert run.is_held(env)
    assert not run.is_held(env)


def test_who_may_not_write_uses_what_fits(place, built, monkeypatch):
    env = made(place / ".venv-3.11-abc", run.PINS)
    monkeypatch.setattr(run, "release", lambda: "3.11")
    monkeypatch.setattr(run, "LOCK", place / "nulle" / "part")
    assert run.prepare(False) == env, "the link is behind; the environment is not"
    run.PINS.write_text("a==2\n")
    with pytest.raises(SystemExit, match="n’est pas accessible en écriture"):
        run.prepare(False)


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
    wheel = run.fetched_wheel(place)
    assert wheel is not None
    assert wheel.read_bytes() == content


def test_a_pip_with_another_digest_is_refused(place, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", index_with(tmp_path / "index", b"altered"))
    serve_files(monkeypatch)
    with pytest.raises(SystemExit, match="empreinte"):
        run.fetched_wheel(place)
    assert not (place / run.PIP_WHEEL).exists()


def test_without_any_pip_one_sentence_names_the_package(place, monkeypatch):
    monkeypatch.setattr(run, "works", lambda pip: False)
    monkeypatch.setattr(run, "fetched_wheel", lambda env: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        run.other_pip(place)


def test_a_failed_installation_leaves_no_stamp(place, monkeypatch):
    env = made(place / ".venv-3.11-abc")
    with pytest.raises(SystemExit, match="dépendances"):
        run.install([sys.executable, "-c", "raise SystemExit(1)"], env, run.PINS)
    assert not run.stamp_of(env, run.PINS).exists()


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
    (commands / "__init__.py").write_text("def main(a): print('là', *a); return 3\n")
    # What a start by root asks before the environment exists.
    shutil.copy(ROOT / "config.py", root)
    (root / "base" / "basics").mkdir()
    for name in ("__init__", "account", "env_file", "errors"):
        shutil.copy(ROOT / "base" / "basics" / f"{name}.py", root / "base" / "basics")
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
    first = (root / ".venv").resolve()
    # The link moves under a process that was started through it, and it goes on in its own.
    (commands / "__init__.py").write_text(
        "def main(a):\n    print(flush=True); input(); import six; print(six.__file__)\n"
    )
    with subprocess.Popen(
        [root / ".venv" / "bin" / "python", "run.py"],
        cwd=root,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as service:
        service.stdout.readline()
        (root / "requirements.txt").write_text(small + "\n# another\n")
        subprocess.run(
            [sys.executable, "run.py"], cwd=root, env=env, text=True, input="\n", check=True
        )
        assert (root / ".venv").resolve() != first
        out, _err = service.communicate("\n", timeout=60)
    assert out.strip().startswith(str(first))
