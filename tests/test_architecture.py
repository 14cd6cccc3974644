"""Which room may import what, and what stands nowhere: read from every source file (T22)."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path

import pytest

from base.modules import ROOT, discover

MANIFESTS = {m.module: m for m in discover()}
#: What a module may take from another one it depends on.
FOREIGN_ROOMS = {"models", "queries", "services", "domain"}
#: Room -> rooms of the same module it may import; a room not listed may import all.
ROOMS = {
    "domain": {"domain"},
    "models": {"domain", "models"},
    "queries": {"domain", "models", "queries"},
    "services": {"domain", "models", "queries", "services"},
    "security": {"models", "domain", "security"},
    "documents": {"domain", "queries", "models", "documents"},
}
#: Loaded by whoever needs them, when they do: the web process must stay small.
HEAVY = {
    "pandas", "numpy", "reportlab", "lxml", "openpyxl", "xlsxwriter", "PIL", "qrcode", "facturx",
    "pypdf", "matplotlib",
}  # fmt: skip
#: Files whose whole purpose is such a package: imported by others inside functions only.
HEAVY_HOMES = re.compile(
    r"base/(pdf/.*|tables/workbook_child|exports|sheet_rows|xml|file_kinds|reporting/.*)\.py|.*/documents\.py"
)


def sources(*, html=False):
    """Every shipped source file, as (path from the root, text)."""
    for name in (*MANIFESTS, "."):
        places = [ROOT / name] if name != "." else []
        files = (
            [p for place in places for p in place.rglob("*.html" if html else "*.py")]
            if places
            else ([] if html else [ROOT / "config.py", ROOT / "run.py"])
        )
        for path in sorted(files):
            where = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in where and "/tests/" not in where:
                yield where, path.read_text(encoding="utf-8")


def imports(text):
    """Module names imported, each with whether it stands at the top of the file."""
    tree = ast.parse(text)
    top = {id(n) for n in tree.body}
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            top |= {id(n) for n in node.body}
    typing_only = {
        id(n)
        for node in tree.body
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for n in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        else:
            continue
        for name in names:
            yield name, id(node) in top and id(node) not in typing_only


def below(module):
    """The modules that a module may know: what it depends on, all the way down."""
    found, todo = {"base"}, list(MANIFESTS[module].depends)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(MANIFESTS[name].depends)
    return found


def room_of(where):
    return where.split("/")[1].removesuffix(".py")


def test_modules_know_only_what_they_depend_on():
    wrong = []
    for where, text in sources():
        module = where.split("/")[0]
        if module not in MANIFESTS:
            continue
        for name, _top in imports(text):
            parts = name.split(".")
            other = parts[0]
            if other not in MANIFESTS or other == module:
                continue
            if other not in below(module):
                wrong.append(f"{where}: {module} does not depend on {other}")
            elif other != "base" and len(parts) > 1 and parts[1] not in FOREIGN_ROOMS:
                wrong.append(f"{where}: imports {name}")
    reviewed = {w for w in wrong if w.split(":")[0] in REVIEWED_ARROWS}
    assert sorted(set(wrong) - reviewed) == []


#: File -> why it may import another room of a module below.
REVIEWED_ARROWS: dict[str, str] = {
    "interventions/views/__init__.py": "hangs its offers on the screens below",
}


def test_rooms_import_only_what_they_may():
    wrong = set()
    for where, text in sources():
        module = where.split("/")[0]
        if module not in MANIFESTS or module == "base" or where.count("/") < 1:
            continue
        room = room_of(where)
        allowed = ROOMS.get(room)
        for name, _top in imports(text):
            parts = name.split(".")
            if allowed is not None and parts[0] == module and len(parts) > 1:
                if parts[1] not in allowed and (MANIFESTS[module].path / parts[1]).exists() or (
                    parts[1] not in allowed
                    and (MANIFESTS[module].path / f"{parts[1]}.py").exists()
                ):
                    wrong.add(f"{where}: {name}")
            accounts = name.startswith("flask_appbuilder.security.sqla.models")
            if parts[0].startswith("flask") and room not in EDGES and not accounts:
                wrong.add(f"{where}: {name}")
            if room == "domain" and (parts[0] == "sqlalchemy" or name.startswith("base.clock")):
                wrong.add(f"{where}: {name}")
    reviewed = {w for w in wrong if w in REVIEWED_ROOMS}
    assert not wrong - reviewed, "\n".join(sorted(wrong - reviewed))
    assert set(REVIEWED_ROOMS) <= wrong, "no longer needed: " + str(set(REVIEWED_ROOMS) - wrong)


#: Import -> why.
REVIEWED_ROOMS: dict[str, str] = {
    "reports/services.py: reports.catalogue": "a run is checked against its declaration",
    "reports/services.py: reports.catalogue.perimeter": "as above",
    "reports/services.py: reports.catalogue.perimeter.asset_of": "as above",
}
#: Rooms at the edge of a process: they may ask which application they run in.
EDGES = ("views", "api", "jobs", "commands", "demonstration", "bench", "benches")


def test_heavy_packages_are_loaded_when_needed():
    wrong = [
        f"{where}: {name}"
        for where, text in sources()
        if not HEAVY_HOMES.fullmatch(where)
        for name, top in imports(text)
        if top and name.split(".")[0] in HEAVY
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_edge_commits():
    wrong = [
        where
        for where, text in sources()
        if not where.startswith(("base/", "run.py"))
        and re.search(r"\.commit\(\)", text)
        and where not in COMMITS
    ]
    assert not wrong, "\n".join(wrong)


#: File -> why it commits.
COMMITS: dict[str, str] = {}

#: Pattern of what needs a review -> file -> why it is right there.
REVIEWED: dict[str, dict[str, str]] = {
    r"\bpickle\b|\bmarshal\b|\bshelve\b|(?<![\w.])(eval|exec)\(|__import__\(": {},
    r"verify\s*=\s*False|shell\s*=\s*True|os\.system\(": {},
    r"\bMarkup\(": {"base/views/forms.py": "the widget of relations, each value by format()"},
    r"\bFileColumn\b|\bImageColumn\b|FileUploadField|ImageUploadField": {},
    r"(?<!\w)ModelView\b|\bModelRestApi\b": {
        "base/api/model_api.py": "ModuleApi is made from it",
        "base/document_pages.py": "asks whether a view is one",
        "base/views/scoped.py": "ModuleView is made from it",
    },
    r"\bSQLAInterface\b": {"base/interface.py": "ScopedInterface is made from it"},
    r"exec_driver_sql\(": {
        "base/bulk.py": "row ids of SQLite, taken at once",
        "base/database.py": "BEGIN and PRAGMA",
        "base/doctor.py": "checks of SQLite",
        "base/migrations.py": "a lock while migrating",
        "base/sqlite_statistics.py": "what SQLite is told of the large tables",
        "base/removal.py": "drops the tables of a module, whose names it has read",
        "base/search/store.py": "the index, which is no model; words are letters and digits only",
        "base/triggers.py": "triggers",
        "reports/bench/scale.py": "measures on a database of its own",
        "reports/bench/town.py": "measures on a database of its own",
    },
    r"(?<![\w.])(sa\.)?text\(\s*f?[\"']": {
        "base/holding.py": "asks PostgreSQL to hold a name",
        "base/doctor.py": "asks PostgreSQL for its size",
        "base/health.py": "SELECT 1",
        "base/triggers.py": "triggers",
        "patrimoine/models/categories.py": "the condition of a partial index",
        "patrimoine/models/upkeep.py": "the condition of a partial index",
        "reports/bench/scale.py": "asks whether a database of its own is there",
    },
    r"\.core\(": {
        "base/answers.py": "idempotency rows, which have no scope",
        "base/imports/undo/carrying.py": "rows of the batch just read in scope",
        "base/imports/undo/deeds.py": "rows of the batch just read in scope",
        "base/jobs/execution.py": "the row of the job itself",
        "base/jobs/own.py": "sweeps of technical tables",
        "base/seals/reading.py": "holds one entry against its seal; only yes or no comes back",
        "base/seals/sealing.py": "writes a seal and its hashes, which belong to no authority",
        "energie/services/days.py": "daily sums of a series read in scope",
        "energie/services/index_days.py": "readings and dials of a series read in scope",
        "energie/services/intervals.py": "readings of a point read in scope",
        "energie/services/point_days.py": "days of a point read in scope",
        "energie/services/readings.py": "readings of a series read in scope",
        "interventions/queries/follow.py": "the page of whoever asked, by a secret link",
        "patrimoine/bench/register.py": "measures on a database of its own",
        "patrimoine/queries/tags.py": "a tag's page for strangers: name and place only",
        "patrimoine/services/assets.py": "paths below an asset read in scope",
        "patrimoine/services/bulk.py": "many assets in the entity of the import",
        "patrimoine/services/removing.py": "many assets in the entity of the import",
        "patrimoine/services/tags.py": "counts prints on tags read in scope",
        "reports/bench/scale.py": "measures on a database of its own",
        "reports/bench/town.py": "measures on a database of its own",
        "reports/proofs.py": "the page that says what a printed report stands on",
    },
    r"Session\.connection\(": {
        "base/bulk.py": "many rows of one model, checked by the caller",
        "base/codes.py": "compares the codes of the authority that is written",
        "base/rules.py": "core() itself",
        "base/search/building.py": "builds the index of all authorities",
        "base/search/finding.py": "asks the index for the words of the session's authorities",
        "base/search/upkeep.py": "words of rows that the session has written",
        "base/sessions.py": "core() itself",
        "base/trail.py": "numbers and events, last before the commit",
        "patrimoine/services/bulk.py": "takes ids in advance",
        "reports/bench/scale.py": "measures on a database of its own",
        "reports/bench/town.py": "measures on a database of its own",
        "reports/services.py": "sets the isolation level",
    },
    r"system_session\((?!reason)": {
        "base/backups/making.py": "notes the backup in the trail",
        "base/withheld.py": "the rights of a person whose own session may be writing",
        "base/backups/restoring.py": "notes the restore in the trail",
        "base/backups/screen.py": "the last backups, for administrators",
        "base/benches.py": "measures on a database of its own",
        "base/cli/entities.py": "the operator makes and lists authorities",
        "base/imports/command.py": "finds the entity of the command",
        "base/job_pages.py": "jobs of the system, for administrators",
        "base/jobs/context.py": "a system job",
        "base/jobs/execution.py": "a system job; whose scope a job has",
        "base/rules.py": "is in a sentence",
        "base/seals/screen.py": "seals belong to no authority; for administrators",
        "base/seals/sealing.py": "seals the trail of all authorities",
        "base/search/building.py": "builds the index of all authorities",
        "base/setup.py": "first rows",
        "base/account_history.py": "history of accounts, for administrators",
        "patrimoine/views/tags.py": "what a stranger's tag leads to",
        "reports/bench/ledger.py": "measures on a database of its own",
        "reports/bench/scale.py": "measures on a database of its own",
        "reports/bench/town.py": "measures on a database of its own",
        "reports/commands.py": "finds the entity of the command",
        "reports/demonstration/run.py": "the demonstration looks at its own base",
        "reports/demonstration/steps.py": "the demonstration looks at its own base",
    },
    r"except Exception|except BaseException|except:": {
        "base/application.py": "rolls back and raises again",
        "base/jobs/execution.py": "any fault of a job is written to its row",
        "base/sessions.py": "rolls back and raises again",
        "energie/imports/readings.py": "undoes the batch and raises again",
        "reports/commands.py": "removes the draft and raises again",
    },
}


@pytest.mark.parametrize("pattern", REVIEWED, ids=lambda p: re.sub(r"\W+", " ", p).strip()[:30])
def test_what_needs_a_review_stands_only_where_it_was_reviewed(pattern):
    found = {where for where, text in sources() if re.search(pattern, _code(text))}
    assert not found - set(REVIEWED[pattern]), sorted(found - set(REVIEWED[pattern]))


def _code(text):
    """The source without its docstrings and comments."""
    tree = ast.parse(text)
    lines = text.splitlines()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and isinstance(body[0].value.value, str)
        ):
            for n in range(body[0].lineno - 1, body[0].end_lineno):
                lines[n] = ""
    return "\n".join(re.sub(r"(^|\s)#.*$", "", line) for line in lines)


#: Templates that print FAB's own widgets, already rendered by its templates.
SAFE = re.compile(r"base/templates/appbuilder/(general/(model|widgets|charts|lib)|lib).*")


def test_no_template_switches_escaping_off():
    wrong = [
        where
        for where, text in sources(html=True)
        if re.search(r"\|\s*safe\b|autoescape\s+false|\bMarkup\b", text) and not SAFE.match(where)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_template_has_inline_script_or_foreign_addresses():
    wrong = []
    for where, text in sources(html=True):
        for match in re.finditer(r"<script(?![^>]*\bsrc=)[^>]*>", text):
            if "nonce=" not in match.group(0) and "application/json" not in match.group(0):
                wrong.append(f"{where}: {match.group(0)}")
        if re.search(r"\son(click|change|submit|load|error|input)\s*=", text):
            wrong.append(f"{where}: inline handler")
        if re.search(r"(src|href|action)=\"(https?:)?//", text):
            wrong.append(f"{where}: foreign address")
    assert not wrong, "\n".join(wrong)


#: Two letters in a row that a person would read, outside tags and expressions.
_WORDS = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_UNITS = {"kWh", "ht", "ttc", "HT", "TTC", "CSV", "XLSX", "PDF", "QR", "Ouvrage", "kW", "Ctrl",
          "px", "GPS", "Redis", "FAB", "PRM", "Mo", "Ko", "SIRET", "SIREN"}  # fmt: skip


def test_sentences_of_templates_are_wrapped():
    """What stands between tags is an expression or a number: words go through _()."""
    wrong = []
    for where, text in sources(html=True):
        if "/appbuilder/general/" in where or "/swagger/" in where:
            continue
        if where == "base/templates/ov/macros.html":
            continue  # pieces of tags, put together by macros
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", bare, flags=re.DOTALL)
        for found in re.findall(r">([^<>]*)<", bare):
            words = [w for w in _WORDS.findall(found.replace("&nbsp;", " ")) if w not in _UNITS]
            if words and not re.fullmatch(r"[\s\W]*", found):
                wrong.append(f"{where}: {' '.join(found.split())[:80]}")
    assert not wrong, "\n".join(wrong)


_FRENCH = re.compile(r"[éèêàçùôîû’]|\b(le|la|les|des|une|pas|est|sont|avec|pour|dans)\b")
#: Calls whose texts a person never reads, or reads from a terminal in French only.
_QUIET = ("cli", "bench", "commands", "doctor", "supervisor", "demonstration", "config", "run.py")


def test_french_sentences_of_screens_are_wrapped():
    """In the rooms people see, a French literal stands inside _(), _l() or ngettext()."""
    wrong = []
    for where, text in sources():
        room = where.split("/")[1] if "/" in where else where
        if not re.match(r"(views|api|imports|.*_pages\.py|services|documents|jobs)", room):
            continue
        if any(q in where for q in _QUIET):
            continue
        tree = ast.parse(text)
        inside = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                if name in ("_", "_l", "ngettext", "lazy_gettext", "compile", "getLogger", "info",
                            "warning", "error", "exception"):  # fmt: skip
                    inside |= {id(n) for n in ast.walk(node)}
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                inside.add(id(node.value))
            if isinstance(node, ast.Raise) and node.exc is not None:
                name = ast.unparse(node.exc).partition("(")[0]
                if name.endswith(("Error", "Refused")) and name in ("RuntimeError", "ValueError"):
                    inside |= {id(n) for n in ast.walk(node)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in inside
                and " " in node.value.strip()
                and _FRENCH.search(node.value)
                # Heads of columns as files write them, matched without case.
                and not (room == "imports" and _heads(node.value))
            ):
                wrong.append(f"{where}:{node.lineno}: {node.value[:70]!r}")
    left = [w for w in wrong if w.split(":")[0] not in UNWRAPPED]
    assert not left, "\n".join(left)


def _heads(text):
    """Whether a text is one or several heads of columns: « titre | libellé »."""
    return all(re.fullmatch(r"[^A-Z.]{1,40}", head) for head in text.split(" | "))


#: File -> why its French literals are not for translation.
UNWRAPPED: dict[str, str] = {
    "base/jobs/execution.py": "kept in the job's row, in the language of the authority",
    **dict.fromkeys(
        ("base/imports/partners.py", "patrimoine/imports/columns.py", "energie/imports/grdf.py",
         "energie/imports/meters.py", "energie/imports/recognise.py",
         "interventions/imports/agents.py", "interventions/imports/stock.py",
         "interventions/imports/work_orders.py"),
        "heads of columns and names of flows, as files write them",
    ),
}  # fmt: skip


def test_long_files_are_named():
    """Past 400 lines a room becomes a package: said, not refused."""
    long = [
        f"{where} ({n})" for where, text in sources() if (n := len(text.splitlines())) > 400
    ]
    if long:
        warnings.warn(LongFiles(", ".join(long)), stacklevel=1)


class LongFiles(UserWarning):
    """Rooms that should become packages."""


pytestmark = pytest.mark.filterwarnings("default::tests.test_architecture.LongFiles")


def test_every_folder_of_a_module_is_one_that_discovery_finds():
    for name, manifest in MANIFESTS.items():
        assert (manifest.path / "__init__.py").is_file(), name
        assert Path(manifest.path).parent == ROOT
