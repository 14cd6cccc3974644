"""What is filled in by hand on a sheet: tables of empty lines, boxes to tick, boxes to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from base.papers.pdf import clean
from base.papers.pdf.page import INK_2, LINE, LINE_STRONG, MARGIN, PAGE_WIDTH, WIDTH, Page
from base.papers.pdf.sheet import SANS, SEMI, measure, shorten, wrap

#: Height of a line to write on by hand, and white between what stands side by side.
_BY_HAND, _BESIDE = 19.0, 14.0
_RULE = (LINE_STRONG, 0.6)


@dataclass(frozen=True, slots=True)
class Blank:
    """A table to fill in by hand: its columns, each with its part of the width.

    Beside others it takes ``share`` of their line. Without words above its columns it is plain
    lines to write on.
    """

    title: str
    columns: Sequence[tuple[str, float]]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Signing:
    """A box to sign: what it is about, what is affirmed by it, what is written in it, by whom."""

    lead: str
    words: str
    caption: str
    name: str


def signatures(page: Page, boxes: Sequence[Signing]) -> None:
    """Boxes to sign by hand, beside each other."""
    wide = (WIDTH - _BESIDE * (len(boxes) - 1)) / len(boxes)
    texts = [wrap(box.words, SANS, 8.2, wide, 3) for box in boxes]
    above = 10.2 * max(map(len, texts))
    page.room(92 + above)
    page.y -= 18
    for place, (box, text) in enumerate(zip(boxes, texts, strict=True)):
        x, low = MARGIN + place * (wide + _BESIDE), page.y - above
        page.text(x, page.y, shorten(box.lead, SEMI, 9.6, wide), SEMI, 9.6)
        for line, words in enumerate(text, start=1):
            page.text(x, page.y - 1 - line * 10.2, words, SANS, 8.2, INK_2)
        page.box(x, low - 68, wide, 60)
        page.text(x + 7, low - 19, shorten(box.caption, SANS, 7.8, wide - 14), SANS, 7.8, INK_2)
        page.text(x + 7, low - 30, shorten(box.name, SANS, 8.6, wide - 14), SANS, 8.6)
    page.y -= above + 72


def blanks(page: Page, forms: Sequence[Blank], lines: int) -> None:
    """Tables to fill in by hand, beside each other, of as many lines each."""
    page.room(34 + lines * _BY_HAND)
    top, x = page.y - 18, MARGIN
    room = WIDTH - _BESIDE * (len(forms) - 1)
    low = top
    for form in forms:
        wide = room * form.share / sum(other.share for other in forms)
        page.text(x, top, shorten(form.title, SEMI, 9.6, wide), SEMI, 9.6)
        has_heads = any(word for word, _part in form.columns)
        high = top - (16 if has_heads else 2)
        low = high - lines * _BY_HAND
        for line in range(0 if has_heads else 1, lines + 1):
            page.line(x, high - line * _BY_HAND, x + wide, high - line * _BY_HAND, *_RULE)
        at = x
        for word, part in form.columns:
            space = wide * part
            if has_heads:
                page.text(at + 3, high + 4, shorten(word, SANS, 7.8, space - 4), SANS, 7.8, INK_2)
                page.line(at, low, at, high, *_RULE)
            at += space
        if has_heads:
            page.line(x + wide, low, x + wide, high, *_RULE)
        x += wide + _BESIDE
    page.y = low - 4


def ticks(page: Page, rows: Sequence[tuple[str, str]], answers: Sequence[str]) -> None:
    """Points with what was answered, or the answers to tick and a line to write on."""
    for label, answer in rows:
        words = wrap(label, SANS, 8.8, WIDTH * 0.46, 3)
        high = max(_BY_HAND, 11.2 * len(words) + 6)
        page.room(high)
        for place, line in enumerate(words):
            page.text(MARGIN, page.y - 12 - place * 11.2, line, SANS, 8.8)
        x, y = MARGIN + WIDTH * 0.48, page.y - 12
        if answer:
            room = PAGE_WIDTH - MARGIN - x
            page.text(x, y, shorten(answer, SEMI, 8.8, room), SEMI, 8.8)
        else:
            for word in answers:
                page.box(x, y - 1, 7.5, 7.5)
                page.text(x + 11, y, word, SANS, 8.2, INK_2)
                x += 11 + measure(clean(word), SANS, 8.2) + 11
            page.line(x, y - 2, PAGE_WIDTH - MARGIN, y - 2, *_RULE)
        page.y -= high
        page.rule(page.y, LINE, 0.6)
    page.y -= 2
