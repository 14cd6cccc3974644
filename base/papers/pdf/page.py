"""One page after another: head, foot with page n of m, a cursor from the top down."""

from __future__ import annotations

from typing import BinaryIO

from reportlab.lib.colors import HexColor

from base.papers.pdf import clean
from base.papers.pdf.sheet import BOLD, MONO, SANS, SEMI, Sheet, measure, shorten

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
MARGIN = 42.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 33.0
BOTTOM = 60.0
INK, INK_2, INK_3 = "#16191a", "#48545a", "#5a656a"
LINE, LINE_STRONG, BAND, ACCENT = "#dcd9d0", "#b7b3a8", "#f5f4f0", "#0f5d6e"
_colours: dict[str, HexColor] = {}


def _colour(code: str) -> HexColor:
    if code not in _colours:
        _colours[code] = HexColor(code)
    return _colours[code]


class Page:
    """A document under way: its pages, and what each of them shows at its edges.

    ``reference`` is what the foot calls it, ``running`` what stands beside its title at the
    top of each further page. Equal calls give equal bytes.
    """

    def __init__(
        self,
        out: BinaryIO,
        *,
        title: str,
        entity: str,
        service: str = "",
        issued: str = "",
        running: str = "",
        reference: str = "",
        digest_label: str = "",
    ) -> None:
        self.sheet = Sheet(out, title=title, author=entity)
        self._title, self._entity, self._running = clean(title), clean(entity), running
        self._reference, self._digest_label = reference, digest_label
        self.y = TOP
        self._page = 0
        self._new_page(service=service, issued=issued)

    def _new_page(self, service: str = "", issued: str = "") -> None:
        sheet = self.sheet
        if self._page:
            sheet.showPage()
        self._page += 1
        self.y = TOP
        if self._page == 1:
            self._crest(MARGIN, self.y - 24)
            left = MARGIN + 30
            self.text(left, self.y - 9, shorten(self._entity, SEMI, 9.8, 300), SEMI, 9.8)
            self.text(left, self.y - 22, shorten(service, SANS, 9, 300), SANS, 9, INK_2)
            self.text(PAGE_WIDTH - MARGIN, self.y - 16, issued, SANS, 9, INK_2, "right")
            self.y -= 34
        else:
            title = shorten(self._title, SEMI, 9.2, WIDTH * 0.42)
            used = measure(title, SEMI, 9.2) + 9
            entity = shorten(self._entity, SANS, 8.6, WIDTH * 0.28)
            room = WIDTH - used - measure(entity, SANS, 8.6) - 12
            self.text(MARGIN, self.y - 9, title, SEMI, 9.2)
            running = shorten(self._running, SANS, 8.6, room)
            self.text(MARGIN + used, self.y - 9, running, SANS, 8.6, INK_2)
            self.text(PAGE_WIDTH - MARGIN, self.y - 9, entity, SANS, 8.6, INK_2, "right")
            self.y -= 20
        self.rule(self.y, ACCENT, 1.1)
        self.y -= 16
        sheet.doForm("foot")
        sheet.doForm(f"page{self._page}")

    def finish(self, digest: str = "") -> int:
        """Draw the feet, which say how many pages there are, and close; returns that count."""
        sheet = self.sheet
        sheet.showPage()
        base = 28.0
        sheet.beginForm("foot")
        self.rule(base + 11, LINE_STRONG, 0.6)
        reference = shorten(self._reference, SANS, 7.7, 190)
        self.text(MARGIN, base, reference, SANS, 7.7, INK_2)
        if digest:
            label = clean(self._digest_label)
            short = f"{digest[:8]} {digest[8:16]} {digest[16:24]} … {digest[-8:]}"
            middle = MARGIN + 200
            self.text(middle, base, label, SANS, 7.7, INK_2)
            at = middle + measure(label, SANS, 7.7) + 4
            self.text(at, base, short, MONO, 7.2, INK_2)
        sheet.endForm()
        for page in range(1, self._page + 1):
            sheet.beginForm(f"page{page}")
            right = PAGE_WIDTH - MARGIN
            self.text(right, base, f"{page}/{self._page}", BOLD, 7.7, INK, "right")
            sheet.endForm()
        sheet.save()
        return self._page

    def room(self, height: float) -> bool:
        """Go on to a new page unless ``height`` points are left; says whether it did."""
        if self.y - height >= BOTTOM:
            return False
        self._new_page()
        return True

    # --- drawing ------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: str,
        size: float,
        colour: str = INK,
        align: str = "left",
        link: str = "",
    ) -> None:
        """One line of text; its baseline is at ``y``. With ``link`` it opens that address."""
        if text:
            self.sheet.setFillColor(_colour(ACCENT if link else colour))
            self.sheet.draw(x, y, text, font, size, align)
        if text and link:
            wide = measure(clean(text), font, size)
            left = x - (wide if align == "right" else wide / 2 if align == "center" else 0)
            edges = (left, y - size * 0.3, left + wide, y + size * 0.9)
            self.sheet.linkURL(link, edges, relative=0, thickness=0)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> None:
        """A straight line."""
        self.sheet.setStrokeColor(_colour(colour))
        self.sheet.setLineWidth(width)
        self.sheet.line(x1, y1, x2, y2)

    def rule(self, y: float, colour: str, width: float) -> None:
        """A line from margin to margin."""
        self.line(MARGIN, y, PAGE_WIDTH - MARGIN, y, colour, width)

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self.sheet.setFillColor(_colour(colour))
        self.sheet.rect(x, y, width, height, stroke=0, fill=1)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """The edges of a rectangle."""
        self.sheet.setStrokeColor(_colour(INK))
        self.sheet.setLineWidth(0.8)
        self.sheet.rect(x, y, width, height, stroke=1, fill=0)

    def _crest(self, x: float, y: float) -> None:
        """The product's sign, a bridge on a shield."""
        self.sheet.operators(
            f"q 0.75 0 0 0.75 {x:.2f} {y:.2f} cm 0.059 0.365 0.431 rg "
            "1 33 m 29 33 l 29 16 l 29 8 22 3 15 1 c 8 4 1 8 1 16 c h f "
            "1 1 1 RG 2 w 1 14 m 5.7 16.7 10.3 16.7 15 14 c 19.7 11.3 24.3 11.3 29 14 c S "
            "8 19 m 8 25 l 22 25 l 22 19 l S "
            "11 19 m 11 21 l 11 23.2 12.8 25 15 25 c 17.2 25 19 23.2 19 21 c 19 19 l S Q\n"
        )
