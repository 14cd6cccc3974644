"""What the papers say of the code is so: commands, paths, modules, settings, addresses, menus."""

from __future__ import annotations

import fnmatch
import importlib
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

import config
from base.processes import cli
from base.rules.modules.loading import ROOT, discover

PAPERS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs" / "guide").glob("*.md")),
    ROOT / "docs" / "performance.md",
]
#: Decisions tell what was; their names of today are checked by hand.
each_paper = pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)

#: Names of examples: files of the reader, the module of the tutorial.
EXAMPLES = re.compile(
    r"espaces_verts|^<module>/tests/|^(biens|couts|chaudiere|preuve|etiquettes|bien|chiffres|million)"
    r"|cadastre-parcelles\.json|^FICHIER|^verifier\.py$"
)
#: What the instance makes, and what other programs own.
MADE = {
    "access.log",
    "compressed/",
    "database.json",
    "keys.json",
    "ouvrage.db",
    "ouvrage.env",
    "seal-key.pem",
}
ENDINGS = "css csv env html js json log md pem po py svg toml txt".split()


def text(paper: Path) -> str:
    return paper.read_text("utf-8")


def spans(paper: Path) -> list[str]:
    """What stands between backticks within the lines."""
    without_blocks = re.sub(r"^```.*?^```", "", text(paper), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", without_blocks)


def blocks(paper: Path) -> list[tuple[str, str]]:
    """Name and text of each block."""
    return re.findall(r"^```(\S*)\n(.*?)^```", text(paper), re.DOTALL | re.MULTILINE)


@cache
def files() -> frozenset[str]:
    """Every file and folder of the project, from its root."""
    skipped = {"__pycache__", "var", "node_modules"}
    found = set()

    def walk(folder: Path, inside: str) -> None:
        for path in folder.iterdir():
            if path.name in skipped or path.name.startswith((".git", ".venv", ".mypy", ".ruff")):
                continue
            found.add(inside + path.name)
            if path.is_dir():
                walk(path, inside + path.name + "/")

    walk(ROOT, "")
    return frozenset(found)


def is_there(name: str) -> bool:
    """Whether a path, or the end of one, is the project's; ``<word>`` and ``*`` are any name."""
    pattern = re.sub(r"<[^>]+>", "*", name.rstrip("/"))
    if "/" not in pattern and is_there_as_room(pattern):
        return True
    if not set("*[") & set(pattern):
        return any(f == pattern or f.endswith("/" + pattern) for f in files())
    return any(fnmatch.fnmatch(f, pattern) or fnmatch.fnmatch(f, "*/" + pattern) for f in files())


def is_there_as_room(name: str) -> bool:
    """Whether a room said as one file is a folder of files: ``views.py``."""
    return name.endswith(".py") and any(f.endswith("/" + name[:-3]) for f in files())


def is_path(word: str) -> bool:
    if re.search(r"[\s(){}=:\"'|]|[^\x00-\x7f]", word) or word.startswith(
        ("/", ".", "--", "http", "@")
    ):
        return False
    return "/" in word.strip("/") or word.endswith("/") or word.rpartition(".")[2] in ENDINGS


@each_paper
def test_every_path_is_there(paper):
    said = {word.partition("::")[0] for word in spans(paper)}
    ours = [w for w in sorted(said) if is_path(w) and not EXAMPLES.search(w)]
    kept = [w for w in ours if w not in MADE and w.split("/")[0] != "var"]
    assert [w for w in kept if not is_there(w)] == []


MODULES = {manifest.module for manifest in discover()}


@each_paper
def test_every_module_and_its_names_are_there(paper):
    names = {w for w in spans(paper) if re.fullmatch(r"[a-z_]+(\.\w+)+", w)}
    wrong = []
    for name in sorted(n for n in names if n.split(".")[0] in MODULES and not is_path(n)):
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:length]))
            except ModuleNotFoundError:
                continue
            break
        for part in parts[length:]:
            if not hasattr(found, part) and name != "patrimoine.CostLine":
                wrong.append(name)
                break
            found = getattr(found, part, None)
    assert wrong == []


@each_paper
def test_every_setting_is_one(paper):
    said = set(re.findall(r"\b(OUVRAGE_[A-Z_]+|(?:DATABASE|REDIS|S3|[A-Z]+)_URL)\b", text(paper)))
    assert said - set(config.VARIABLES) == set()


# --- commands --------------------------------------------------------------------------------

#: Words that stand for what the reader gives.
GIVEN = {
    "SCELLÉ": "1",
    "GENRE": "assets",
    "NATURE": "assets",
    "N": "12",
    "MODULE": "patrimoine",
    "…": "",
}


def words_of(line: str) -> list[str]:
    """The arguments of a command as a paper writes it: options in brackets are taken."""
    # The day of a backup, and the backup made last.
    line = re.sub(r"\$\(date [^)]*\)", "2026-11-22", line.replace("\\|", "/"))
    line = re.sub(r"\$\(ls [^)]*/ouvrage-[^)]*\)", "/mnt/sauvegardes/ouvrage-2026-11-22.zip", line)
    line = re.sub(r"\s+#.*$|\s*[>&|]{1,2}\s.*$", "", line)
    line = re.sub(r"\{([^,}]+),[^}]*\}", r"\1", line.replace("[arguments de pytest]", ""))
    line = re.sub(r"[\[\]]", " ", line)
    found = [GIVEN.get(word, word) for word in shlex.split(line)]
    return [re.sub(r"^(small|full)/(?:small|full)$", r"\1", word) for word in found if word]


def shown(paper: Path) -> list[list[str]]:
    """Every command of ``run.py`` that a paper shows, whole or only named."""
    lines = [
        line for name, block in blocks(paper) if "=" not in name for line in block.splitlines()
    ]
    found = []
    for line in [*lines, *spans(paper)]:
        for start in re.finditer(r"\brun\.py(?= |$)", line):
            rest = line[start.end() :]
            if "WorkOrder" not in rest and not rest.startswith((" :", " ─")):
                found.append(words_of(rest))
    names = set(commands())
    for span in spans(paper):
        if " " in span and span.split()[0] in names:
            found.append(words_of(span))
    return found


@cache
def commands() -> tuple[str, ...]:
    (choices,) = (a for a in cli.parser()._actions if a.dest not in ("help", "env"))
    return tuple(choices.choices)


def refusal(words: list[str], monkeypatch, capsys) -> str:
    """What argparse says of a command; nothing of one that is right, or only begun."""
    if words[:1] == ["test"]:
        return ""  # the rest is pytest's
    try:
        cli.parser().parse_args(words)
    except SystemExit:
        said = capsys.readouterr().err.splitlines()[0].replace("\u00a0", " ")
        return "" if " : il manque : " in said or "est nécessaire" in said else said
    return ""


@each_paper
def test_every_command_is_one(paper, monkeypatch, capsys):
    wrong = {" ".join(w): refusal(w, monkeypatch, capsys) for w in shown(paper)}
    assert {line: said for line, said in wrong.items() if said} == {}


def test_the_readme_has_every_command():
    rows = [x for x in text(ROOT / "README.md").splitlines() if x.startswith("| `python3 run.py")]
    said = {
        word
        for row in rows
        for span in re.findall(r"`([^`]+)`", row)
        for word in span.removeprefix("python3 run.py").split()[:1]
    }
    assert [name for name in commands() if name not in said] == []


def test_the_kinds_of_files_are_those_that_are_read(sqlite_app):
    from base.desk.imports.declaration import importers

    kinds = {importer.kind for importer in importers()}
    for name, start in (
        ("README.md", "importe un fichier :"),
        ("docs/guide/integrer.md", "Les genres :"),
    ):
        sentence = text(ROOT / name).partition(start)[2].split("|")[0].split(". ")[0]
        assert set(re.findall(r"`([a-z-]+)`", sentence)) == kinds, name


# --- addresses -------------------------------------------------------------------------------


def requests_of(paper: Path) -> set[tuple[str, str]]:
    """(method, path) of each address of ours that a paper names."""
    found = set()
    for span in spans(paper):
        if match := re.fullmatch(r"(?:(GET|POST|PUT|PATCH|DELETE) )?(/[a-z0-9_/<>.-]+)", span):
            found.add((match[1] or "GET", match[2]))
    for _name, block in blocks(paper):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            if not line.startswith("curl"):
                continue
            path = re.search(r"(?:\$site|127\.0\.0\.1:8080)(/[^\s\"'?]*)", line)
            method = re.search(r"-X (\w+)", line)
            found.add((method[1] if method else "POST" if " -d " in line else "GET", path[1]))
    return found


#: Of the machine, not of ours.
FOREIGN = ("/etc/", "/srv/", "/mnt/", "/var/")


@each_paper
def test_every_address_answers(paper, sqlite_app):
    urls = sqlite_app.url_map.bind("localhost")
    wrong = []
    for method, path in sorted(requests_of(paper)):
        if path.startswith(FOREIGN) or EXAMPLES.search(path) or path == "/api/v1/tree/":
            continue
        concrete = re.sub(r"<genre>", "assets", path)
        concrete = re.sub(r"<[^>]+>", "1", concrete)
        try:
            urls.match(concrete, method)
        except RequestRedirect:
            continue
        except (NotFound, MethodNotAllowed) as fault:
            wrong.append((method, path, type(fault).__name__))
    assert wrong == []


def test_every_menu_of_the_guides_is_there(sqlite_app, sqlite_client_of):
    import html

    client = sqlite_client_of("admin")
    page = client.get("/").get_data(as_text=True) + client.get("/reglages/").get_data(as_text=True)
    words = {" ".join(html.unescape(w).split()) for w in re.findall(r">([^<>]+)<", page)}
    wrong = []
    for paper in PAPERS:
        for path in re.findall(r"\*([^*\n]+ › [^*\n]+)\*", text(paper)):
            group, entry = path.split(" › ")[:2]
            if not {group, entry} <= words:
                wrong.append(f"{paper.name}: {path}")
    assert wrong == []
