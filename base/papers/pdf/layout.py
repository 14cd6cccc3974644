"""The look of a document: head and foot, title block, figures, chart, tables that break.

Everything is placed from the top down by one cursor. Tables take their rows from an iterator,
one at a time, so that a hundred thousand lines need no more memory than a page.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from base.basics.formats import number, round_step
from base.basics.i18n import _
from base.papers.pdf import clean, qr
from base.papers.pdf.page import (
    INK,
    INK_2,
    INK_3,
    LINE,
    LINE_STRONG,
    MARGIN,
    PAGE_WIDTH,
    WIDTH,
    Page,
)
from base.papers.pdf.sheet import BOLD, MONO, MONO_MEDIUM, SANS, SEMI, measure, shorten, whole, wrap
from base.papers.pdf.table import Head, Row, table

#: The five colours of cost natures, in their fixed order.
SERIES = ("#0f5d6e", "#4f93a2", "#9cc4cb", "#7d7765", "#c6beaa")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the title block; it takes ``span`` of the three columns."""

    label: str
    value: str
    span: int = 1
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar of a chart."""

    label: str
    parts: Sequence[Decimal]


class Paper(Page):
    """A document of titles, blocks and tables."""

    def title(self, subtitle: str = "") -> None:
        """The document's title in large, and what it is about."""
        for line in wrap(self._title, SEMI, 22, WIDTH, 3):
            self.y -= 22
            self.text(MARGIN, self.y, line, SEMI, 22)
            self.y -= 4
        self.y -= 2
        for line in wrap(subtitle, SANS, 10.5, WIDTH, 3) if subtitle else ():
            self.y -= 11
            self.text(MARGIN, self.y, line, SANS, 10.5, INK_2)
            self.y -= 3
        self.y -= 10

    def heading(self, text: str, after: float = 80) -> None:
        """A section's title, never alone at the foot of a page."""
        self.room(26 + after)
        self.y -= 19
        self.text(MARGIN, self.y, shorten(text, SEMI, 10.9, WIDTH), SEMI, 10.9)
        self.y -= 7

    def cartouche(
        self, cells: Sequence[Cell], address: str = "", code: str = "", caption: str = ""
    ) -> None:
        """The title block: cells on three columns, the QR code of ``address`` at the right.

        ``caption`` says what the code opens: a page that verifies the document, unless said.
        """
        aside = 112.0 if address else 0.0
        wide = WIDTH - aside
        columns = (wide * 0.29, wide * 0.38, wide * 0.33)
        rows = _packed(cells, columns)
        line = 28.5
        height = max(line * len(rows), 118.0 if address else 0)
        line = height / max(1, len(rows))
        self.room(height + 10)
        top = self.y
        for index, row in enumerate(rows):
            x, at, low = MARGIN, 0, top - (index + 1) * line
            for position, cell in enumerate(row):
                last = position == len(row) - 1
                span = 3 - at if last else cell.span
                width = sum(columns[at : at + span])
                at += span
                room = width - 15
                middle = low + line / 2
                label = shorten(cell.label, SANS, 7.8, room)
                self.text(x + 7.5, middle + 3.6, label, SANS, 7.8, INK_3)
                if cell.mono:  # a number of the register: none of its characters is left out
                    size, lines = whole(cell.value, MONO_MEDIUM, 9.2, room, least=6.0)
                    for n, value in enumerate(lines):
                        low_line = middle - 8.4 + (len(lines) - 1) * 1.5 - n * size
                        self.text(x + 7.5, low_line, value, MONO_MEDIUM, size)
                else:
                    size = 9.2
                    while size > 7 and measure(clean(cell.value), SEMI, size) > room:
                        size -= 0.3
                    self.text(
                        x + 7.5, middle - 8.4, shorten(cell.value, SEMI, size, room), SEMI, size
                    )
                x += width
                if not last:
                    self.line(x, low, x, low + line, LINE_STRONG, 0.6)
            if index < len(rows) - 1:
                self.line(MARGIN, low, MARGIN + wide, low, LINE_STRONG, 0.6)
        self.box(MARGIN, top - height, WIDTH, height)
        if address:
            left = MARGIN + wide
            self.line(left, top - height, left, top, INK, 0.8)
            side = 88.0
            self.sheet.operators(qr.path(address, left + (aside - side) / 2, top - side + 1, side))
            middle = left + aside / 2
            words = caption or _("Vérifier ce document")
            self.text(middle, top - side - 6, words, SANS, 7.8, INK_2, "center")
            self.text(middle, top - side - 17, code, MONO, 7.4, INK_2, "center")
        self.y = top - height - 14

    def figures(self, items: Sequence[tuple[str, str]], links: Sequence[str] = ()) -> None:
        """Up to four main figures, the first one largest, each over what it counts.

        ``links`` are the addresses that they open, if any.
        """
        if not items:
            return
        self.room(48)
        shares = [1.35] + [1.0] * (len(items) - 1)
        unit, x = WIDTH / max(sum(shares), 4.35), MARGIN
        for index, (value, caption) in enumerate(items):
            width = unit * shares[index]
            inset = 11 if index else 0
            room = width - inset - 8
            size = 13.5 if index else 20.0
            while size > 8 and measure(clean(value), SEMI, size) > room:
                size -= 0.5
            if index:
                self.line(x, self.y - 38, x, self.y, LINE_STRONG, 0.8)
            link = links[index] if links else ""
            text = shorten(value, SEMI, size, room)
            self.text(x + inset, self.y - 17, text, SEMI, size, link=link)
            for part, line in enumerate(wrap(caption, SANS, 8.4, room, 2)):
                self.text(x + inset, self.y - 29 - part * 9.6, line, SANS, 8.4, INK_2)
            x += width
        self.y -= 46

    def paragraph(
        self, text: str, *, lead: str = "", width: float = WIDTH, size: float = 8.6
    ) -> None:
        """A paragraph, its first words in bold."""
        for line in _mixed(lead, text, size, width):
            self.room(size * 1.45)
            self.y -= size * 1.45
            x = MARGIN
            for font, part in line:
                self.text(x, self.y, part, font, size, INK if font == BOLD else "#30393c")
                x += measure(part, font, size)
        self.y -= 6

    def chart(self, title: str, unit: str, series: Sequence[str], bars: Sequence[Bar]) -> None:
        """Stacked bars in thousands of ``unit``; a table beside it must give the same values."""
        if not bars:
            return
        tallest = max(sum((p for p in bar.parts if p > 0), Decimal(0)) for bar in bars)
        if tallest <= 0:
            return
        self.room(196)
        self.y -= 19
        self.text(MARGIN, self.y, shorten(title, SEMI, 10.9, WIDTH / 2.6), SEMI, 10.9)
        x = PAGE_WIDTH - MARGIN
        for index in reversed(range(len(series))):
            name = shorten(series[index], SANS, 8.4, 90)
            x -= measure(name, SANS, 8.4)
            self.text(x, self.y + 1, name, SANS, 8.4, INK_2)
            x -= 8.5
            self.fill(x, self.y + 1, 5.5, 5.5, SERIES[index % len(SERIES)])
            x -= 7
        thousands = tallest >= 10_000
        scale = Decimal(1000) if thousands else Decimal(1)
        step = round_step(tallest / scale)
        top_value = step * (tallest / scale / step).to_integral_value(ROUND_CEILING)
        self.y -= 20
        self.text(MARGIN, self.y, f"k{unit}" if thousands else unit, SANS, 8.4, INK_2)
        high, left = 112.0, MARGIN + 27
        base = self.y - 12 - high
        value = Decimal(0)
        while value <= top_value:
            y = base + high * float(value / top_value)
            self.line(left, y, PAGE_WIDTH - MARGIN, y, LINE if value else LINE_STRONG, 0.7)
            self.text(left - 7, y - 3, number(value), SANS, 8.4, INK_2, "right")
            value += step
        slot = (PAGE_WIDTH - MARGIN - left) / len(bars)
        wide = min(43.0, slot * 0.46)
        for index, bar in enumerate(bars):
            middle, y = left + (index + 0.5) * slot, base
            for part, colour in zip(bar.parts, _cycle(SERIES), strict=False):
                tall = high * float(max(part, Decimal(0)) / scale / top_value)
                if tall > 0:
                    self.fill(middle - wide / 2, y, wide, max(tall - 0.75, 0.2), colour)
                    y += tall
            total = sum(bar.parts, Decimal(0)) / scale
            shown = number(total, 1 if thousands else 0)
            self.text(middle, y + 4, shown, SEMI, 8.4, INK, "center")
            for row, line in enumerate(wrap(bar.label, SANS, 8.2, slot - 4, 2)):
                self.text(middle, base - 12 - row * 9.4, line, SANS, 8.2, INK_2, "center")
        self.y = base - 30

    def note(self, text: str) -> None:
        """A remark in small under a table."""
        self.y -= 3
        for line in wrap(text, SANS, 8.1, WIDTH):
            self.room(11)
            self.y -= 11
            self.text(MARGIN, self.y, line, SANS, 8.1, INK_2)
        self.y -= 4

    def signature(
        self, lead: str, text: str, caption: str, name: str = "", picture: bytes | None = None
    ) -> None:
        """What the document affirms, beside the box where it is signed, or was: ``picture``."""
        self.room(84)
        self.y -= 8
        top, wide = self.y, WIDTH * 0.575
        self.paragraph(text, lead=lead, width=wide)
        low = min(self.y, top - 66)
        left = MARGIN + WIDTH * 0.612
        self.box(left, top - 63, PAGE_WIDTH - MARGIN - left, 63)
        room = PAGE_WIDTH - MARGIN - left - 16
        self.text(left + 8, top - 15, shorten(caption, SANS, 8.6, room), SANS, 8.6)
        self.text(left + 8, top - 27, shorten(name, SANS, 8.6, room), SANS, 8.6, INK_2)
        if picture is not None:
            self.picture(picture, left + 8, top - 61, room, 31)
        self.y = low

    def picture(self, data: bytes, x: float, y: float, width: float, height: float) -> float:
        """A PNG or JPEG as large as the frame lets it be, from its lower left; its width."""
        from reportlab.lib.utils import ImageReader

        image = ImageReader(io.BytesIO(data))
        wide, tall = image.getSize()
        scale = min(width / wide, height / tall)
        self.sheet.drawImage(image, x, y, wide * scale, tall * scale)
        return float(wide * scale)

    def pictures(self, shots: Sequence[tuple[bytes, str]], height: float = 150) -> None:
        """Pictures two by two, each over its caption."""
        half = (WIDTH - 14) / 2
        for first in range(0, len(shots), 2):
            self.room(height + 22)
            self.y -= height + 4
            for column, (data, caption) in enumerate(shots[first : first + 2]):
                x = MARGIN + column * (half + 14)
                self.picture(data, x, self.y, half, height)
                self.text(x, self.y - 11, shorten(caption, SANS, 8.1, half), SANS, 8.1, INK_2)
            self.y -= 20

    def table(
        self,
        heads: Sequence[Head],
        rows: Iterable[Row],
        total: Sequence[str] | None = None,
        total_links: Sequence[str] = (),
        *,
        dense: bool = False,
    ) -> None:
        """A table whose head is repeated on each page it goes on to; ``dense`` is small."""
        table(self, heads, rows, total, total_links, dense=dense)


def _packed(cells: Sequence[Cell], columns: Sequence[float]) -> list[list[Cell]]:
    """The cells in rows of three columns, each over as many as its words need."""
    rows: list[list[Cell]] = []
    used = 3
    for cell in cells:
        need = 0.0 if cell.mono else measure(clean(cell.value), SEMI, 9.2) + 15
        span = _span(cell, need, columns[used:])
        if used + span > 3:
            rows.append([])
            used = 0
            span = _span(cell, need, columns)
        rows[-1].append(replace(cell, span=span))
        used += span
    return rows


def _span(cell: Cell, need: float, columns: Sequence[float]) -> int:
    """Columns of these that hold a cell; one more than there are when they do not."""
    for span in range(cell.span, len(columns) + 1):
        if sum(columns[:span]) >= need:
            return span
    return 3 if len(columns) == 3 else len(columns) + 1


def _cycle(colours: Sequence[str]) -> Iterator[str]:
    while True:
        yield from colours


def _mixed(lead: str, text: str, size: float, width: float) -> Iterator[list[tuple[str, str]]]:
    """Lines of one paragraph that begins in bold: runs of one typeface."""
    line: list[tuple[str, str]] = []
    used = 0.0
    for font, run in ((BOLD, lead), (SANS, text)):
        # Not ``split()``: a line does not end at a no-break space.
        for word in filter(None, clean(run).split(" ")):
            for piece in wrap(word, font, size, width):
                wide = measure(piece + " ", font, size)
                if line and used + wide > width:
                    yield line
                    line, used = [], 0.0
                if line and line[-1][0] == font:
                    line[-1] = (font, f"{line[-1][1]}{piece} ")
                else:
                    line.append((font, piece + " "))
                used += wide
    if line:
        yield line
