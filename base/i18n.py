"""French source sentences, translated when the reader's language is another one."""

from __future__ import annotations

from flask import has_app_context
from flask_babel import gettext, lazy_gettext
from flask_babel import ngettext as _babel_ngettext

__all__ = ["_", "_l", "ngettext"]


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with its values."""
    if not has_app_context():
        return sentence % values if values else sentence
    return str(gettext(sentence, **values))


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The sentence for a count; French counts as singular below 2."""
    if not has_app_context():
        chosen = singular if abs(count) < 2 else plural
        return chosen % {"num": count, **values}
    from base.formats import current_locale  # here: formats are words too

    if count == 0 and current_locale() == "fr":
        # The source sentences have no catalogue, and gettext then counts as English does.
        return singular % {"num": count, **values}
    return str(_babel_ngettext(singular, plural, count, **values))


#: For declarations read before any request: translated when shown.
_l = lazy_gettext
