"""Paths of pages, in a request as in a job."""

from __future__ import annotations

from typing import Any

from flask import current_app

from base.face.views.module_view import ModuleView


def path_of(endpoint: str, **values: Any) -> str:
    """The path of a page from the root of the site."""
    return current_app.url_map.bind("").build(endpoint, values)


def record_path(table: str, number: str) -> str:
    """The path of the page of a record, whoever may open it; nothing when it has none."""
    known: dict[str, str] = current_app.extensions.setdefault("ouvrage_record_pages", {})
    if table not in known:
        known[table] = next(
            (
                f"{view.endpoint}.show"
                for view in current_app.extensions["appbuilder"].baseviews
                if isinstance(view, ModuleView)
                and getattr(view.datamodel.obj, "__tablename__", "") == table
            ),
            "",
        )
    return path_of(known[table], pk=number) if known[table] else ""
