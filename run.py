"""The one command of the product: makes its environment, then hands over to ``base.processes.cli``.

Only the standard library is used until ``.venv`` holds what ``requirements.txt`` pins. The file
stays readable for old Pythons, so that they are refused with a sentence and not a syntax error.
"""

from __future__ import annotations

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
PYTHON = VENV / "bin" / "python"
PINS = ROOT / "requirements.txt"
TEST_PINS = ROOT / "requirements-test.txt"
LOCK = ROOT / ".venv.lock"
#: Commands that need the packages of the test suite as well.
TEST_COMMANDS = ("test", "lint")
#: pip itself, fetched where Python comes without it (Debian without python3-venv).
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def stamp_of(pins: Path) -> Path:
    """The file that says which version of these pins is installed."""
    return VENV / (".stamp-" + pins.stem)


def wanted(pins: Path) -> str:
    """What the stamp holds when these pins, this Python and this folder are the installed ones."""
    parts = pins.read_bytes(), sys.version.encode(), os.fsencode(str(ROOT))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def ready(*all_pins: Path) -> bool:
    """Whether the environment already holds these pins."""
    try:
        return PYTHON.exists() and all(stamp_of(p).read_text() == wanted(p) for p in all_pins)
    except OSError:
        return False


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


def fetched_wheel() -> Path | None:
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
    wheel = VENV / PIP_WHEEL
    wheel.write_bytes(content)
    return wheel


def works(pip: list[str]) -> bool:
    """Whether this command line is a pip that runs."""
    return subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0


def other_pip() -> list[str]:
    """A pip that can fill the new environment, where Python came without ``ensurepip``."""
    kept = [VENV / PIP_WHEEL]
    if sys.base_prefix == "/usr":  # Debian's wheel fits Debian's Python, hardly a later one
        kept += sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    candidates = [[sys.executable, "-m", "pip", "--python", str(PYTHON)]]
    candidates += [[str(PYTHON), str(wheel) + "/pip"] for wheel in kept if wheel.exists()]
    for pip in candidates:
        if works(pip):
            return pip
    wheel = fetched_wheel()
    if wheel is None:
        stop(
            "pip est introuvable ici et n’a pas pu être téléchargé : installez le paquet "
            "python3-venv (« apt install python3-venv »), puis recommencez"
        )
    return [str(PYTHON), str(wheel) + "/pip"]


def make_environment() -> list[str]:
    """A new, empty ``.venv``; gives the command line of the pip that can fill it."""
    try:
        import venv
    except ImportError:
        stop("le module venv manque à ce Python : installez le paquet python3-venv")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401  (its absence is the question)

        venv.create(VENV, with_pip=True, symlinks=True)
        return [str(PYTHON), "-m", "pip"]
    except (ImportError, subprocess.CalledProcessError):
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=False, symlinks=True)
        return other_pip()


def pip_of_environment() -> list[str]:
    """The pip that filled the present environment, to add to it."""
    own = [str(PYTHON), "-m", "pip"]
    return own if works(own) else other_pip()


def install(pip: list[str], pins: Path) -> None:
    """Install the pins of one file; the stamp comes last, so a cut installation has none."""
    total = len(re.findall(r"^[A-Za-z0-9]", pins.read_text(encoding="utf-8"), re.MULTILINE))
    options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps"]
    command = [*pip, "install", *options, "--only-binary=:all:", "-r", str(pins)]
    # A user's own pip settings must not send the packages elsewhere than into .venv.
    away = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME")
    env = {name: value for name, value in os.environ.items() if name not in away}
    env.update(PIP_USER="0", PYTHONUTF8="1")
    say("Installation des dépendances de " + pins.name + " (une seule fois)…")
    begin, seen, lines = time.monotonic(), 0, []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=env,
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
    temporary = stamp_of(pins).with_suffix(".tmp")
    temporary.write_text(wanted(pins))
    os.replace(str(temporary), str(stamp_of(pins)))
    say("Dépendances installées en " + str(round(time.monotonic() - begin)) + " s.")


def build(test: bool) -> None:
    """Bring ``.venv`` to the pins: from nothing, or by adding the packages of the tests."""
    pip = None
    if not ready(PINS):
        say("Préparation de l’environnement Python dans « " + str(VENV) + " »…")
        pip = make_environment()
        install(pip, PINS)
    if test and not ready(TEST_PINS):
        install(pip or pip_of_environment(), TEST_PINS)


def prepare(test: bool) -> None:
    """Make the environment unless it is there; of several starts at once one does the work."""
    pins = (PINS, TEST_PINS) if test else (PINS,)
    if ready(*pins):
        return
    import fcntl

    try:
        # Beside .venv, which is deleted; released by the kernel, after kill -9 too.
        lock = open(str(LOCK), "w")
    except OSError as fault:
        stop("le dossier « " + str(ROOT) + " » n’est pas accessible en écriture : " + str(fault))
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            build(test)
        except OSError as fault:
            stop("l’environnement n’a pas pu être préparé : " + str(fault))


def main() -> None:
    """Run the command of the arguments inside the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036  (an old Python may well read this file)
        stop("il faut Python 3.11, 3.12 ou 3.13 ; celui-ci est " + sys.version.split()[0])
    if os.path.realpath(sys.prefix) != os.path.realpath(str(VENV)):
        try:
            prepare(bool(sys.argv[1:]) and sys.argv[1] in TEST_COMMANDS)
        except KeyboardInterrupt:
            stop("interrompu ; la prochaine mise en place reprendra du début")
        # The same process goes on: Ctrl-C, systemd and exit codes work as if we were alone.
        os.execv(str(PYTHON), [str(PYTHON), str(ROOT / "run.py"), *sys.argv[1:]])
    from base.processes.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
