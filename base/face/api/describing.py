"""The description of a route, made from its declaration: address, body, answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from flask_appbuilder.const import API_RESULT_RES_KEY

from base.face.api.questions import FAR

_ARGUMENT = re.compile(r"<(?:([^:<>(]+)(?:\([^)]*\))?:)?([^<>]+)>")
_TYPES = {"int": {"type": "integer", "format": "int64"}, None: {"type": "string"}}
_OBJECT = {"application/json": {"schema": {"type": "object"}}}
_PROBLEM = {
    "application/json": {
        "schema": {
            "type": "object",
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "errors": {"type": "object", "description": "field -> what is wrong with it"},
                "request_id": {"type": "string"},
            },
        }
    }
}
#: Status -> what it means everywhere.
MEANINGS = {
    "200": "The row as it is now",
    "201": "The row that was made",
    "202": "Taken: the row says how far it is",
    "400": "The question cannot be read",
    "401": "No token, or one that counts no more",
    "403": "No right to this kind of thing",
    "404": "Not there for this person",
    "409": "A rule of the trade refuses; the message says why",
    "412": "The row has changed since it was read",
    "422": "Values do not fit; `errors` names the fields",
    "428": "The header If-Match is missing",
    "429": "Too many calls; `Retry-After` says when to come back",
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 128},
    "description": "The same key gives the same answer and one effect.",
}
_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag that was read; `*` for whatever there is.",
}
#: How a list is asked, for the description of every list.
LIST_QUESTION: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "filters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["col", "opr", "value"],
                "properties": {
                    "col": {"type": "string"},
                    "opr": {
                        "type": "string",
                        "description": "eq neq gt lt in not_in; of texts also sw ew ct nsw new nct,"
                        " in which % and _ are letters; of relations rel_o_m nrel_o_m",
                    },
                    "value": {},
                },
            },
        },
        "order_column": {"type": "string"},
        "order_direction": {"type": "string", "enum": ["asc", "desc"]},
        "page": {
            "type": "integer",
            "minimum": 0,
            "description": f"Reaches the first {FAR} rows; beyond, follow `next` (422).",
        },
        "page_size": {
            "type": "integer",
            "minimum": 1,
            "description": "Usually 50; more than the most of the resource (100, of readings 1000)"
            " is that most. The answer says the size used.",
        },
        "after": {"type": "string", "description": "The mark in `next` of the page before."},
        "columns": {"type": "array", "items": {"type": "string"}},
        "select_columns": {"type": "array", "items": {"type": "string"}},
        "keys": {"type": "array", "items": {"type": "string"}},
    },
}


def list_schema(of: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a list answers."""
    return {
        "type": "object",
        "properties": {
            API_RESULT_RES_KEY: {"type": "array", "items": of or {"type": "object"}},
            "ids": {"type": "array", "items": {}},
            "count": {"type": "integer", "description": "Rows of the whole list"},
            "count_is_exact": {
                "type": "boolean",
                "description": f"false: there are more than `count`, which stops at {FAR}",
            },
            "page_size": {"type": "integer"},
            "next": {
                "type": "string",
                "nullable": True,
                "description": "The address of the next page by key; null on the last. Following"
                " it gives every row once, even while rows are added.",
            },
            "left_out": {
                "type": "array",
                "items": {"type": "string"},
                "description": "There only when rights leave something out: what, in words",
            },
        },
    }


class Described:
    """Completes FAB's description of each operation; what a docstring says is kept."""

    def operation_helper(
        self,
        path: Any = None,
        operations: Any = None,
        methods: Any = None,
        func: Any = None,
        **kwargs: Any,
    ) -> None:
        """Describe a route's operations."""
        super().operation_helper(  # type: ignore[misc]
            path=path, operations=operations, methods=methods, func=func, **kwargs
        )
        for method in methods:
            operation = operations[method.lower()]
            if self.get_method_permission(func.__name__):  # type: ignore[attr-defined]
                operation["security"] = [{"jwt": []}, {"api_key": []}]
            words = (func.__doc__ or "").split("---")[0].strip()
            if words:
                operation.setdefault("summary", words.splitlines()[0])
            takes = getattr(func, "takes", None)
            if takes is not None:
                operation["requestBody"] = {
                    "required": any(field.required or field.named for field in takes.fields),
                    "content": {"application/json": {"schema": takes.schema()}},
                }
            _headers(operation, method, of_row=getattr(func, "of_row", False))
            for status, meaning in getattr(func, "says", {}).items():
                operation.setdefault("responses", {})[str(status)] = {"description": meaning}
            _answers(operation, method, func, secured="security" in operation)

    def add_api_spec(self, api_spec: Any) -> None:
        """Describe this resource, with the arguments in its addresses."""
        super().add_api_spec(api_spec)  # type: ignore[misc]
        for name in dir(self):
            for url, _methods in getattr(getattr(self, name), "_urls", ()):
                path = self.path_helper(path=url, operations={})  # type: ignore[attr-defined]
                for operation in api_spec._paths.get(path, {}).values():
                    _arguments(operation, url)


def _arguments(operation: dict[str, Any], url: str) -> None:
    listed = operation.setdefault("parameters", [])
    known = {p.get("name") for p in listed if isinstance(p, dict) and p.get("in") == "path"}
    for kind, name in _ARGUMENT.findall(url):
        if name not in known:
            schema = dict(_TYPES.get(kind or None, _TYPES[None]))
            listed.append({"in": "path", "name": name, "required": True, "schema": schema})
    for parameter in listed:
        if isinstance(parameter, dict) and parameter.get("in") == "path":
            parameter["required"] = True


def _headers(operation: dict[str, Any], method: str, *, of_row: bool) -> None:
    listed = operation.setdefault("parameters", [])
    if method == "POST" and operation.get("security"):
        listed.append(dict(_KEY))
    if of_row:
        listed.append({**_MATCH, "required": False})
        operation.setdefault("responses", {})["412"] = {
            "description": MEANINGS["412"],
            "content": deepcopy(_PROBLEM),
        }
    if method in ("PUT", "PATCH", "DELETE"):
        listed.append(dict(_MATCH))


def _answers(operation: dict[str, Any], method: str, func: Any, *, secured: bool) -> None:
    answers = operation.setdefault("responses", {})
    if not any(str(status).startswith("2") for status in answers):
        status = str(getattr(func, "answers", 200))
        answers[status] = {
            "description": "Done" if method != "GET" else "What was asked for",
            "content": deepcopy(_OBJECT),
        }
        if shows := getattr(func, "shows", None):
            answers[status]["content"]["application/json"]["schema"] = deepcopy(shows)
    usual = ["401", "403", "404"] if secured else []
    usual += {"GET": ["400"], "POST": ["409", "422"]}.get(method, ["409", "412", "422", "428"])
    said = {str(status) for status in answers}
    for status in usual:
        if status not in said:
            answers[status] = {"description": MEANINGS[status], "content": deepcopy(_PROBLEM)}


def describe_model(api: Any, operation: dict[str, Any], name: str) -> None:
    """What the routes of every resource take and answer, from the schemas of the resource."""
    rows = type(api).__name__
    if name == "get_list":
        operation["parameters"].append(_question(LIST_QUESTION))
        schema = list_schema({"$ref": f"#/components/schemas/{rows}.get_list"})
        operation["responses"]["200"]["content"]["application/json"]["schema"] = schema
    elif name == "get":
        columns = {"columns": {"type": "array", "items": {"type": "string"}}}
        asked = {"type": "object", "properties": columns, "additionalProperties": False}
        operation["parameters"].append(_question(asked))
        _answers_row(operation, "200", rows)
    elif name == "post":
        if api.post_takes is not None:
            content = {"application/json": {"schema": api.post_takes.schema()}}
            operation["requestBody"] = {"required": True, "content": content}
        _answers_row(operation, str(api.post_answers), rows)
    elif name == "put":
        _answers_row(operation, "200", rows)
    elif name == "patch":
        body = {"schema": {"$ref": f"#/components/schemas/{rows}.put"}}
        operation["requestBody"] = {"required": True, "content": {"application/json": body}}
        _answers_row(operation, "200", rows)


def _answers_row(operation: dict[str, Any], status: str, rows: str) -> None:
    """What is answered is the row as it is read, whatever was sent."""
    properties = {
        "id": dict(_TYPES["int"]),
        API_RESULT_RES_KEY: {"$ref": f"#/components/schemas/{rows}.get"},
    }
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    answers = operation["responses"]
    # FAB's own say that what was sent comes back; their numbers are no texts.
    for known in [number for number in answers if str(number).startswith("2")]:
        del answers[known]
    answers[status] = {"description": MEANINGS[status], "content": content}


def complete(schemas: dict[str, Any], rows: str, answered: Mapping[str, Any]) -> None:
    """Put into the schemas of a resource's rows what they have beside their columns."""
    for shape in ("get", "get_list"):
        schemas[f"{rows}.{shape}"]["properties"] |= deepcopy(dict(answered))


def _question(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "in": "query",
        "name": "q",
        "description": "rison or JSON",
        "content": {"application/json": {"schema": schema}},
    }
