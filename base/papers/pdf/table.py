"""Tables that break over pages, their head repeated, their rows taken one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import NamedTuple

from base.basics.i18n import _
from base.papers.pdf import clean
from base.papers.pdf.page import BAND, INK, INK_2, LINE, MARGIN, PAGE_WIDTH, WIDTH, Page
from base.papers.pdf.sheet import MONO, SANS, SEMI, measure, wrap

#: Rows looked at to choose the widths of columns.
_SAMPLE = 300
_SIZE, _HEAD_SIZE, _MONO_SIZE = 8.6, 8.1, 8.2
_LEADING = 11.2
#: What the sizes are multiplied by, the first at which nothing must be narrower than it needs.
_SCALES = (1.0, 0.95, 0.9, 0.86, 0.82, 0.78)
#: The same of a dense table, whose lines stand as close as its size lets them.
_DENSE = _SCALES[3:]
#: Above and below the lines of a row, in all; of a dense one.
_AIR, _DENSE_AIR = 5.6, 3.8
#: White between two columns.
_GAP = 8.0
#: Width that the names of rows have beside many figures.
_NAME = 96.0
#: A text this many times as long as its column takes the place of the short ones beside it.
_LONG = 3.0
#: What short texts beside a long one are narrowed to, and the rows looked at to choose.
_FOLDS, _TRIED = (1.0, 0.8, 0.6), 60
#: Lines of one cell before it ends with "…": a cell never fills more than a page.
_LINES = 14
#: The most height that rows kept together ask for: a page without its head, with room to spare.
_MOST = 500.0
_BANDS = ("group", "sub")
_SUMS = ("sub", "total")
_STRONG = (*_BANDS, "total")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one column."""

    title: str
    right: bool = False
    mono: bool = False
    #: Its texts may be wrapped, so it may be narrower than they are.
    wraps: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of texts. Looks: "" plain, "group" and "sub" on a band, "carried" in grey."""

    cells: Sequence[str]
    look: str = ""
    level: int = 0
    #: First cells that repeat those of the row above: blank, except at the top of a page.
    same: int = 0
    #: The address that each cell opens, if any.
    links: Sequence[str] = ()


def table(
    page: Page,
    heads: Sequence[Head],
    rows: Iterable[Row],
    total: Sequence[str] | None = None,
    total_links: Sequence[str] = (),
    *,
    dense: bool = False,
) -> None:
    """Draw the rows as they come; the total stands between a line and a double one.

    A ``dense`` table is one of many texts: smaller, its lines closer.
    """
    source = iter(rows)
    ahead = list(islice(source, _SAMPLE))
    drawn = _Table(page, heads, ahead, total, dense)
    drawn.head()
    last = [Row(total, "total", links=total_links)] if total is not None else []
    for together in _kept(chain(ahead, source, last)):
        drawn.rows(together)
    page.y -= 6


def _kept(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, those together between which no page may end.

    A heading stays above a row of its own, a sum under a row that it counts: alone at the foot
    or at the top of a page neither says what it is of.
    """
    together: list[Row] = []
    for row in rows:
        if together and together[-1].look != "group" and row.look not in _SUMS:
            yield together
            together = []
        together.append(row)
    if together:
        yield together


class _Laid(NamedTuple):
    """A row, the lines of its cells and its height in points."""

    row: Row
    cells: list[list[str]]
    height: float


class _Table:
    """A table under way, its widths chosen."""

    def __init__(
        self,
        page: Page,
        heads: Sequence[Head],
        ahead: Sequence[Row],
        total: Sequence[str] | None,
        dense: bool,
    ) -> None:
        self.page, self.heads = page, heads
        #: The heading of the rows under way: a page that begins among them says it again.
        self._band: Row | None = None
        for scale in _DENSE if dense else _SCALES:
            self.scale = scale
            self.widths, fits = _widths(heads, ahead, total, scale)
            if fits:
                break
        self._leading = _LEADING * self.scale if dense else _LEADING
        self._air = _DENSE_AIR if dense else _AIR

    def head(self) -> None:
        """The head; it is drawn again at the top of each page."""
        page = self.page
        texts = [
            wrap(head.title, SEMI, _HEAD_SIZE * self.scale, width - _GAP, 3)
            for head, width in zip(self.heads, self.widths, strict=True)
        ]
        lines = max(len(text) for text in texts)
        page.room(lines * 10 + 30)
        low = page.y - lines * 10 - 6
        x = MARGIN
        for head, width, text in zip(self.heads, self.widths, texts, strict=True):
            for index, line in enumerate(text):
                y = low + 5.5 + (len(text) - 1 - index) * 10
                self._cell(x, width, y, line, SEMI, _HEAD_SIZE * self.scale, INK_2, head.right)
            x += width
        page.rule(low, INK, 0.8)
        page.y = low

    def rows(self, together: Sequence[Row]) -> None:
        """Rows that stay on one page: the next, when they do not all fit on this one.

        What no page can hold whole goes on over its end, row by row.
        """
        laid = [self._laid(row) for row in together]
        whole = sum(one.height for one in laid)
        for needed, group in [(whole, laid)] if whole <= _MOST else [(o.height, [o]) for o in laid]:
            if self.page.room(needed):
                self.head()
                if self._band is not None and group[0].row.look != "group":
                    name = _("%(name)s, suite", name=self._band.cells[0])
                    self._draw(self._laid(replace(self._band, cells=[name, *self._band.cells[1:]])))
                group[0] = self._laid(replace(group[0].row, same=0))
            for one in group:
                self._draw(one)
                if one.row.look in _BANDS:  # a sum ends what its heading began
                    self._band = one.row if one.row.look == "group" else None

    def _inset(self, row: Row) -> float:
        return 4.5 if row.look in _BANDS else 9.0 * row.level

    def _looks(self, row: Row) -> list[tuple[str, float]]:
        return [_look(head, row.look in _STRONG, self.scale) for head in self.heads]

    def _laid(self, row: Row) -> _Laid:
        """A row broken in lines."""
        rooms = [width - _GAP for width in self.widths]
        rooms[0] -= self._inset(row)
        if row.look in _STRONG:  # its first text may run over the empty cells that follow it
            for cell, width in zip(row.cells[1:], self.widths[1:], strict=True):
                if cell:
                    break
                rooms[0] += width
        lines = [
            wrap(value, font, size, max(room, 12.0), _LINES) if value else [""]
            for value, (font, size), room in zip(row.cells, self._looks(row), rooms, strict=True)
        ]
        lines = [[""] for _cell in lines[: row.same]] + lines[row.same :]
        more = self._air + (2.0 if row.look == "total" else 0)
        return _Laid(row, lines, max(map(len, lines)) * self._leading + more)

    def _draw(self, laid: _Laid) -> None:
        """Draw a row where the page is."""
        page, row, cells, height = self.page, laid.row, laid.cells, laid.height
        looks, inset, total = self._looks(row), self._inset(row), row.look == "total"
        low = page.y - height
        if row.look in _BANDS:
            page.fill(MARGIN, low, WIDTH, height, BAND)
        x, first = MARGIN, page.y - self._leading + (0.2 if total else 1.0)
        colour = INK_2 if row.look == "carried" else INK
        for index, lines in enumerate(cells):
            at = x + (inset if index == 0 else 0)
            font, size = looks[index]
            link = row.links[index] if row.links else ""
            for position, line in enumerate(lines):
                y = first - position * self._leading
                right = self.heads[index].right
                self._cell(at, self.widths[index], y, line, font, size, colour, right, link)
            x += self.widths[index]
        if total:
            page.rule(page.y, INK, 0.8)
            page.rule(low + 2.0, INK, 0.8)
            page.rule(low, INK, 0.8)
        else:
            page.rule(low, LINE, 0.6)
        page.y = low

    def _cell(
        self,
        x: float,
        width: float,
        y: float,
        text: str,
        font: str,
        size: float,
        colour: str,
        right: bool,
        link: str = "",
    ) -> None:
        if right:
            last = x + width > PAGE_WIDTH - MARGIN - 1
            x += width - (0 if last else _GAP - 2)
        self.page.text(x, y, text, font, size, colour, "right" if right else "left", link)


def _look(head: Head, strong: bool, scale: float) -> tuple[str, float]:
    if strong:
        return SEMI, _SIZE * scale
    return (MONO, _MONO_SIZE * scale) if head.mono else (SANS, _SIZE * scale)


def _shared(least: Sequence[float], wish: Sequence[float]) -> list[float]:
    """The page among columns: none gets less than its least, nor more than another that asks."""
    low, high = 0.0, max(wish)
    for _again in range(40):  # the greatest width that no column passes needlessly
        cap = (low + high) / 2
        used = sum(max(a, min(b, cap)) for a, b in zip(least, wish, strict=True))
        low, high = (cap, high) if used <= WIDTH else (low, cap)
    return [max(a, min(b, low)) for a, b in zip(least, wish, strict=True)]


def _lines(
    heads: Sequence[Head], rows: Sequence[Row], widths: Sequence[float], scale: float
) -> int:
    """How many lines the rows take in all."""
    looks = [_look(head, False, scale) for head in heads]
    count = 0
    for row in rows:
        cells = list(zip(row.cells, looks, widths, strict=True))[row.same :]
        count += max(len(wrap(text, *look, width - _GAP, _LINES)) for text, look, width in cells)
    return count


def _widths(
    heads: Sequence[Head], ahead: Sequence[Row], total: Sequence[str] | None, scale: float
) -> tuple[list[float], bool]:
    """What each column gets of the page: what it needs, or less for those that may wrap.

    And whether the texts beside figures have enough: a row name cut in three is worse than a
    smaller size. A table of texts alone is wrapped before it is made smaller.
    """
    wish, least = [], []
    size, head_size = _SIZE * scale, _HEAD_SIZE * scale
    for index, head in enumerate(heads):
        title = clean(head.title)
        need = measure(title, SEMI, head_size)
        for row in ahead:
            if row.look not in _BANDS:
                font, plain = _look(head, False, scale)
                need = max(need, measure(clean(row.cells[index])[:400], font, plain))
            elif index:
                need = max(need, measure(clean(row.cells[index])[:400], SEMI, size))
        if total is not None and (index or total[1:2] != [""]):  # it may run over empty cells
            need = max(need, measure(clean(total[index])[:400], SEMI, size))
        words = max(measure(word, SEMI, head_size) for word in title.split(" "))
        wish.append(need + _GAP + 0.5)
        least.append(min(need, max(words, 40.0)) + _GAP + 0.5 if head.wraps else wish[-1])
    spare = WIDTH - sum(wish)
    if spare >= 0:
        texts = [i for i, head in enumerate(heads) if head.wraps and not head.right] or [0]
        return [w + spare / len(texts) if i in texts else w for i, w in enumerate(wish)], True
    if sum(least) >= WIDTH:
        return [w * WIDTH / sum(least) for w in least], False
    widths = _shared(least, wish)
    longest = max(range(len(wish)), key=wish.__getitem__)
    if wish[longest] > _LONG * widths[longest]:
        # Beside a text of many lines the short ones take two, where it then takes fewer.
        folds = [1.0 if i == longest or not head.wraps else 0.0 for i, head in enumerate(heads)]
        tried = [
            _shared(least, [w * max(f, fold) for w, f in zip(wish, folds, strict=True)])
            for fold in _FOLDS
        ]
        return min(tried, key=lambda widths: _lines(heads, ahead[:_TRIED], widths, scale)), True
    figures = sum(head.right for head in heads) > len(heads) / 2
    names = zip(widths, wish, heads, strict=True)
    return widths, all(w >= min(b, _NAME) for w, b, head in names if head.wraps) or not figures
