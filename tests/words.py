"""What no reader should see: names of columns, values of lists, foreign words, raw numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from base.basics.catalogues import read
from base.rules.modules.loading import discover

#: What people read of a page beside the text of its elements.
SHOWN = frozenset({"title", "alt", "placeholder", "aria-label", "aria-description"})
#: Elements whose text is for programs, or as a file has it.
_DEAF = frozenset({"script", "style", "svg", "pre", "code", "textarea"})
_VOID = frozenset({"input", "img", "br", "hr", "link", "meta"})
#: Where one text says several things.
_PIECES = re.compile(r" · |, |\u00a0: |: |\u00a0; |; | → |\n")
#: Numbers and names that have a point by themselves.
_POINTED = re.compile(r"ZUGFeRD 1\.0|\bv?\d+\.\d+\.\d[\d.]*")
_FRENCH_BLANKS = re.compile(r"(?<=\S) [:;?!»](?![\w/])|« ")
_ENGLISH = re.compile(
    r"\b(?:the|and|with|your|this|that|are|is|of|Settings|Search|Show|List|Record|Id|Add|Edit)\b"
)
_FRENCH = re.compile(r"\b(?:le|la|les|des|du|une|est|et|pour|avec|dans|sur|par|oui|non)\b|[«»]")
_KNOWN_CODES = re.compile(r"\b(?:KWH|MON|MTQ|KVA1|GO/EL|en16931|EN16931)\b")


class Texts(HTMLParser):
    """The texts that a page shows, one for each element or attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._deaf: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        coded = "ov-code" in (given.get("class") or "").split() and tag not in _VOID
        if tag in _DEAF or coded:
            self._deaf.append(tag)
        elif self._deaf and tag == self._deaf[-1]:
            self._deaf.append(tag)
        self.found += [value for name, value in attrs if name in SHOWN and value]
        if tag == "input" and given.get("type") == "submit" and given.get("value"):
            self.found.append(given["value"])

    def handle_endtag(self, tag: str) -> None:
        if self._deaf and tag == self._deaf[-1]:
            self._deaf.pop()

    def handle_data(self, data: str) -> None:
        if not self._deaf and data.strip():
            # A line of the source is no line of the page; a no-break space stays one.
            self.found.append(re.sub(r"[ \n\t]+", " ", data).strip(" "))


def texts_of(page: str) -> list[str]:
    """The texts that a page shows."""
    parser = Texts()
    parser.feed(page)
    return parser.found


def _humanised(name: str) -> str:
    """A name as FAB makes English of it: "Tag Report Id"."""
    return " ".join(part.capitalize() for part in name.split("_"))


class Reader:
    """What somebody who reads one language sees as a fault."""

    def __init__(self, language: str, own: Any = ()) -> None:
        from base.store.choice import Choice
        from base.store.database import Model

        self.language = language
        self.own = frozenset(own)
        names = {a.key for m in Model.registry.mappers for a in m.column_attrs if "_" in a.key}
        told = [*names, *(_humanised(name) for name in names)]
        self._raw = re.compile(r"\b(?:" + "|".join(sorted(told, key=len, reverse=True)) + r")\b")
        sentences = read([manifest.path / "i18n" for manifest in discover()], "en")
        pairs = [(f, e) for f, e in sentences.items() if isinstance(f, str)]
        french, english = {f for f, _e in pairs}, {e for _f, e in pairs}
        self._foreign = english - french if language == "fr" else french - english
        words = {str(member.word) for kind in _below(Choice) for member in kind}
        words |= {word[:1].lower() + word[1:] for word in words}
        self._values = {str(m.value) for kind in _below(Choice) for m in kind} - words - self.own
        # The values are English: of one word they are words there.
        self._values = {v for v in self._values if len(v) > 1 and ("_" in v or language == "fr")}
        self._wrong = dict(_plurals(sentences, language))

    def faults(self, text: str) -> Iterator[str]:
        """What is wrong in a text."""
        # A choice of categories says the kind before the name.
        if text in self.own or text.rpartition("· ")[2].strip() in self.own:
            return
        if found := self._raw.search(text):
            yield f"name of a column {found[0]!r}"
        if found := _KNOWN_CODES.search(text):
            yield f"code {found[0]!r}"
        for piece in _PIECES.split(text):
            if piece.strip() in self._values:
                yield f"value of a list {piece.strip()!r}"
        if re.search(r"\b\d{4}-\d\d-\d\d(?!\d)", text):
            yield "ISO day"
        if text in self._foreign:
            yield "other language"
        if self.language == "fr":
            if re.search(r"(?<![\w.,/-])\d+\.\d+(?![\w.])", _POINTED.sub("", text)):
                yield "number with a point"
            if _FRENCH_BLANKS.search(text):
                yield "plain space"
            if found := _ENGLISH.search(text):
                yield f"English {found[0]!r}"
        elif found := _FRENCH.search(text):
            yield f"French {found[0]!r}"
        for number, noun in re.findall(r"(?<!RFC )\b(\d[\d\u00a0]*) ((?:[^\W\d]|[’-])+)", text):
            one = int(number.replace("\u00a0", "")) in ((0, 1) if self.language == "fr" else (1,))
            if self._wrong.get(noun) == ("many" if one else "one"):
                yield f"plural {number} {noun}"
        if re.search(r"[a-zé]\((?:s|e|es)\)", text):
            yield "plural in brackets"


def _below(kind: Any) -> Iterator[Any]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _plurals(sentences: Any, language: str) -> Iterator[tuple[str, str]]:
    """Noun after a count -> whether it is the form of one or of many, where the two differ."""
    ones, manys = set(), set()
    for source, told in sentences.items():
        if isinstance(source, tuple):
            forms = source if language == "fr" else told
            found = [re.match(r"%\((?:num|n)\)[ds] ((?:[^\W\d]|[’-])+)", form) for form in forms]
            if all(found):
                ones.add(found[0][1])
                manys.add(found[1][1])
    yield from ((noun, "one") for noun in ones - manys)
    yield from ((noun, "many") for noun in manys - ones)
