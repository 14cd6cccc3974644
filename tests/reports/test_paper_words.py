"""The words, numbers and days of the papers of the catalogue."""

from tests.reports.test_catalogue import ask, document
from tests.test_words import lines_of, said, seen
from tests.words import Reader


def test_the_papers_of_the_catalogue_say_nothing_raw(sqlite_tilleuls):
    reader = Reader("fr", {"Collectivité"})
    wrong = seen(reader, "cost", lines_of(document(ask(form="pdf"))))
    traced = ask(code="traceability", form="pdf", asset="BAT-1")
    wrong += seen(reader, "traceability", lines_of(document(traced)))
    # A paper's layer of text has one space alone: its drawing keeps the others together.
    wrong = [one for one in wrong if ": plain space: " not in one]
    assert not wrong, said(wrong)
