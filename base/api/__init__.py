"""REST resources: one per model, scoped, versioned, idempotent; verbs beside them."""

from base.answers import (
    body,
    body_digest,
    form_key,
    guarded,
    idempotent,
    match_problem,
    problem,
    tagged,
)
from base.api.model_api import ModuleApi
from base.api.takes import Arg, Choice, Day, Flag, Json, Number, Row, Takes, Text
from base.api.verbs import PageApi, csrf_exempt_api, run_verb, takes, verb

__all__ = [
    "Arg",
    "Choice",
    "Day",
    "Flag",
    "Json",
    "ModuleApi",
    "Number",
    "PageApi",
    "Row",
    "Takes",
    "Text",
    "body",
    "body_digest",
    "csrf_exempt_api",
    "form_key",
    "guarded",
    "idempotent",
    "match_problem",
    "problem",
    "run_verb",
    "tagged",
    "takes",
    "verb",
]
