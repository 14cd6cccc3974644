"""Which page a line or a figure of a report opens."""

from __future__ import annotations

from base.face.views.addresses import path_of, record_path

#: What opens a question -> the page that answers it.
_QUESTIONS = {"report": "report", "lines": "lines"}


def page_of(href: str) -> str:
    """The path of the page that a line or a figure opens.

    ``table/id`` of a record, ``report/code?question``, or ``lines/code?question`` for the lines
    behind a figure. Nothing when the record has no page.
    """
    table, _sep, number = href.partition("/")
    if table in _QUESTIONS:
        code, _sep, question = number.partition("?")
        return path_of(f"CatalogueView.{_QUESTIONS[table]}", code=code) + "?" + question
    return record_path(table, number)
