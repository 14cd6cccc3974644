"""The PDF page: text kept as typed, tables that break, equal bytes, flat memory."""

import io
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from base.papers.pdf import clean, qr
from base.papers.pdf.layout import Cell, Paper
from base.papers.pdf.sheet import MONO, SANS, Sheet, fonts, measure, shorten, wrap
from base.papers.pdf.table import Head, Row

HEADS = [Head("Jour", wraps=False), Head("Libellé"), Head("Montant", right=True, wraps=False)]


def document(rows, total=None, heads=HEADS, *, dense=False):
    out = io.BytesIO()
    paper = Paper(out, title="Essai", entity="Ville d’Aubre", reference="RAP-2026-00001")
    paper.title("Sous-titre")
    paper.heading("Tableau")
    paper.table(heads, rows, total, dense=dense)
    paper.finish("ab" * 32)
    return out.getvalue()


def texts(data):
    return [page.extract_text() for page in PdfReader(io.BytesIO(data), strict=True).pages]


def rows(count, label="Gaz"):
    return (Row(["31/10/2026", f"{label} {n}", f"{n},00"]) for n in range(count))


def test_control_characters_and_turned_text_are_taken_out():
    assert clean("a\x00b\x1bc\u202ed\tf\u202f€") == "abcd f\u00a0€"
    assert clean("\ud800") == "\ufffd"
    assert clean(None) == ""


def test_lines_keep_within_the_width_and_long_words_are_cut():
    fonts()
    text = "Remplacement de six robinets " + "W" * 200 + " fin"
    lines = wrap(text, SANS, 9, 120)
    assert all(measure(line, SANS, 9) <= 120 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrap("Saint-Maurin-sur-Aubre", SANS, 9, 70)[0] == "Saint-Maurin-"


def test_a_text_with_too_many_lines_ends_with_an_ellipsis():
    fonts()
    lines = wrap("mot " * 500, SANS, 9, 100, lines=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert shorten("W" * 50, MONO, 9, 60).endswith("…")


def test_the_head_is_repeated_and_pages_are_counted():
    pages = texts(document(rows(100), ["Total", "", "4950,00"]))
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert "Libellé" in page
        assert f"{number}/3" in page
        assert "RAP-2026-00001" in page
        assert "abababab" in page
    assert "4950,00" in pages[-1]
    assert "Total" not in pages[0]


def test_no_row_is_lost_or_cut_at_a_page_end():
    found = "\n".join(texts(document(rows(333)))).split("\n")
    assert [f"Gaz {n}" for n in range(333)] == [line for line in found if line.startswith("Gaz")]


def test_a_page_that_begins_among_the_rows_of_a_heading_says_it_again():
    def lines():
        yield Row(["Mairie", "", ""], "group")
        yield from rows(60)
        yield Row(["Total de la mairie", "", "60,00"], "sub")
        yield from rows(60)

    first, second, third, *_more = texts(document(lines()))
    assert "Mairie" in first and "suite" not in first
    assert "Mairie, suite" in second
    assert "Mairie" not in third


@pytest.mark.parametrize("count", range(1, 120))
def test_a_total_stands_on_a_page_with_a_row_that_it_counts(count):
    """Whatever the length of the table: alone on a page a total says nothing."""
    (page,) = [
        text for text in texts(document(rows(count), ["Total", "", "9,00"])) if "Total" in text
    ]
    assert f"Gaz {count - 1}\n" in page


@pytest.mark.parametrize("count", range(25, 60))
def test_a_heading_and_a_sum_stay_with_their_rows(count):
    def town():
        yield from rows(count)
        yield Row(["École Jean Moulin", "", ""], "group")
        yield Row(["31/10/2026", "Eau", "1,00"])
        yield Row(["Total de l’école", "", "1,00"], "sub")

    pages = texts(document(town(), ["Total", "", "9,00"]))
    last = [page for page in pages if "Eau" in page]
    assert len(last) == 1
    assert all(words in last[0] for words in ("École Jean Moulin", "Total de l’école", "9,00"))


def test_more_sums_than_a_page_holds_are_all_printed():
    def sums():
        yield Row(["31/10/2026", "Eau", "1,00"])
        yield from (Row([f"Total {n}.", "", "1,00"], "sub") for n in range(80))

    whole = "\n".join(texts(document(sums(), ["Total", "", "9,00"])))
    assert all(f"Total {n}." in whole for n in range(80))
    assert "9,00" in whole


def test_a_dense_table_has_a_line_a_row_and_cuts_short_texts_only_where_that_helps():
    heads = [Head("Quand", wraps=False), Head("Qui"), Head("Objet"), Head("Ce qui est noté")]
    short = Row(
        ["22/11/2026 09:58", "Nadia Ferhat", "Intervention, création", "État : à faire → faite"]
    )
    made = " · ".join(f"Rubrique {n} : valeur n° {n}" for n in range(12))
    long = Row([*short.cells[:3], made])
    some = [short if n % 9 else long for n in range(80)]
    wide, close = (texts(document(some, heads=heads, dense=dense)) for dense in (False, True))
    assert "Intervention, création\n" in close[0].replace("\u00a0", " ")
    assert close[0].count("Nadia Ferhat") > 1.2 * wide[0].count("Nadia Ferhat")


def test_markup_is_text():
    (page,) = texts(document([Row(["", '<b>gras</b> &amp; <img src="http://x/">', "1"])]))
    assert '<b>gras</b> &amp; <img src="http://x/">' in page


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
@example("\x00\ud800\udfff\ufffe")
@example("\u202e\u0645\u0631\u062d\u0628\u0627 漢字 😀")
@example("(((\\)")
@example("x" * 5_000)
@example("a" * 100_000)
def test_no_value_stops_a_document(text):
    out = io.BytesIO()
    paper = Paper(out, title=text, entity=text, service=text, running=text, reference=text)
    paper.title(text)
    paper.cartouche([Cell(text, text), Cell(text, text, span=2)], "https://a.fr/t/1", text)
    paper.figures([(text, text)] * 3)
    paper.chart(text, text, [text], [])
    paper.paragraph(text, lead=text)
    paper.table([Head(text), Head(text, right=True)], [Row([text, text], look="group")] * 2)
    paper.signature(text, text, text)
    paper.finish()
    assert len(PdfReader(io.BytesIO(out.getvalue())).pages) >= 1


def test_equal_calls_give_equal_bytes():
    assert document(rows(80)) == document(rows(80))
    assert document(rows(80)) != document(rows(81))


def test_more_columns_than_a_page_is_wide_still_stand_in_it():
    heads = [Head(f"Colonne numéro {n}") for n in range(18)]
    data = document([Row(["valeur assez longue"] * 18)], heads=heads)
    assert len(texts(data)) == 1


def test_a_long_table_needs_no_more_memory_than_a_short_one():
    def peak(count):
        tracemalloc.start()
        document(rows(count))
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    document(rows(10))
    # 60 pages more, of which a few kB each are kept, not the 100 kB of their operators.
    assert peak(2_100) - peak(300) < 1_500_000


def test_a_sheet_without_a_page_is_a_document_too():
    out = io.BytesIO()
    Sheet(out, title="Vide").save()
    assert len(PdfReader(io.BytesIO(out.getvalue())).pages) == 1


@pytest.mark.parametrize("size, version", [(14, 1), (42, 3), (43, 4), (62, 4), (213, 10)])
def test_the_smallest_code_that_holds_the_text_is_chosen(size, version):
    assert qr.version_for("x" * size) == version


def test_a_text_too_long_for_a_label_is_refused():
    with pytest.raises(qr.TooLong):
        qr.version_for("x" * 214)


def test_no_line_of_a_paragraph_ends_at_a_no_break_space():
    from base.papers.pdf.layout import _mixed

    text = "L’écriture\u00a0: un coût\u00a0; «\u00a0Avant\u00a0» reste\u00a0?"
    for width in range(40, 300, 5):
        lines = ["".join(run for _font, run in line) for line in _mixed("Dit.", text, 9, width)]
        assert not any(line.startswith((":", ";", "?", "»")) for line in lines), (width, lines)
