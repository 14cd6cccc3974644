"""Forms too large to be taken: what was typed in them is read all the same, to be shown again."""

from __future__ import annotations

from collections.abc import Collection

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData

#: Bytes read of such a form at most: one that is longer is cut off, and its text is lost.
READ = 120 * 1024 * 1024
#: Characters of one field.
_LONGEST = 5000
_CHUNK = 256 * 1024


def fields_typed(names: Collection[str]) -> dict[str, str]:
    """The text of these fields; files are read and thrown away, so that the browser hears us."""
    found: dict[str, bytes] = {}
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
    length = request.content_length or 0
    if not boundary or length > READ:
        return {}
    source = request.environ["wsgi.input"]
    decoder = MultipartDecoder(boundary, max_form_memory_size=4 * _CHUNK)
    field = ""
    try:
        while length > 0 and (chunk := source.read(min(_CHUNK, length))):
            length -= len(chunk)
            decoder.receive_data(chunk)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                if isinstance(event, Data):
                    if field:
                        found[field] = (found.get(field, b"") + event.data)[: 4 * _LONGEST]
                else:
                    field = event.name if isinstance(event, Field) and event.name in names else ""
    except (ValueError, RequestEntityTooLarge):
        pass  # no form of a browser: what was read until here is what there is
    return {name: text.decode("utf-8", "replace")[:_LONGEST] for name, text in found.items()}
