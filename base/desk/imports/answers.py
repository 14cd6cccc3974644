"""What a person answered to the questions of an importer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from base.basics.errors import InvalidInput
from base.basics.i18n import _
from base.desk.imports.rows import Question


def given_answers(
    questions: Sequence[Question], given: Mapping[str, Any], *, prefix: str = ""
) -> dict[str, str]:
    """The answers to the questions of an importer, those left empty aside.

    Raises:
        InvalidInput: a question that it does not ask, or an answer that is none of its choices.
    """
    asked = {prefix + question.key: question for question in questions}
    found: dict[str, str] = {}
    for key, question in asked.items():
        answer = str(given.get(key) or "").strip()[:60]
        choices = [value for value, _words in question.choices]
        if choices and answer not in choices:
            raise InvalidInput(
                _(
                    "« %(key)s » attend : %(choices)s.",
                    key=question.key,
                    choices=", ".join(filter(None, choices)),
                )
            )
        if answer:
            found[question.key] = answer
    if not prefix and (unknown := sorted(set(given) - set(asked))):
        raise InvalidInput(
            _(
                "« %(key)s » n’est pas une option de cet import ; il y a : %(keys)s.",
                key=unknown[0],
                keys=", ".join(asked) or _("aucune"),
            )
        )
    return found
