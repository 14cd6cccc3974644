"""Computing one worked case by the functions of the trade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from base.basics.errors import DomainError
from base.basics.i18n import _

Topics = Mapping[str, Callable[[Any], Any]]


class UnknownTopic(DomainError):
    """A topic that no function answers."""


class CaseRefused(DomainError):
    """The inputs of a case are not those of its topic."""


def run_case(topics: Topics, topic: str, inputs: Any) -> Any:
    """The results of a worked case, in the structure of its ``expected``.

    Raises:
        UnknownTopic: none of the topics.
        CaseRefused: the inputs lack something, or hold what is no number, day or unit.
    """
    if topic not in topics:
        raise UnknownTopic(
            _(
                "Le sujet « %(topic)s » n’est pas encore calculé (sujets connus : %(known)s).",
                topic=topic,
                known=", ".join(sorted(topics)),
            )
        )
    try:
        return topics[topic](inputs)
    except KeyError as fault:
        raise CaseRefused(
            _("Il manque « %(key)s » aux entrées du cas.", key=str(fault.args[0])[:60])
        ) from fault
    except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as fault:
        raise CaseRefused(
            _(
                "Les entrées du cas ne conviennent pas au sujet « %(topic)s » : %(fault)s",
                topic=topic,
                fault=str(fault)[:200] or type(fault).__name__,
            )
        ) from fault


def each(one: Callable[[Mapping[str, Any]], Any]) -> Callable[[Any], Any]:
    """A topic of which a case may hold several inputs: each is computed alone, in their order."""

    def topic(inputs: Any) -> Any:
        return [one(given) for given in inputs] if isinstance(inputs, list) else one(inputs)

    return topic


def refused(code: str) -> dict[str, str]:
    """The result of a case that a rule of the trade refuses whole."""
    return {"error": code}
