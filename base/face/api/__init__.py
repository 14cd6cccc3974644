"""REST resources: one per model, scoped, versioned, idempotent; verbs beside them."""

from base.engine.edge.answers import body, guarded, idempotent, match_problem, problem, tagged
from base.face.api.below import Below
from base.face.api.listing import as_json
from base.face.api.model_api import ModuleApi
from base.face.api.takes import Takes
from base.face.api.verbs import PageApi, csrf_exempt_api, served, takes, verb
from base.rules.verbs.fields import Arg, Choice, Day, Flag, Json, Number, Row, Text

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
