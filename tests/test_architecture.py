"""Which room may import what, and what stands nowhere: read from every source file (T22)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from base.rules.modules.loading import ROOT, discover

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
    "pandas",
    "numpy",
    "reportlab",
    "lxml",
    "openpyxl",
    "xlsxwriter",
    "PIL",
    "qrcode",
    "facturx",
    "pypdf",
    "matplotlib",
}
#: Files whose whole purpose is such a package: imported by others inside functions only.
HEAVY_HOMES = re.compile(
    r"base/papers/(pdf/.*|tables/workbook_child|reporting/.*|files/(workbooks|sheet_rows|xml))\.py"
    r"|base/face/attached/file_kinds\.py|.*/documents\.py"
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
                if (
                    parts[1] not in allowed
                    and (MANIFESTS[module].path / parts[1]).exists()
                    or (
                        parts[1] not in allowed
                        and (MANIFESTS[module].path / f"{parts[1]}.py").exists()
                    )
                ):
                    wrong.add(f"{where}: {name}")
            accounts = name.startswith("flask_appbuilder.security.sqla.models")
            if parts[0].startswith("flask") and room not in EDGES and not accounts:
                wrong.add(f"{where}: {name}")
            if room == "domain" and (
                parts[0] == "sqlalchemy" or name.startswith("base.basics.clock")
            ):
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
EDGES = ("views", "api", "jobs", "commands", "demonstration")


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
    r"\bMarkup\(": {
        "base/face/views/forms.py": "the widget of relations, each value by format()",
        "base/papers/files/static_files.py": "icons of our own sprite, by their names",
    },
    r"\bFileColumn\b|\bImageColumn\b|FileUploadField|ImageUploadField": {},
    r"(?<!\w)ModelView\b|\bModelRestApi\b": {
        "base/face/api/model_api.py": "ModuleApi is made from it",
        "base/desk/document_pages.py": "asks whether a view is one",
        "base/face/views/scoped.py": "ModuleView is made from it",
    },
    r"\bSQLAInterface\b": {"base/engine/edge/interface.py": "ScopedInterface is made from it"},
    r"exec_driver_sql\(": {
        "base/store/bulk.py": "row ids of SQLite, taken at once",
        "base/store/database.py": "BEGIN and PRAGMA",
        "base/upkeep/doctor.py": "checks of SQLite",
        "base/upkeep/schema/migrations.py": "a lock while migrating",
        "base/store/sqlite_statistics.py": "what SQLite is told of the large tables",
        "base/rules/modules/removal.py": "drops the tables of a module, whose names it has read",
        "base/engine/search/store.py": "the index, no model; words are letters and digits only",
        "base/store/triggers.py": "triggers",
    },
    r"(?<![\w.])(sa\.)?text\(\s*f?[\"']": {
        "base/store/holding.py": "asks PostgreSQL to hold a name",
        "base/upkeep/doctor.py": "asks PostgreSQL for its size",
        "base/upkeep/health.py": "SELECT 1",
        "base/store/triggers.py": "triggers",
        "patrimoine/models/categories.py": "the condition of a partial index",
        "patrimoine/models/upkeep.py": "the condition of a partial index",
    },
    r"\.core\(": {
        "base/engine/edge/answers.py": "idempotency rows, which have no scope",
        "base/engine/edge/shares.py": "shares of people without an account, as digests",
        "base/desk/imports/turns.py": "takes a lock, reads nothing",
        "base/desk/imports/undo/carrying.py": "rows of the batch just read in scope",
        "base/desk/imports/undo/deeds.py": "rows of the batch just read in scope",
        "base/engine/jobs/execution.py": "the row of the job itself",
        "base/engine/jobs/own.py": "sweeps of technical tables",
        "base/rules/rights/entities.py": "the number to call, which strangers are shown",
        "base/upkeep/seals/reading.py": "an entry against its seal; only yes or no comes back",
        "base/upkeep/seals/sealing.py": "writes a seal and its hashes, of no authority",
        "energie/services/days.py": "daily sums of a series read in scope",
        "energie/services/index_days.py": "readings and dials of a series read in scope",
        "energie/services/intervals.py": "readings of a point read in scope",
        "energie/services/point_days.py": "days of a point read in scope",
        "energie/services/readings.py": "readings of a series read in scope",
        "interventions/queries/follow.py": "the page of whoever asked, by a secret link",
        "patrimoine/queries/tags.py": "a tag's page for strangers: name and place only",
        "patrimoine/services/assets.py": "paths below an asset read in scope",
        "patrimoine/services/bulk.py": "many assets in the entity of the import",
        "patrimoine/services/removing.py": "many assets in the entity of the import",
        "patrimoine/services/tags.py": "counts prints on tags read in scope",
        "reports/proofs.py": "the page that says what a printed report stands on",
    },
    r"Session\.connection\(": {
        "base/store/bulk.py": "many rows of one model, checked by the caller",
        "base/store/codes.py": "compares the codes of the authority that is written",
        "base/engine/search/building.py": "builds the index of all authorities",
        "base/engine/search/finding.py": "asks the index for words of the session's authorities",
        "base/engine/search/upkeep.py": "words of rows that the session has written",
        "base/store/database.py": "core() itself",
        "base/store/history/trail.py": "numbers and events, last before the commit",
        "patrimoine/services/bulk.py": "takes ids in advance",
        "reports/services.py": "sets the isolation level",
    },
    r"system_session\((?!reason)": {
        "base/upkeep/backups/making.py": "notes the backup in the trail",
        "base/rules/rights/held.py": "the rights of a person whose own session may be writing",
        "base/processes/restoring.py": "notes the restore in the trail",
        "base/processes/rehearsing.py": "notes in the trail that a restore was rehearsed",
        "base/desk/backup_pages.py": "the last backups, for administrators",
        "base/processes/cli/entities.py": "the operator makes and lists authorities",
        "base/desk/imports/command.py": "finds the entity of the command",
        "base/desk/job_pages.py": "jobs of the system, for administrators",
        "base/engine/jobs/context.py": "a system job",
        "base/engine/jobs/execution.py": "a system job; whose scope a job has",
        "base/rules/rights/rules.py": "is in a sentence",
        "base/desk/seal_pages.py": "seals belong to no authority; for administrators",
        "base/upkeep/seals/sealing.py": "seals the trail of all authorities",
        "base/engine/search/building.py": "builds the index of all authorities",
        "base/desk/accounts/setup.py": "first rows",
        "base/desk/accounts/account_history.py": "history of accounts, for administrators",
        "patrimoine/views/tags.py": "what a stranger's tag leads to",
        "reports/commands.py": "finds the entity of the command",
        "reports/demonstration/run.py": "the demonstration looks at its own base",
        "reports/demonstration/steps.py": "the demonstration looks at its own base",
    },
    r"except Exception|except BaseException|except:": {
        "base/application.py": "rolls back and raises again",
        "base/engine/fork.py": "says the fault with which a forked process ends",
        "base/engine/jobs/execution.py": "any fault of a job is written to its row",
        "base/processes/serving.py": "stops Redis and raises again",
        "base/rules/rights/actors.py": "rolls back and raises again",
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


#: File -> why it is longer than a room may be.
LONG: dict[str, str] = {
    "base/migrations/versions/base_0001_tables_of_the_module.py": "generated: all first tables",
    "energie/migrations/versions/energie_0001_delivery_points_readings_and_invoices.py": "the same",
    "interventions/migrations/versions/interventions_0001_tables_of_the_module.py": "the same",
    "patrimoine/migrations/versions/patrimoine_0001_tables_of_the_module.py": "the same",
    "tests/access_matrix.py": "a table: a row for each route",
}


def test_no_file_is_longer_than_400_lines():
    """Past that a room becomes a package, and a file of tests is parted by subject."""
    folders = [*MANIFESTS, "tests", "docs"]
    files = [path for name in folders for path in (ROOT / name).rglob("*.py")]
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in (*files, ROOT / "config.py", ROOT / "run.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert set(long) == set(LONG), {where: n for where, n in long.items() if where not in LONG}


def test_every_folder_of_a_module_is_one_that_discovery_finds():
    for name, manifest in MANIFESTS.items():
        assert (manifest.path / "__init__.py").is_file(), name
        assert Path(manifest.path).parent == ROOT
