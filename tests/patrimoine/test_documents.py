"""Label sheets: the code that is drawn is the code that is read."""

import io
import re
import tracemalloc

import pytest
from pypdf import PdfReader

from base.basics.errors import DomainError
from patrimoine.documents import LAYOUTS, Label, UnknownLayout, labels, layout_named

URL = "https://ouvrage.saint-maurin.fr/t/{:016d}"


def label(number, **changes):
    values = dict(
        url=URL.format(number),
        code=f"EQP-{number:04d}",
        name="Chaudière gaz n° 1",
        place="École Les Tilleuls, chaufferie",
        entity="Ville de Saint-Maurin-sur-Aubre",
    )
    return Label(**values | changes)


def sheets(rows, **options):
    out = io.BytesIO()
    labels(out, rows, **{"layout": LAYOUTS["63x34"]} | options)
    return out.getvalue()


def pages(data):
    return PdfReader(io.BytesIO(data), strict=True).pages


def squares(page):
    """The codes of a page, read back from its drawing operators, with where they stand."""
    code = page.get_contents().get_data().decode("latin-1")
    number = r"(-?[\d.]+)"
    for found in re.finditer(
        rf"q {number} 0 0 {number} {number} {number} cm 0 g\n(.*?)f Q", code, re.S
    ):
        runs = [tuple(map(int, run)) for run in re.findall(r"(\d+) (\d+) (\d+) 1 re", found[5])]
        count = max(y for _x, y, _w in runs) + 1
        square = [[False] * count for _row in range(count)]
        for x, y, width in runs:
            square[count - 1 - y][x : x + width] = [True] * width
        yield float(found[1]), float(found[3]), float(found[4]), square


def read(square):
    """The text of a code of version 4, level M: what a telephone does, without its camera."""
    count = len(square)
    assert count == 33
    bits = [square[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)]
    bits += [square[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    form = int("".join("01"[bit] for bit in bits), 2) ^ 0b101010000010010
    assert form >> 13 == 0b00, "level M"
    masks = {
        0: lambda y, x: (y + x) % 2 == 0,
        1: lambda y, x: y % 2 == 0,
        2: lambda y, x: x % 3 == 0,
        3: lambda y, x: (y + x) % 3 == 0,
        4: lambda y, x: (y // 2 + x // 3) % 2 == 0,
        5: lambda y, x: y * x % 2 + y * x % 3 == 0,
        6: lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
        7: lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
    }
    mask = masks[form >> 10 & 7]

    def data(y, x):
        corner = (y < 9 and (x < 9 or x >= count - 8)) or (y >= count - 8 and x < 9)
        aligned = 24 <= y <= 28 and 24 <= x <= 28
        return not (corner or aligned or y == 6 or x == 6)

    stream, upwards, right = [], True, count - 1
    while right > 0:
        right -= right == 6
        for step in range(count):
            y = count - 1 - step if upwards else step
            stream += [square[y][x] ^ mask(y, x) for x in (right, right - 1) if data(y, x)]
        upwards, right = not upwards, right - 2
    words = [int("".join("01"[bit] for bit in stream[i : i + 8]), 2) for i in range(0, 800, 8)]
    blocks = [words[0:64:2], words[1:64:2]]  # two blocks of 32 data words, one word of each in turn
    body = "".join(f"{word:08b}" for block in blocks for word in block)
    assert body[:4] == "0100", "bytes"
    size = int(body[4:12], 2)
    return bytes(int(body[12 + 8 * i : 20 + 8 * i], 2) for i in range(size)).decode()


def test_each_code_drawn_reads_as_the_address_of_its_label():
    rows = [label(n) for n in range(30)]
    found = [read(square) for page in pages(sheets(rows)) for _u, _x, _y, square in squares(page)]
    assert found == [row.url for row in rows]


@pytest.mark.parametrize("name, unit_mm", [("63x34", 0.74), ("38x21", 0.50)])
def test_codes_have_four_white_modules_and_do_not_touch(name, unit_mm):
    layout = LAYOUTS[name]
    (page,) = pages(sheets([label(n) for n in range(layout.per_sheet)], layout=layout))
    found = list(squares(page))
    assert len(found) == layout.per_sheet
    for unit, x, y, _square in found:
        assert abs(unit - unit_mm * 72 / 25.4) < 0.02
        assert x >= 4 * unit
        assert x + 37 * unit < 595.28
        assert 4 * unit <= y <= 841.89 - 37 * unit
    steps = sorted({round(x, 2) for _unit, x, _y, _square in found})
    assert all(b - a > 41 * found[0][0] for a, b in zip(steps, steps[1:], strict=False))


def test_a_label_says_its_code_name_place_owner_and_who_may_scan():
    text = pages(sheets([label(7), label(8, public=True)]))[0].extract_text()
    for part in ("EQP-0007", "Chaudière gaz n° 1", "École Les Tilleuls", "Saint-Maurin-sur-Aubre"):
        assert part in text
    assert "Réservé aux agents" in text
    assert "Un problème ? Scannez." in text


#: Sixteen, twenty-four and sixty characters: a register keeps up to sixty.
LONG = ("2019-21568-00012", "2019-21568-00013", "IMMO-2026-BAT-CHAUF-0001", "W" * 60)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_inventory_number_is_printed_whole_and_the_name_is_cut(name):
    words = "Chaudière gaz à condensation n° 1 de la chaufferie centrale du groupe scolaire"
    entity = "Communauté de communes de la vallée de l’Aubre et de ses affluents"
    rows = [
        label(n, code=code, name=words, place=words, entity=entity, detail=words)
        for n, code in enumerate(LONG)
    ]
    (page,) = pages(sheets(rows, layout=LAYOUTS[name]))
    text = page.extract_text()
    for code in LONG:
        assert code in text.replace("\n", "").replace(" ", ""), code
    assert "Chaudière" in text and "…" in text
    # Nothing stands on anything else: the lines of a label have room between them.
    lines = baselines(page)
    for (low, _size), (high, size) in zip(lines, lines[1:], strict=False):
        assert high - low > 0.7 * size or high - low < 0.01


def baselines(page):
    """The height and size of each line of the first column and row of labels, from below."""
    found = []

    def visit(text, _cm, tm, _font, size):
        if text.strip() and tm[4] < 200:
            found.append((round(tm[5], 2), size))

    page.extract_text(visitor_text=visit)
    top = max(at for at, _size in found)
    return sorted(line for line in found if top - line[0] < 30 * 72 / 25.4)


def test_printing_starts_at_the_first_free_place():
    rows = [label(n) for n in range(5)]
    first, second = pages(sheets(rows, start=22))
    assert len(list(squares(first))) == 3
    assert len(list(squares(second))) == 2
    _unit, x, y, _square = next(squares(first))
    assert x < 60
    assert y < 120


@pytest.mark.parametrize("start", [0, 25])
def test_a_place_that_the_sheet_has_not_is_refused(start):
    with pytest.raises(DomainError, match="de 1 à 24"):
        sheets([label(1)], start=start)


def test_no_asset_and_no_such_sheet_are_refused_with_a_sentence():
    with pytest.raises(DomainError, match="Aucun bien"):
        sheets([])
    with pytest.raises(UnknownLayout, match="63x34, 38x21"):
        layout_named("A5")


def test_the_same_labels_give_the_same_bytes():
    assert sheets([label(n) for n in range(30)]) == sheets([label(n) for n in range(30)])


def test_hostile_names_print_and_keep_their_sheet():
    names = ["<b>&</b>", "W" * 5_000, "\x00\u202eabc", "漢字 😀", "", "(((", "\ud800"]
    rows = [label(n, name=name, place=name, entity=name) for n, name in enumerate(names)]
    assert len(list(squares(pages(sheets(rows))[0]))) == len(names)


def test_progress_is_told_after_each_sheet():
    told = []
    sheets([label(n) for n in range(50)], progress=told.append)
    assert told == [24, 48, 50]


def test_many_labels_need_no_more_memory_than_one_sheet():
    def peak(count):
        tracemalloc.start()
        with open("/dev/null", "wb") as out:
            labels(out, (label(n) for n in range(count)), layout=LAYOUTS["63x34"])
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    sheets([label(1)])
    assert peak(240) - peak(48) < 300_000


def test_an_address_that_the_place_says_is_not_said_again():
    post = "1 place du Marché, Aubre"
    for place in (post, "Salle 3"):
        (page,) = pages(sheets([label(1, place=place, address=post)]))
        words = " ".join(page.extract_text().split())
        assert words.count("place du Marché") == 1 and ("Salle 3" in words) == (place != post)


def test_an_address_is_never_cut_inside_its_postcode():
    """Nor between postcode and town: streets longer by a letter, on one sheet."""
    drawn = [
        label(n, place="Cave", address=f"1 rue d{'e' * n}s, 37000 Tours")
        for n in range(1, LAYOUTS["63x34"].per_sheet)
    ]
    words = " ".join(pages(sheets(drawn))[0].extract_text().split())
    assert words.count("37") == words.count("37000 Tours") > 0
    assert words.count("1 rue") == len(drawn) > words.count("37")


def test_an_address_that_is_the_place_is_cut_at_its_comma_too():
    drawn = [
        label(n, place=f"1 {'rue ' * n}basse, 37000 Tours sur Loire")
        for n in range(1, LAYOUTS["63x34"].per_sheet)
    ]
    words = " ".join(pages(sheets(drawn))[0].extract_text().split())
    assert words.count("37") == words.count("37000 Tours sur Loire") > 0
