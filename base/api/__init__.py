"""REST resources: one per model, scoped, versioned, idempotent; verbs beside them."""

from base.api.below import Below
from base.api.listing import as_json
from base.api.model_api import ModuleApi
from base.api.takes import Takes
from base.api.verbs import PageApi, csrf_exempt_api, served, takes, verb
from base.edge.answers import body, guarded, idempotent, match_problem, problem, tagged
from base.verbs.fields import Arg, Choice, Day, Flag, Json, Number, Row, Text

__all__ = [
    "Arg",
    "Below",
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
    "as_json",
    "body",
    "csrf_exempt_api",
    "guarded",
    "idempotent",
    "match_problem",
    "problem",
    "served",
    "tagged",
    "takes",
    "verb",
]
