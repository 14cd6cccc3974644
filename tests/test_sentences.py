"""What people read is translated: in templates and in the rooms of screens."""

from __future__ import annotations

import ast
import re

from tests.test_architecture import sources

#: Two letters in a row that a person would read, outside tags and expressions.
_WORDS = re.compile(r"[A-Za-zÀ-ÿ]{2,}")


_UNITS = {
    "kWh",
    "ht",
    "ttc",
    "HT",
    "TTC",
    "CSV",
    "XLSX",
    "PDF",
    "QR",
    "Ouvrage",
    "kW",
    "Ctrl",
    "px",
    "GPS",
    "Redis",
    "FAB",
    "PRM",
    "Mo",
    "Ko",
    "SIRET",
    "SIREN",
}


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


#: Rooms and files whose sentences people see.
_SHOWN = re.compile(r"(views|api|imports|.*_pages\.py|services|documents|jobs)")
#: Calls whose texts a person never reads, or reads from a terminal in French only.
_QUIET = ("cli", "commands", "doctor", "supervisor", "demonstration", "config", "run.py")


def test_french_sentences_of_screens_are_wrapped():
    """In the rooms people see, a French literal stands inside _(), _l() or ngettext()."""
    wrong = []
    for where, text in sources():
        rooms = where.split("/")[1:]
        room = rooms[0] if rooms else where
        if not any(_SHOWN.match(name) for name in rooms):
            continue
        if any(q in where for q in _QUIET):
            continue
        tree = ast.parse(text)
        inside = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                if name in (
                    "_",
                    "_l",
                    "ngettext",
                    "counted_line",
                    "lazy_gettext",
                    "compile",
                    "getLogger",
                    "info",
                    "warning",
                    "error",
                    "exception",
                ):
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
    "base/engine/redis_server.py": "of the installation: read in a terminal",
    "base/engine/jobs/execution.py": "kept in the job's row, in the language of the authority",
    **dict.fromkeys(
        (
            "base/desk/imports/partners.py",
            "patrimoine/imports/columns.py",
            "energie/imports/grdf.py",
            "energie/imports/meters.py",
            "energie/imports/recognise.py",
            "interventions/imports/agents.py",
            "interventions/imports/stock.py",
            "interventions/imports/work_orders.py",
        ),
        "heads of columns and names of flows, as files write them",
    ),
}
