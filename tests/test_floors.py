"""The floors of ``base``: what may import what, circles, and imports inside functions."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import grimp
import pytest
from importlinter.cli import lint_imports

from base.rules.modules.loading import ROOT
from tests.floors import circles

BASE = ROOT / "base"

#: File or folder -> why what it takes of base stands inside functions.
LATE: dict[str, str] = {
    "base/processes/cli/": "a command loads what it needs and nothing else: --help answers at once",
}
#: (file, module of base) -> why this one import stands inside a function.
REVIEWED: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        (
            ("base/app.py", name)
            for name in (
                "base.face.api",
                "base.engine.edge.access_log",
                "base.engine.edge.doors",
                "base.face.views.verb_pages",
                "base.upkeep.health",
                "base.upkeep.metrics",
                "base.desk.opening",
                "base.face.views.kept_text",
                "base.face.views.shell",
                "base.desk.web_pages",
            )
        ),
        "screens and resources: commands make the application without them, in half the time",
    ),
    (
        "base/app.py",
        "base.desk.imports.from_cards",
    ): "importers: the bare application does without them",
    ("base/app.py", "base.desk.accounts.setup"): "asked by migrate alone",
    **dict.fromkeys(
        (
            ("base/processes/serving.py", "base.processes.background"),
            ("base/processes/serving.py", "base.processes.web"),
        ),
        "the application: loaded when Redis and the schema are there",
    ),
    (
        "base/upkeep/doctor.py",
        "base.upkeep.seals.examination",
    ): "the first page asks for the cheap checks only",
    ("base/face/attached/file_kinds.py", "base.papers.files.xml"): "lxml: only for XML",
    (
        "base/desk/imports/listed.py",
        "base.face.views.rendering",
    ): "thirty files of screens, that commands which load importers can do without",
    (
        "base/papers/reporting/render.py",
        "base.papers.files.workbooks",
    ): "XlsxWriter: only for a workbook",
    ("base/papers/reporting/render.py", "base.papers.pdf.layout"): "ReportLab: only for a PDF",
    ("base/papers/reporting/render.py", "base.papers.pdf.table"): "ReportLab: only for a PDF",
    (
        "base/desk/accounts/second_factor_pages.py",
        "base.papers.pdf.qr",
    ): "qrcode: only when an account gets its factor",
    ("base/papers/tables/workbook.py", "base.papers.files.xml"): "lxml: only for a workbook",
    (
        "base/face/views/exporting.py",
        "base.papers.files.workbooks",
    ): "XlsxWriter: only for a workbook",
    ("base/processes/worker.py", "base.app"): "loaded once, while the garbage collector rests",
}


def late(text: str, known: set[str]) -> Iterator[str]:
    """The modules of base that a source file imports inside functions."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import):
                yield from (a.name for a in inner.names if a.name.split(".")[0] == "base")
            elif isinstance(inner, ast.ImportFrom):
                assert not inner.level, "imports name the whole module"
                module = inner.module or ""
                if module.split(".")[0] == "base":
                    for alias in inner.names:
                        full = f"{module}.{alias.name}"
                        yield full if full in known else module


def found() -> set[tuple[str, str]]:
    """Every import of base inside a function of base: (file, module)."""
    known = set(grimp.build_graph("base", cache_dir=None).modules)
    return {
        (path.relative_to(ROOT).as_posix(), module)
        for path in sorted(BASE.rglob("*.py"))
        if "/migrations/" not in path.as_posix()
        for module in late(path.read_text(encoding="utf-8"), known)
    }


def is_late(where: str) -> bool:
    return any(where == place or (place[-1] == "/" and where.startswith(place)) for place in LATE)


def test_contracts_of_the_floors_are_kept(capsys):
    """They stand in pyproject.toml, where `lint-imports` reads them too."""
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out


def test_base_imports_itself_inside_functions_only_where_it_was_reviewed():
    new = {(where, module) for where, module in found() if not is_late(where)} - set(REVIEWED)
    assert not new, "say why, or move it to the top: " + ", ".join(map(str, sorted(new)))


def test_commands_and_a_start_begin_without_the_application():
    """Each answer of `--help` waits for what is loaded, and so does a start that is refused."""
    code = (
        "import sys; import base.processes.cli, base.processes.serving;"
        "print(*sorted({'sqlalchemy', 'flask_appbuilder', 'redis'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_nothing_is_reviewed_that_is_no_longer_there():
    there = found()
    assert set(REVIEWED) <= there, sorted(set(REVIEWED) - there)
    assert all(any(where.startswith(place) for where, _module in there) for place in LATE)


def test_the_picture_of_the_rooms_is_the_code():
    """`python3 docs/floors.py` writes it anew."""
    found = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "floors.py")
    drawn = importlib.util.module_from_spec(found)
    found.loader.exec_module(drawn)
    assert drawn.PICTURE.read_text(encoding="utf-8") == drawn.picture()


@pytest.mark.parametrize(
    ("arrows", "sizes"),
    [
        (["ab", "bc"], []),
        (["ab", "ba"], [2]),
        (["ab", "bc", "ca", "cd", "de", "ed"], [3, 2]),
        (["ab", "bc", "ca", "bd", "da", "ea"], [4]),
    ],
)
def test_circles_are_counted_whole(arrows, sizes):
    graph = grimp.ImportGraph()
    for one, other in arrows:
        graph.add_import(importer=one, imported=other)
    assert [len(circle) for circle in circles(graph)] == sizes


def test_imports_inside_functions_are_seen():
    text = "import base.a\ndef f():\n    from base import b\n    from base.c import d\n"
    assert set(late(text, {"base.b"})) == {"base.b", "base.c"}
