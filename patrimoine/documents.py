"""Sheets of QR labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from base.basics.errors import DomainError
from base.basics.i18n import _, _l

if TYPE_CHECKING:
    from base.papers.pdf.sheet import Sheet

MM = 72 / 25.4
PAGE_HEIGHT_MM = 297.0


class UnknownLayout(DomainError):
    """No sheet has that name."""


@dataclass(frozen=True)
class Layout:
    """A pre-cut A4 sheet, in millimetres."""

    name: str
    title: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float
    #: Side of the code, its four white modules counted in.
    qr: float
    text_left: float
    #: Size, leading and most lines of: entity, name, place, who may scan.
    entity: tuple[float, float, int]
    asset: tuple[float, float, int]
    place: tuple[float, float, int]
    who: tuple[float, float, int]
    #: Size of the code, and the least it shrinks to before it takes several lines.
    code: tuple[float, float]

    @property
    def per_sheet(self) -> int:
        """Labels on one sheet."""
        return self.columns * self.rows


#: The two sheets that stationers sell most.
LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            name="63x34",
            title=_l("24 étiquettes de 63,5 × 33,9 mm"),
            columns=3,
            rows=8,
            width=63.5,
            height=33.9,
            left=7.25,
            top=12.9,
            gap=2.5,
            qr=30.4,
            text_left=30.8,
            entity=(6.4, 7.7, 2),
            asset=(9.4, 10.9, 2),
            place=(7.2, 8.6, 2),
            who=(6.6, 8.0, 1),
            code=(9.4, 6.4),
        ),
        Layout(
            name="38x21",
            title=_l("65 étiquettes de 38,1 × 21,2 mm"),
            columns=5,
            rows=13,
            width=38.1,
            height=21.2,
            left=4.75,
            top=10.7,
            gap=2.5,
            qr=20.6,
            text_left=20.7,
            entity=(4.2, 4.9, 2),
            asset=(6.0, 6.8, 2),
            place=(4.8, 5.6, 2),
            who=(4.2, 5.0, 1),
            code=(6.4, 4.6),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says. ``code`` is what a person types when the code cannot be scanned."""

    url: str
    code: str
    name: str
    place: str
    entity: str
    #: Of the post, printed under the place where there is room.
    address: str = ""
    #: A passer-by may scan it and report a problem; else it is for agents.
    public: bool = False
    #: Not yet on any asset: it is stuck first, scanned, and given to an asset there.
    blank: bool = False
    #: What an administrator wants to read on it: "Puissance : 12 kW".
    detail: str = ""


def layout_named(name: str) -> Layout:
    """The sheet of that name.

    Raises:
        UnknownLayout: there is none; the sentence lists those there are.
    """
    try:
        return LAYOUTS[name]
    except KeyError:
        raise UnknownLayout(
            _(
                "La planche « %(name)s » n’existe pas. Planches connues : %(known)s.",
                name=name,
                known=", ".join(LAYOUTS),
            )
        ) from None


def labels(
    out: BinaryIO,
    rows: Iterable[Label],
    *,
    layout: Layout,
    start: int = 1,
    outline: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the sheets and return how many labels are on them.

    ``start`` is the first free place of the first sheet, counted from 1 along the rows.
    ``outline`` draws where to cut, for plain paper. ``progress`` is told the count after each
    full sheet. The same labels give the same bytes.

    Raises:
        DomainError: ``start`` is not a place of the sheet, or there is no label.
    """
    from base.papers.pdf.sheet import Sheet

    if not 1 <= start <= layout.per_sheet:
        raise DomainError(
            _(
                "La première étiquette doit être une place de 1 à %(last)d.",
                last=layout.per_sheet,
            )
        )
    sheet = Sheet(out, title=_("Planche d’étiquettes"))
    place, count = start - 1, 0
    public, agents = _("Un problème ? Scannez."), _("Réservé aux agents")
    for label in rows:
        if place == layout.per_sheet:
            sheet.showPage()
            place = 0
            if progress is not None:
                progress(count)
        row, column = divmod(place, layout.columns)
        _draw(
            sheet,
            label,
            layout,
            x=(layout.left + column * (layout.width + layout.gap)) * MM,
            y=(PAGE_HEIGHT_MM - layout.top - (row + 1) * layout.height) * MM,
            who=public if label.public else agents,
            outline=outline,
        )
        place, count = place + 1, count + 1
    if count == 0:
        raise DomainError(_("Aucun bien n’est choisi : il n’y a pas d’étiquette à imprimer."))
    sheet.save()
    if progress is not None:
        progress(count)
    return count


def _draw(
    sheet: Sheet, label: Label, layout: Layout, *, x: float, y: float, who: str, outline: bool
) -> None:
    """One label; ``x, y`` is its lower left corner in points."""
    from base.papers.pdf import qr
    from base.papers.pdf.sheet import MONO_MEDIUM, SANS, shorten, whole

    height, side = layout.height * MM, layout.qr * MM
    if outline:
        sheet.operators(
            f"q 0.83 0.82 0.78 RG 0.4 w [2 2] 0 d {x:.2f} {y:.2f} "
            f"{layout.width * MM:.2f} {height:.2f} re S Q\n"
        )
    sheet.operators(qr.path(label.url, x, y + (height - side) / 2, side))
    left = x + layout.text_left * MM
    width = (layout.width - layout.text_left - 1.2) * MM
    text = sheet.beginText(left, 0)

    def line(value: str, at: float, font: str, size: float, grey: float) -> None:
        text.setTextOrigin(left, at)
        text.setFont(font, size)
        text.setFillGray(grey)
        text.textOut(value)

    top = y + height - (height - side) / 2 - 1.2 * MM
    bottom = y + (height - side) / 2 + 1.2 * MM
    # The code tells two assets of one name apart: it is never cut, the words above it are.
    who_size, who_leading, _lines = layout.who
    code_size, codes = whole(label.code, MONO_MEDIUM, layout.code[0], width, least=layout.code[1])
    low = bottom + who_leading * 1.2
    high = low + code_size * 1.1 * len(codes)
    for part, font, size, leading, grey in _words(label, layout, width, top - high):
        line(part, top - size, font, size, grey)
        top -= leading
    for n, part in enumerate(codes, start=1):
        line(part, high - code_size * 1.1 * n, MONO_MEDIUM, code_size, 0.08)
    line(shorten(who, SANS, who_size, width), bottom, SANS, who_size, 0.27)
    sheet.drawText(text)


def _words(
    label: Label, layout: Layout, width: float, room: float
) -> list[tuple[str, str, float, float, float]]:
    """The lines above the code that fit into ``room`` points: text, font, size, leading, grey.

    When they do not all fit, the address goes first, then the second lines of name and owner, the
    detail, the second line of the place, the owner and the place: one line of the name stays.
    """
    from base.papers.pdf.sheet import SANS, SEMI

    entity, asset, place = layout.entity, layout.asset, layout.place
    blocks = [
        (label.entity, SEMI, entity, 0.27),
        (label.name, SEMI, asset, 0.38 if label.blank else 0.08),
        (label.place, SANS, place, 0.27),
        # The place of a building is its address: said once.
        ("" if label.address in label.place else label.address, SANS, (*place[:2], 1), 0.27),
        (label.detail, SANS, (*place[:2], 1), 0.27),
    ]
    most = [spec[2] if value else 0 for value, _font, spec, _grey in blocks]
    for shorter in (None, (3, 0), (1, 1), (0, 1), (4, 0), (2, 1), (0, 0), (2, 0)):
        if shorter is not None:
            most[shorter[0]] = min(most[shorter[0]], shorter[1])
        parts = [
            [(part, font, size, leading, grey) for part in cut]
            for (value, font, (size, leading, _most), grey), lines in zip(blocks, most, strict=True)
            if lines and (cut := _fitting(value, font, size, width, lines))
        ]
        # A quarter of a line stands between two blocks.
        high = sum((len(part) + 0.25) * part[0][3] for part in parts)
        if not parts or high - 0.25 * parts[-1][0][3] <= room:
            break
    return [
        (words, font, size, leading * (1.25 if n == len(part) else 1), grey)
        for part in parts
        for n, (words, font, size, leading, grey) in enumerate(part, start=1)
    ]


def _fitting(value: str, font: str, size: float, width: float, lines: int) -> list[str]:
    """The value in so many lines; what is too long goes from a comma on.

    Half a postcode, or half the name of a room, sends somebody elsewhere.
    """
    from base.papers.pdf.sheet import wrap

    cut = wrap(value, font, size, width, lines)
    while cut and cut[-1].endswith("…") and "," in value:
        value = value.rpartition(",")[0]
        cut = wrap(value, font, size, width, lines)
    return cut
