"""The catalogues say everything the modules say, in English, with the same values in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import config
from base.basics.catalogues import load, po_file, read
from base.processes.cli import translations
from base.rules.modules.loading import discover

MODULES = [manifest.path for manifest in discover()]
NAMES = [path.name for path in MODULES]
_VALUE = re.compile(r"%\((\w+)\)[sd]|(%%)|\{(\w+)\}")


def _values(sentence: str) -> list[str]:
    return sorted("".join(found) for found in _VALUE.findall(sentence))


def _messages(folder: Path) -> list:
    file = po_file(folder / "i18n", "en")
    return [m for m in load(file, "en") if m.id] if file.exists() else []


@pytest.mark.parametrize("folder", MODULES, ids=NAMES)
def test_every_sentence_of_a_module_is_in_its_catalogue_and_translated(folder):
    said = {m.id for m in translations.extract(folder) if m.id}
    told = {m.id for m in _messages(folder)}
    assert said - told == set(), "run « run.py i18n », then translate"
    assert told - said == set(), "no longer said: run « run.py i18n »"
    waiting = [m.id for m in _messages(folder) if m.fuzzy or not translations.is_translated(m)]
    assert waiting == []
    assert not list(load(po_file(folder / "i18n", "en"), "en").obsolete) if told else True


@pytest.mark.parametrize("folder", MODULES, ids=NAMES)
def test_a_translation_carries_the_values_of_its_sentence(folder):
    wrong = []
    for message in _messages(folder):
        if isinstance(message.id, str):
            pairs = [(message.id, message.string)]
        else:
            # A form may leave the number out ("one record"), but can ask for no other value.
            one, many = message.string
            pairs = [(message.id[1], many)]
            if not set(_values(one)) <= set(_values(message.id[1])):
                wrong.append((message.id, one))
        wrong += [(source, told) for source, told in pairs if _values(source) != _values(told)]
        for source, told in pairs:
            if (source[:1] == " ", source[-1:] == " ") != (told[:1] == " ", told[-1:] == " ") and (
                not source.startswith((" :", " ;"))
            ):
                wrong.append((source, told))
    assert wrong == []


def test_a_sentence_has_one_translation_everywhere():
    told: dict = {}
    for folder in MODULES:
        for message in _messages(folder):
            key = message.id if isinstance(message.id, str) else tuple(message.id)
            told.setdefault(key, set()).add(str(message.string))
    assert {key: words for key, words in told.items() if len(words) > 1} == {}


def test_the_english_is_written_as_english_is():
    """No accents, guillemets, blanks before a colon: what a hurried translation leaves."""
    left = re.compile(r"[àâäéèêëîïôöùûüçœÀÂÉÈÊÇŒ«»\u202f]| [:;?!](?: |$)")
    wrong = [
        told
        for folder in MODULES
        for message in _messages(folder)
        for told in ([message.string] if isinstance(message.string, str) else message.string)
        if left.search(told) and told != ": "
    ]
    assert wrong == []


def _at_import(tree: ast.Module) -> list[int]:
    """Lines where a sentence is said while a module is read: it would stay French for ever."""
    found: list[int] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
                if part is not None:
                    visit(part)
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("_", "ngettext", "gettext"):
                found.append(node.lineno)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return found


def test_what_is_declared_is_translated_when_shown():
    wrong = {
        f"{file.relative_to(config.ROOT)}:{line}"
        for folder in MODULES
        for file in sorted(folder.rglob("*.py"))
        for line in _at_import(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert wrong == set(), "use _l for what is declared before any request"


def test_a_module_dropped_in_brings_its_own_words_and_changes_nobody_elses(tmp_path):
    place = po_file(tmp_path / "parks" / "i18n", "en")
    place.parent.mkdir(parents=True)
    place.write_text(
        'msgid "Nouvel arbre"\nmsgstr "New tree"\n\n'
        'msgid "%(num)d arbre"\nmsgid_plural "%(num)d arbres"\n'
        'msgstr[0] "%(num)d tree"\nmsgstr[1] "%(num)d trees"\n\n'
        '#, fuzzy\nmsgid "Essence"\nmsgstr "Petrol"\n\nmsgid "Âge"\nmsgstr ""\n',
        encoding="utf-8",
    )
    other = po_file(tmp_path / "later" / "i18n", "en")
    other.parent.mkdir(parents=True)
    other.write_text('msgid "Nouvel arbre"\nmsgstr "New graph"\n', encoding="utf-8")
    folders = [tmp_path / name / "i18n" for name in ("parks", "later", "none")]
    assert read(folders, "en") == {
        "Nouvel arbre": "New tree",
        ("%(num)d arbre", "%(num)d arbres"): ("%(num)d tree", "%(num)d trees"),
    }


def test_the_command_takes_new_sentences_in_and_old_ones_out(tmp_path):
    folder = tmp_path / "parks"
    folder.mkdir()
    code = folder / "views.py"
    code.write_text('a = _l("Arbre")\nb = _l("Haie")\n', encoding="utf-8")
    assert translations.update([folder]) == {"parks": (2, 2)}
    file = po_file(folder / "i18n", "en")
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            'msgid "Arbre"\nmsgstr ""', 'msgid "Arbre"\nmsgstr "Tree"'
        ),
        encoding="utf-8",
    )
    code.write_text('a = _l("Arbre")\nc = _l("Banc")\n', encoding="utf-8")
    assert translations.update([folder]) == {"parks": (2, 1)}
    assert read([folder / "i18n"], "en") == {"Arbre": "Tree"}
    before = file.read_bytes()
    translations.update([folder])
    assert file.read_bytes() == before and b"Haie" not in before
    other = tmp_path / "gardens"
    other.mkdir()
    (other / "views.py").write_text('a = _l("Arbre")\n', encoding="utf-8")
    assert translations.update([folder, other])["gardens"] == (1, 0), "taken from the other"
