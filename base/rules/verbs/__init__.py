"""Verbs: what people and programs do to records, declared once on the service that does it.

``declaring`` is the declaration, ``fields`` what a door asks for, ``commands`` the schema of a
queue. Doors stand above: ``base.face.views.verb_pages`` (desk, lists, board), ``base.face.api.verb_routes``
(REST). Nothing here knows a page, a resource or the person who asks.
"""

from base.rules.verbs.commands import commands
from base.rules.verbs.declaring import (
    EVERYWHERE,
    NOWHERE,
    ONE_BY_ONE,
    VERBS,
    Argument,
    Ask,
    Door,
    Verb,
    check,
    verb,
    verb_of,
    verbs_of,
)

__all__ = [
    "EVERYWHERE",
    "NOWHERE",
    "ONE_BY_ONE",
    "VERBS",
    "Argument",
    "Ask",
    "Door",
    "Verb",
    "check",
    "commands",
    "verb",
    "verb_of",
    "verbs_of",
]
