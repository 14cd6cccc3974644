"""Writes ``base/static/made/light.css``: of all styles, those of pages that open on a weak network.

The page behind a tag, for strangers and for agents, and the page that follows a report: what is
read after a scan, on a telephone, often for the first time. Run it when a style sheet or one of
these templates changes; a test says so::

    python3 docs/light_css.py

A rule stays when every class of its selector stands in the templates and scripts named here, and
a custom property when a rule that stays reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "base" / "static"
TARGET = STATIC / "made" / "light.css"
SHEETS = (
    STATIC / "vendor" / "tabler" / "tabler.min.css",
    STATIC / "ouvrage.css",
    ROOT / "patrimoine" / "static" / "patrimoine" / "public.css",
    ROOT / "interventions" / "static" / "interventions" / "interventions.css",
)
#: Pages and scripts whose classes count, with all that these pages extend or include.
PAGES = (
    "base/templates/ov/light.html",
    "base/static/js/keep.js",
    "patrimoine/templates/patrimoine/tag_agent.html",
    "patrimoine/templates/patrimoine/tag_public.html",
    "interventions/templates/interventions/follow.html",
)
#: Of the macros for states, icons and skipping to the content.
CLASSES = frozenset(
    "ov-i ov-i-s ov-i-l ov-st ov-st-plan ov-st-run ov-st-ok ov-st-late ov-st-idle ov-skip "
    "ov-fg-late ov-fg-run ov-fg-ok ov-fg-plan ov-busy visually-hidden ov-sr".split()
)
ELEMENTS = frozenset(
    "html body a abbr b button canvas dd div dl dt form h1 h2 h3 header input label li main nav "
    "ol optgroup p section small span strong svg textarea ul use symbol path".split()
)
#: What a template is made of besides its macros: both sides of a condition count.
_PART = re.compile(r"\{%-?\s*(?:extends|include)\s(.*?)%\}", re.S)
_BOM = "\ufeff"
_FONTS = """@font-face {
  font-family: "Plex Sans";
  font-weight: 400;
  font-display: swap;
  src: url("../fonts/plain-sans-400.woff2") format("woff2");
}
@font-face {
  font-family: "Plex Sans";
  font-weight: 500 700;
  font-display: swap;
  src: url("../fonts/plain-sans-600.woff2") format("woff2");
}
"""


class Rule(NamedTuple):
    """One block of a sheet: what stands before its brace, and within it."""

    head: str
    body: str
    #: Blocks within it, of a condition.
    inner: tuple[Rule, ...] = ()


def rules(text: str) -> Iterator[Rule]:
    """The blocks of a sheet without comments, in order; statements without one are left out."""
    at = 0
    while (brace := text.find("{", at)) >= 0:
        head = text[at:brace].rpartition(";")[2].strip()
        depth, end = 1, brace + 1
        while depth:
            sign = text[end]
            depth += (sign == "{") - (sign == "}")
            end += 1
        body = text[brace + 1 : end - 1]
        if head.startswith(("@media", "@supports")):
            yield Rule(head, "", tuple(rules(body)))
        else:
            yield Rule(head, body.strip())
        at = end


def pages() -> dict[Path, str]:
    """The pages and what they extend or include, with their texts."""
    found: dict[Path, str] = {}
    waiting = [ROOT / name for name in PAGES]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_text(encoding="utf-8")
            for part in _PART.findall(found[path]):
                names = re.findall(r'"([^"]+\.html)"', part)
                waiting += [one for name in names for one in ROOT.glob(f"*/templates/{name}")]
    return found


def classes() -> frozenset[str]:
    """The words of the pages that may be a class."""
    words = set(CLASSES)
    for text in pages().values():
        words.update(re.findall(r"[A-Za-z][\w-]*", text))
    return frozenset(words)


def fits(selector: str, known: frozenset[str]) -> bool:
    """Whether something on the pages may be what a selector speaks of."""
    plain = re.sub(r":not\([^)]*\)|\[[^\]]*\]|::?[a-z-]+(\([^)]*\))?", " ", selector)
    if not all(name in known for name in re.findall(r"\.([\w-]+)", plain)):
        return False
    if re.findall(r"#([\w-]+)", plain):
        return False
    elements = re.findall(r"(?<![\w.#-])([a-z][\w-]*)", plain)
    return all(name in ELEMENTS for name in elements)


def kept(rule: Rule, known: frozenset[str]) -> Rule | None:
    """The rule, or what of it may count on the pages."""
    if rule.inner:
        if "print" in rule.head or "prefers-contrast" in rule.head:
            return None
        inner = tuple(part for one in rule.inner if (part := kept(one, known)))
        return Rule(rule.head, "", inner) if inner else None
    if rule.head.startswith("@font-face") or not rule.body:
        return None
    if rule.head.startswith("@"):
        return rule  # keyframes: left out below when nothing moves so
    heads = [part.strip() for part in split(rule.head)]
    left = [part for part in heads if fits(part, known)]
    return Rule(",".join(left), rule.body) if left else None


def split(head: str) -> list[str]:
    """The selectors of a list, whose own brackets may hold commas."""
    parts, depth = [""], 0
    for sign in head:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def declarations(body: str) -> list[tuple[str, str]]:
    """Property and value of a block; addresses and texts may hold semicolons."""
    parts, depth, quote = [""], 0, ""
    for sign in body:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign == "(") - (sign == ")")
        if sign == ";" and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    pairs = [part.partition(":") for part in parts if part.strip()]
    return [(name.strip(), re.sub(r"\s+", " ", value.strip())) for name, _colon, value in pairs]


def flat(found: list[Rule]) -> Iterator[Rule]:
    """All blocks with declarations."""
    for rule in found:
        yield from flat(list(rule.inner)) if rule.inner else iter((rule,))


def read_by(found: list[Rule]) -> frozenset[str]:
    """The custom properties that count: those read by others only count with them."""
    direct: set[str] = set()
    through: dict[str, set[str]] = {}
    for rule in flat(found):
        for name, value in declarations(rule.body):
            names = set(re.findall(r"var\(\s*(--[\w-]+)", value))
            if name.startswith("--"):
                through.setdefault(name, set()).update(names)
            else:
                direct |= names
    wanted: set[str] = set()
    while direct - wanted:
        new = direct - wanted
        wanted |= new
        direct = {name for one in new for name in through.get(one, ())}
    return frozenset(wanted)


def written(rule: Rule, properties: frozenset[str], moves: frozenset[str]) -> str:
    """A rule as it is sent; nothing of one of which nothing counts."""
    if rule.inner:
        inner = "".join(written(one, properties, moves) for one in rule.inner)
        return f"{rule.head}{{{inner}}}\n" if inner else ""
    if rule.head.startswith("@"):
        name = rule.head.split()[-1]
        body = re.sub(r"\s+", " ", rule.body)
        return f"{rule.head}{{{body}}}\n" if name in moves else ""
    said = [
        f"{name}:{value}"
        for name, value in declarations(rule.body)
        if not name.startswith("--") or name in properties
    ]
    head = re.sub(r"\s+", " ", rule.head)
    return f"{head}{{{';'.join(said)}}}\n" if said else ""


def sheet() -> str:
    """The style sheet of the light pages."""
    known = classes()
    found: list[Rule] = []
    for path in SHEETS:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8").lstrip(_BOM), flags=re.S)
        text = re.sub(r"@(charset|import)[^;]*;", "", text)
        found += [part for rule in rules(text) if (part := kept(rule, known))]
    properties = read_by(found)
    moves = frozenset(
        word
        for rule in flat(found)
        for name, value in declarations(rule.body)
        if name in ("animation", "animation-name")
        for word in value.split()
    )
    said = "".join(written(rule, properties, moves) for rule in found)
    return f"/* Written by docs/light_css.py. */\n{_FONTS}{said}"


if __name__ == "__main__":
    TARGET.write_text(sheet(), encoding="utf-8")
