"""The canvas: A4, IBM Plex embedded, written to the file page by page.

ReportLab keeps every page of a document until its end. Here a finished page is compressed and
written at once, so that ten thousand labels need no more memory than one sheet.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from base.basics.i18n import language
from base.papers.pdf import clean

# Nothing in a value can make ReportLab open an address.
rl_config.trustedSchemes = ["data"]
rl_config.trustedHosts = []

FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts" / "pdf"
SANS, SEMI, BOLD, MONO, MONO_MEDIUM = "Plex", "PlexSemi", "PlexBold", "PlexMono", "PlexMonoMedium"
_FILES = {
    SANS: "IBMPlexSans-Regular.ttf",
    SEMI: "IBMPlexSans-SemiBold.ttf",
    BOLD: "IBMPlexSans-Bold.ttf",
    MONO: "IBMPlexMono-Regular.ttf",
    MONO_MEDIUM: "IBMPlexMono-Medium.ttf",
}
#: Stands for a character that the typefaces lack (other scripts, pictures).
NO_SHAPE = "\ufffd"
_lock = threading.Lock()
_widths: dict[str, _Widths] = {}
_shapes: dict[str, _Shapes] = {}


class _Widths(dict[str, float]):
    """Width of one character at size 1."""

    def __init__(self, font: TTFont) -> None:
        super().__init__()
        self._of = font.face.charWidths
        self._default = font.face.defaultWidth

    def __missing__(self, char: str) -> float:
        self[char] = width = 0.001 * float(self._of.get(ord(char), self._default))
        return width


class _Shapes(dict[int, str]):
    """What is drawn for one character: itself, or the sign for "no shape"."""

    def __init__(self, font: TTFont) -> None:
        super().__init__()
        self._of = font.face.charToGlyph

    def __missing__(self, code: int) -> str:
        self[code] = shown = chr(code) if code in self._of else NO_SHAPE
        return shown


def fonts() -> None:
    """Register the typefaces once per process."""
    with _lock:
        for name, file in _FILES.items():
            if name not in _widths:
                font = TTFont(name, str(FOLDER / file))
                pdfmetrics.registerFont(font)
                _shapes[name] = _Shapes(font)
                _widths[name] = _Widths(font)


def shown(value: object, font: str) -> str:
    """The value as it is drawn: clean, with a sign where the typeface has no shape."""
    return clean(value).translate(_shapes[font])


def measure(text: str, font: str, size: float) -> float:
    """Width of clean text, in points."""
    return sum(map(_widths[font].__getitem__, text)) * size


def wrap(value: object, font: str, size: float, width: float, lines: int = 40) -> list[str]:
    """The value cut into lines of at most ``width`` points, words whole where they fit.

    A no-break space holds words together, a word wider than a line is cut, and what does not
    fit into ``lines`` lines ends with "…".
    """
    text = shown(value, font)
    if measure(text, font, size) <= width:
        return [text]
    made: list[str] = []
    for line in _lines(text, _widths[font], width / size):
        if len(made) == lines:
            made[-1] = shorten(made[-1] + "…" if made[-1] else "…", font, size, width)
            break
        made.append(line)
    return made


def _lines(text: str, widths: _Widths, limit: float) -> Iterator[str]:
    line, used = "", 0.0
    space = widths[" "]
    for word in text.split(" "):
        if not word:
            continue
        wide = sum(map(widths.__getitem__, word))
        if line and used + space + wide <= limit:
            line, used = f"{line} {word}", used + space + wide
            continue
        if line:
            yield line
            line, used = "", 0.0
        if wide <= limit:
            line, used = word, wide
            continue
        for char in word:
            step = widths[char]
            if line and used + step > limit:
                cut = line.rfind("-") + 1 or len(line)  # a hyphen is the better place
                yield line[:cut]
                line = line[cut:]
                used = sum(map(widths.__getitem__, line))
            line, used = line + char, used + step
    if line:
        yield line


def shorten(value: object, font: str, size: float, width: float) -> str:
    """The value on one line, its end replaced by "…" when it is too wide."""
    text = shown(value, font)
    widths, limit = _widths[font], width / size
    if sum(map(widths.__getitem__, text)) <= limit:
        return text
    used = widths["…"]
    for index, char in enumerate(text):
        used += widths[char]
        if used > limit:
            return text[:index].rstrip() + "…"
    return text


def whole(
    value: object, font: str, size: float, width: float, *, least: float
) -> tuple[float, list[str]]:
    """The value with nothing left out, for what tells one record from another: size and lines.

    It shrinks from ``size`` down to ``least`` while one line is not enough, then is cut into as
    many lines as it takes, after a hyphen, a slash or a point where there is one.
    """
    text = shown(value, font)
    wide = measure(text, font, 1)
    if wide * least <= width:
        return (size if wide * size <= width else width / wide), [text]
    widths, limit = _widths[font], width / least
    lines, line, used = [], "", 0.0
    for char in text:
        step = widths[char]
        if line and used + step > limit:
            cut = max(line.rfind(mark) for mark in "-/._ ") + 1 or len(line)
            lines.append(line[:cut])
            line = line[cut:]
            used = sum(map(widths.__getitem__, line))
        line, used = line + char, used + step
    return least, [*lines, line]


class Sheet(Canvas):  # type: ignore[misc]
    """An A4 document under way. The same calls give the same bytes.

    ``draw`` cleans what it is given and never reads markup.
    """

    def __init__(self, out: BinaryIO, *, title: str, author: str = "") -> None:
        fonts()
        super().__init__(
            out, pagesize=A4, pageCompression=1, invariant=1, pdfVersion=(1, 5), lang=language()
        )
        self.setTitle(clean(title))
        self.setAuthor(clean(author))
        self.setCreator("Ouvrage")
        self.pages = 0
        self._out = out
        self._offset = 0
        self._offsets: dict[str, int] = {}
        doc = self._doc
        doc.encrypt.prepare(doc)
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def draw(
        self, x: float, y: float, value: object, font: str, size: float, align: str = "left"
    ) -> None:
        """One line of text with its baseline at ``y``; ``x`` is its left, right or middle."""
        text = shown(value, font)
        if not text:
            return
        if align != "left":
            width = measure(text, font, size)
            x -= width if align == "right" else width / 2
        self.setFont(font, size)
        self.drawString(x, y, text)

    def operators(self, code: str) -> None:
        """Add drawing operators of one's own, complete in themselves."""
        self._code.append(code)

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        """Finish the page and write it out."""
        name = self._doc.thisPageName()
        super().showPage()
        self.pages += 1
        doc = self._doc
        page = doc.idToObject[name]
        stream = pdfdoc.PDFStream(content=zlib.compress(page.stream.encode("latin-1"), 6))
        stream.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
        stream.filters = ()
        page.Contents, page.stream = doc.Reference(stream), None
        self._emit(page.Contents.name)
        if page.XObjects is None:  # else it waits for drawings that are made at the end
            self._emit(name)
            doc.Pages.pages[-1] = pdfdoc.PDFObjectReference(name)

    def save(self) -> None:
        """Write what is left: fonts, the tree of pages, the table of contents of the file."""
        if self._code or not self.pages:
            self.showPage()
        doc = self._doc
        for font in doc.delayedFonts:
            font.addObjects(doc)
        doc.info.invariant = 1
        doc.Reference(doc.Catalog)
        doc.Reference(doc.info)
        doc.Outlines.prepare(doc, self)
        if doc.Outlines.ready < 0:
            doc.Catalog.Outlines = None
        number = 0
        while (number := number + 1) in doc.numberToId:  # writing one may add others
            if (name := doc.numberToId[number]) not in self._offsets:
                self._emit(name)
        start = self._offset
        offsets = [self._offsets[doc.numberToId[n]] for n in range(1, number)]
        rows = [b"%010d 00000 n \n" % offset for offset in offsets]
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % number + b"".join(rows))
        trailer = pdfdoc.PDFTrailer(
            startxref=start,
            Size=number,
            Root=doc.Reference(doc.Catalog),
            Info=doc.Reference(doc.info),
            ID=doc.ID(),
        )
        self._write(trailer.format(doc))

    def _emit(self, name: str) -> None:
        """Write one object of the file now and forget what it held."""
        doc = self._doc
        written = pdfdoc.PDFIndirectObject(name, doc.idToObject[name]).format(doc)
        self._offsets[name] = self._offset
        self._write(written)
        doc.idToObject[name] = None

    def _write(self, data: Any) -> None:
        data = pdfdoc.pdfdocEnc(data)
        self._out.write(data)
        self._offset += len(data)
