"""The one command of the product: makes its environment, then hands over to ``base.processes.cli``.

Only the standard library is used until an environment holds what ``requirements.txt`` pins. Old
Pythons can still read the file, so that they are refused with a sentence and not a syntax error.

``.venv`` is a link to the environment, ``.venv-<Python>-<pins>``. Another is built beside it when
the pins change, and the link moves once it is whole: what runs goes on in its own, which is kept
until nothing holds it. Any Python takes the environment that is there; only tests want their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PINS = ROOT / "requirements.txt"
TEST_PINS = ROOT / "requirements-test.txt"
LOCK = ROOT / ".venv.lock"
#: Commands that need the packages of the test suite as well.
TEST_COMMANDS = ("test", "lint")
#: pip itself, fetched where Python comes without it (Debian without python3-venv).
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


#: In an environment: locked by what runs in it, touched by each start.
HELD = ".in-use"
#: An environment that nothing holds is kept for as long after its last start, in seconds.
KEPT_SECONDS = 7 * 24 * 3600


def python_of(env: Path) -> Path:
    """The interpreter of an environment."""
    return env / "bin" / "python"


def stamp_of(env: Path, pins: Path) -> Path:
    """The file that says which version of these pins is installed."""
    return env / (".stamp-" + pins.stem)


def release() -> str:
    """The Python of this process, as environments name it: "3.11"."""
    return ".".join(map(str, sys.version_info[:2]))


def release_of(env: Path) -> str:
    """The Python of an environment; empty when it does not say."""
    text = (env / "pyvenv.cfg").read_text(encoding="utf-8")
    found = re.search(r"^version(?:_info)? *= *([0-9]+\.[0-9]+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def wanted(pins: Path, version: str) -> str:
    """What the stamp holds when these pins are installed for this Python in this folder."""
    parts = pins.read_bytes(), version.encode(), os.fsencode(str(ROOT))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def fits(env: Path, *all_pins: Path) -> bool:
    """Whether an environment holds these pins, and its Python is still there."""
    try:
        # The whole version stands in stamps of former versions of this file.
        known = [release_of(env), sys.version]
        return python_of(env).exists() and all(
            stamp_of(env, pins).read_text() in [wanted(pins, v) for v in known] for pins in all_pins
        )
    except OSError:
        return False


def environments() -> list[Path]:
    """The environments that are here, that of the link first; a link is never among them."""
    first = [Path(os.path.realpath(str(VENV)))] if VENV.is_dir() else []
    return first + [x for x in sorted(ROOT.glob(".venv-*")) if x.is_dir() and x not in first]


def found(test: bool) -> Path | None:
    """The environment to use, if there is one that fits; without a link, one of this Python."""
    pins = (PINS, TEST_PINS) if test else (PINS,)
    own = test or not VENV.exists()
    for env in environments():
        if fits(env, *pins) and (not own or release_of(env) == release()):
            return env
    return None


def place() -> Path:
    """Where the environment of this Python and these pins is built."""
    return ROOT / (".venv-" + release() + "-" + wanted(PINS, release())[:12])


def stop(sentence: str) -> NoReturn:
    """End with one sentence on stderr and exit code 1."""
    sys.exit("run.py : " + sentence)


def say(sentence: str) -> None:
    """One line of progress, on stderr: standard output belongs to the commands."""
    print(sentence, file=sys.stderr, flush=True)


def index_url() -> str:
    """The package index that pip would use here: environment, then pip's own files, then PyPI."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    import configparser

    home = Path.home()
    config_home = Path(os.environ.get("XDG_CONFIG_HOME", home / ".config"))
    files = [
        Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)),
        config_home / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/pip.conf"),
    ]
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            if parser.has_option(section, "index-url"):
                return parser.get(section, "index-url").strip()
    return "https://pypi.org/simple"


def fetched_wheel(env: Path) -> Path | None:
    """The wheel of pip from the configured index, checked against the digest above."""
    import ssl
    import urllib.error
    import urllib.parse
    import urllib.request

    page = index_url().rstrip("/") + "/pip/"
    try:
        context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
        with urllib.request.urlopen(page, timeout=60, context=context) as answer:
            base, text = answer.geturl(), answer.read().decode("utf-8", "replace")
        links = re.findall(r'href\s*=\s*["\']([^"\'#]+)', text)
        link = next(x for x in links if x.rsplit("/", 1)[-1] == PIP_WHEEL)
        address = urllib.parse.urljoin(base, link)
        with urllib.request.urlopen(address, timeout=120, context=context) as answer:
            content = answer.read()
    except (urllib.error.URLError, OSError, StopIteration, ValueError):
        return None
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        stop("le fichier " + PIP_WHEEL + " reçu n’a pas l’empreinte attendue ; rien n’est installé")
    wheel = env / PIP_WHEEL
    wheel.write_bytes(content)
    return wheel


def works(pip: list[str]) -> bool:
    """Whether this command line is a pip that runs."""
    return subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0


def other_pip(env: Path) -> list[str]:
    """A pip that can fill the new environment, where Python came without ``ensurepip``."""
    python, kept = str(python_of(env)), [env / PIP_WHEEL]
    if sys.base_prefix == "/usr":  # Debian's wheel fits Debian's Python, hardly a later one
        kept += sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    candidates = [[sys.executable, "-m", "pip", "--python", python]]
    candidates += [[python, str(wheel) + "/pip"] for wheel in kept if wheel.exists()]
    for pip in candidates:
        if works(pip):
            return pip
    wheel = fetched_wheel(env)
    if wheel is None:
        stop(
            "pip est introuvable ici et n’a pas pu être téléchargé : installez le paquet "
            "python3-venv (« apt install python3-venv »), puis recommencez"
        )
    return [python, str(wheel) + "/pip"]


def make_environment(env: Path) -> list[str]:
    """A new, empty environment; gives the command line of the pip that can fill it."""
    try:
        import venv
    except ImportError:
        stop("le module venv manque à ce Python : installez le paquet python3-venv")
    shutil.rmtree(env, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401  (its absence is the question)

        venv.create(env, with_pip=True, symlinks=True)
        return [str(python_of(env)), "-m", "pip"]
    except (ImportError, subprocess.CalledProcessError):
        shutil.rmtree(env, ignore_errors=True)
        venv.create(env, with_pip=False, symlinks=True)
        return other_pip(env)


def pip_of(env: Path) -> list[str]:
    """The pip that filled an environment, to add to it."""
    own = [str(python_of(env)), "-m", "pip"]
    return own if works(own) else other_pip(env)


def install(pip: list[str], env: Path, pins: Path) -> None:
    """Install the pins of one file; the stamp comes last, so a cut installation has none."""
    total = len(re.findall(r"^[A-Za-z0-9]", pins.read_text(encoding="utf-8"), re.MULTILINE))
    options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps"]
    command = [*pip, "install", *options, "--only-binary=:all:", "-r", str(pins)]
    # A user's own pip settings must not send the packages elsewhere.
    away = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME")
    around = {name: value for name, value in os.environ.items() if name not in away}
    around.update(PIP_USER="0", PYTHONUTF8="1")
    say("Installation des dépendances de " + pins.name + " (une seule fois)…")
    begin, seen, lines = time.monotonic(), 0, []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=around,
        cwd=str(ROOT),
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            seen += line.startswith("Collecting ")
            if sys.stderr.isatty():
                print("\r  " + str(seen) + " / " + str(total), end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        shown = [x for x in lines if not x.startswith(("WARNING", "Collecting", "  "))]
        say("".join(shown[-12:]).rstrip())
        stop("les dépendances n’ont pas pu être installées (voir ci-dessus) ; réseau ou index ?")
    stamp = stamp_of(env, pins)
    stamp.with_suffix(".tmp").write_text(wanted(pins, release_of(env)))
    os.replace(str(stamp.with_suffix(".tmp")), str(stamp))
    say("Dépendances installées en " + str(round(time.monotonic() - begin)) + " s.")


def build(test: bool) -> Path:
    """An environment with the pins: a new one beside the others, or one that lacks the tests'."""
    here = [x for x in environments() if fits(x, PINS) and release_of(x) == release()]
    pip, env = None, here[0] if here else place()
    if not fits(env, PINS):
        say("Préparation de l’environnement Python dans « " + str(env) + " »…")
        pip = make_environment(env)
        install(pip, env, PINS)
    if test and not fits(env, TEST_PINS):
        install(pip or pip_of(env), env, TEST_PINS)
    (env / HELD).touch()
    return env


def is_held(env: Path) -> bool:
    """Whether something runs in an environment: it holds the lock, or has loaded its libraries."""
    import fcntl

    with contextlib.suppress(OSError), open(str(env / HELD)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            if str(env) + "/" in maps.read_text(errors="replace"):
                return True
    return False


def switch(env: Path) -> None:
    """Let ``.venv`` name this environment, at once; a folder of that name stays while it is used.

    The link is absolute: a copy of it in another folder still leads here.
    """
    if VENV.is_dir() and not VENV.is_symlink():
        if is_held(VENV):
            return
        os.replace(str(VENV), str(ROOT / (".venv-former-" + str(os.getpid()))))
    link = ROOT / (".venv.link-" + str(os.getpid()))
    link.symlink_to(env, target_is_directory=True)
    os.replace(str(link), str(VENV))


def sweep(env: Path) -> None:
    """Remove the environments that nothing holds any more and nothing started in lately."""
    for other in environments()[1:]:
        with contextlib.suppress(OSError):
            mark = other / HELD
            used = (mark if mark.exists() else other).stat().st_mtime
            if other != env and time.time() - used > KEPT_SECONDS and not is_held(other):
                shutil.rmtree(other, ignore_errors=True)


def prepare(test: bool) -> Path:
    """The environment to use, made unless it is there; of several starts one does the work."""
    env = found(test)
    if env is not None and fits(VENV, PINS):
        sweep(env)
        return env
    import fcntl

    try:
        # Released by the kernel, after kill -9 too.
        lock = open(str(LOCK), "w")
    except OSError as fault:
        if env is not None:
            return env  # the link is behind, and this account may not move it
        stop("le dossier « " + str(ROOT) + " » n’est pas accessible en écriture : " + str(fault))
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            env = found(test) or build(test)
            if not fits(VENV, PINS):
                switch(env)
            sweep(env)
        except OSError as fault:
            stop("l’environnement n’a pas pu être préparé : " + str(fault))
    return env


def hold(env: Path) -> None:
    """Say for as long as this process lives that the environment is in use."""
    import fcntl

    with contextlib.suppress(OSError):
        lock = os.open(str(env / HELD), os.O_RDONLY | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # never closed: it falls with the process
        os.utime(str(env / HELD))


def leave_root(test: bool) -> None:
    """As root, go on with the account of the service: nothing of root's is left in its folders."""
    if os.geteuid() or test:
        return
    sys.dont_write_bytecode = True
    from base.basics import account, env_file
    from base.basics.errors import DomainError, StartRefused
    from config import SettingError

    try:
        given, arguments = env_file.option(sys.argv[1:])
        env_file.adopt(os.environ, given)
        if os.stat(str(ROOT)).st_uid == 0 and account.owner(os.environ) is not None:
            os.umask(0o022)  # the program is root's, and its environment is read by the service
            prepare(test)
        account.become_owner(os.environ, arguments)
    except (DomainError, StartRefused, SettingError, OSError) as refusal:
        stop(str(refusal))


def main() -> None:
    """Run the command of the arguments inside the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036  (an old Python may well read this file)
        stop("il faut Python 3.11, 3.12 ou 3.13 ; celui-ci est " + sys.version.split()[0])
    here = Path(sys.prefix)
    if os.path.realpath(str(here)) not in map(os.path.realpath, [VENV, *ROOT.glob(".venv-*")]):
        test = bool(sys.argv[1:]) and sys.argv[1] in TEST_COMMANDS
        try:
            leave_root(test)
            python = python_of(prepare(test))
        except KeyboardInterrupt:
            stop("interrompu ; la prochaine mise en place reprendra du début")
        # The same process goes on: Ctrl-C, systemd and exit codes work as if we were alone.
        os.execv(str(python), [str(python), str(ROOT / "run.py"), *sys.argv[1:]])
    real = Path(os.path.realpath(str(here)))
    if real != here:
        # The link may move while this process runs: it goes on in the folder itself.
        python = python_of(real)
        os.execv(str(python), [str(python), *sys.orig_argv[1:]])
    hold(here)
    from base.processes.cli import main as command

    sys.exit(command(sys.argv[1:]))


if __name__ == "__main__":
    main()
