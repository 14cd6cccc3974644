"""Counts in words: of one thing no plural, nowhere "(s)", and thousands apart."""

from __future__ import annotations

import ast
import io
import re

from base.basics import catalogues, written
from base.basics.formats import counted
from base.desk.imports import command
from base.desk.imports.report import Report
from base.rules.modules.loading import discover
from base.upkeep import doctor
from tests.test_architecture import sources

NBSP = "\u00a0"
#: A word that follows a value as those that are counted do, and ends like their plural.
_PLURAL = re.compile(r"[ \u00a0]([a-zà-ÿœ’-]+[sx])\b")
#: These end so and count nothing.
_OTHERS = frozenset("alors après dans depuis dès moins plus puis sans sous vers".split())
_LEFT_OPEN = re.compile(r"[a-zà-ÿ]\((s|e|es|x|aux)\)")


def _is_constant(value):
    """Whether a value is a name in capitals, which is always as many."""
    name = value.id if isinstance(value, ast.Name) else getattr(value, "attr", "")
    return name.isupper()


def plurals(tree):
    """Line and word of each sentence that has a plural behind whatever number stands there."""
    # What is raised for developers is English.
    raised = {id(n) for r in ast.walk(tree) if isinstance(r, ast.Raise) for n in ast.walk(r)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr) or id(node) in raised:
            continue
        for value, text in zip(node.values, node.values[1:], strict=False):
            if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                word = _PLURAL.match(str(text.value))
                if word and word[1] not in _OTHERS and not _is_constant(value.value):
                    yield node.lineno, word[1]


def test_no_sentence_of_a_command_has_its_plural_whatever_it_counts():
    assert list(plurals(ast.parse('f"{len(x)} fichiers"'))) == [(1, "fichiers")]
    found = {
        f"{path}:{line}: {word}"
        for path, text in sources()
        for line, word in plurals(ast.parse(text))
    }
    assert found == set(), "counted(n, one, many) of base.basics.formats, or ngettext"


def test_no_sentence_leaves_its_plural_to_the_reader():
    folders = [manifest.path / "i18n" for manifest in discover()]
    said = [
        part
        for key in catalogues.read(folders, "en")
        for part in ((key,) if isinstance(key, str) else key)
    ]
    assert len(said) > 3000
    for path, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(node.value)
    assert [text for text in said if _LEFT_OPEN.search(text)] == []


def test_a_count_is_said_as_it_is():
    assert counted(0, "fichier", "fichiers") == "0 fichier"
    assert counted(1, "lien rompu", "liens rompus") == "1 lien rompu"
    assert counted(2, "fichier", "fichiers") == "2 fichiers"
    assert counted(12840, "ligne", "lignes") == f"12{NBSP}840 lignes"


def test_what_commands_print_of_one_thing_has_no_plural():
    assert doctor._links(1, ["a"]).sentence == f"1 lien rompu dans{NBSP}: a."
    assert doctor._links(2, ["a", "b"]).sentence == f"2 liens rompus dans{NBSP}: a, b."
    total = {
        **{"series": "PRM", "count": 1, "first_on": "2026-01-02", "last_on": "2026-01-02"},
        **{"min": 3, "max": 3, "unit_word": "kWh", "sum": None},
    }
    report = Report(kind="readings", file="c.csv", dry_run=True, applied=False, created=12840)
    report.errors = [{"row": n, "reason": "Faute."} for n in range(1, command.MAX_PRINTED + 2)]
    report.totals = [total]
    out = io.StringIO()
    command.print_report(report, as_json=False, out=out)
    lines = out.getvalue().splitlines()
    assert "… et 1 autre." in lines
    assert f"PRM{NBSP}: 1 valeur du 02/01/2026 au 02/01/2026, de 3 à 3 kWh." in lines
    assert f"créées{NBSP}: 12{NBSP}840, modifiées{NBSP}: 0," in lines[-1]


def test_the_bound_of_decimals_is_said_as_it_is():
    assert written.too_precise(0) == "Un nombre entier est attendu."
    assert written.too_precise(1) == "Au plus 1 décimale."
    assert written.too_precise(3) == "Au plus 3 décimales."
