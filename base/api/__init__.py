"""REST resources: one per model, scoped, versioned, idempotent; verbs beside them."""

from base.api.answers import body, body_digest, form_key, guarded, idempotent, problem
from base.api.model_api import Converter, ModuleApi
from base.api.verbs import PageApi, csrf_exempt_api, run_verb, verb

__all__ = [
    "Converter",
    "ModuleApi",
    "PageApi",
    "body",
    "body_digest",
    "csrf_exempt_api",
    "form_key",
    "guarded",
    "idempotent",
    "problem",
    "run_verb",
    "verb",
]
