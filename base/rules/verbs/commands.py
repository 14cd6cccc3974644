"""What a device without network may queue: commands ``(verb, record, arguments)``, described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from base.rules.verbs.declaring import VERBS, Door, Verb
from base.rules.verbs.fields import object_schema


def commands(permitted: Callable[[Verb], bool] = lambda verb: True) -> dict[str, Any]:
    """JSON schema of a queue of commands, in the reader's language: made for each request.

    A command is an object with ``key`` (one effect per key), ``verb``, the ``id`` of the record,
    its ``version`` as the device saw it last, the instant ``at`` and the ``arguments``.
    """
    found = [
        _command(declared)
        for known in VERBS.values()
        for declared in known
        if declared.doors & Door.OFFLINE and permitted(declared)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": {"oneOf": found} if found else False,
    }


def _command(declared: Verb) -> dict[str, Any]:
    return {
        "title": str(declared.word),
        "type": "object",
        "required": ["key", "verb", "id", "at", "arguments"],
        "additionalProperties": False,
        "properties": {
            "key": {"type": "string", "minLength": 1, "maxLength": 128},
            "verb": {"const": declared.key},
            "id": {"type": "integer", "minimum": 1},
            "version": {"type": "integer", "minimum": 1},
            "at": {"type": "string", "format": "date-time"},
            "arguments": object_schema(declared.fields(Door.OFFLINE)),
        },
    }
