"""How templates, style sheets and scripts are laid out: what no formatter checks for us."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from config import ROOT

#: Characters of the longest line; what is written by hand aims at 100.
LONGEST = 160
#: Tags that stand for a box of their own: each begins its line. Tags within a text stay in it, for
#: a line break there would be a space on the page.
BOXES = (
    "address|article|aside|blockquote|body|caption|col|colgroup|dd|details|dialog|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|legend|li|main|nav|ol|"
    "optgroup|option|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_OPENS = re.compile(rf"<(?:{BOXES})\b")
_CLOSES = re.compile(rf"</(?:{BOXES})\b")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
#: What may hold a semicolon in a style sheet without ending a declaration.
_WHOLE = re.compile(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'|url\([^)]*\)")


def modules() -> list[Path]:
    """The folders of the modules that are here, those dropped in too."""
    return sorted(manifest.parent for manifest in ROOT.glob("*/__manifest__.py"))


def templates() -> list[Path]:
    """Every template of every module."""
    return [file for m in modules() for file in sorted(m.glob("templates/**/*.html"))]


def served(ending: str) -> list[Path]:
    """Our own files of this ending that browsers get: ``js`` or ``css``, none vendored or made."""
    found = [file for m in modules() for file in sorted(m.glob(f"static/**/*.{ending}"))]
    return [file for file in found if not {"vendor", "made"} & {*file.parts}]


def faults_of(text: str, kind: str) -> Iterator[tuple[int, str]]:
    """Line and fault of what is not laid out as it should be; ``kind`` is html, css or js."""
    if kind == "html":
        text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST:
            yield number, f"{LONGEST} caractères au plus, et non {len(line)}"
        if kind == "css":
            said = _WHOLE.sub("", line)
            if said.count(";") > 1 or re.search(r"\{.*[;{]", said):
                yield number, "deux déclarations sur une ligne"
        if kind != "html":
            continue
        opened = [match.start() for match in _OPENS.finditer(line)]
        if len(opened) > 1 or len(_CLOSES.findall(line)) > 1:
            yield number, "deux blocs sur une ligne"
        elif opened and line[: opened[0]].strip():
            yield number, "un bloc commence sa ligne"


def faults(files: Iterable[Path]) -> list[str]:
    """``file:line: fault`` for every fault of these files."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {fault}"
        for file in files
        for number, fault in faults_of(file.read_text(encoding="utf-8"), file.suffix[1:])
    ]
