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


def standard(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of what OpenAPI 3.0 describes: its ``nullable`` is no word there."""
    found = {k: v for k, v in schema.items() if k != "nullable"}
    if "properties" in found:
        found["properties"] = {k: standard(v) for k, v in found["properties"].items()}
    if schema.get("nullable"):
        if "type" in found:
            found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
        if "oneOf" in found:
            found["oneOf"] = [*found["oneOf"], {"type": "null"}]
    return found


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
            "arguments": standard(object_schema(declared.fields(Door.OFFLINE))),
        },
    }
