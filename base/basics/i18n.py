"""French source sentences, translated when the reader's language is another one.

The language of a page is, in this order: what the person chose for their account, what this
browser was switched to, what it asks for (``Accept-Language``), the authority's. A program that
names a language in ``Accept-Language`` gets that one. Work without a reader (jobs, commands) is
done in the authority's language, what is kept as evidence in French (``speaking``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import Translations
from flask import current_app, g, has_app_context, has_request_context, request, session
from flask_babel import Domain, force_locale, get_locale, refresh
from flask_babel.speaklater import LazyString

from base.basics import catalogues
from base.basics.clock import authority_zone
from base.basics.typography import grouped, spaced

__all__ = [
    *("LANGUAGES", "SOURCE", "_", "_l", "for_everyone", "headed", "is_one", "kept"),
    *("language", "listed", "ngettext", "quoted", "said_again", "speaking", "zone"),
]

#: The language of the sentences in the code.
SOURCE = "fr"
#: code -> how its readers call it.
LANGUAGES = {"fr": "Français", "en": "English"}


def language() -> str:
    """The language of what is being said: a code of ``LANGUAGES``.

    A page asks it some thousand times: kept in the context until ``speaking`` or ``know_reader``
    says another.
    """
    try:
        known: str = g.language_said
        return known
    except RuntimeError:  # no context
        return SOURCE
    except AttributeError:
        found = get_locale() if "babel" in current_app.extensions else None
        code = found.language if found is not None else SOURCE
        g.language_said = code if code in LANGUAGES else SOURCE
        return str(g.language_said)


def authority_language() -> str:
    """The language of what is kept and of documents, whoever asked for them."""
    return str(current_app.config["BABEL_DEFAULT_LOCALE"]) if has_app_context() else SOURCE


@contextmanager
def for_everyone() -> Iterator[None]:
    """What is kept and what is printed: the authority's language and time zone, whoever asks.

    The same data and parameters then give the same bytes.
    """
    before = g.get("reader") if has_request_context() else None
    if before is not None:
        g.reader = (None, None, False)
    try:
        with speaking(authority_language()):
            yield
    finally:
        if before is not None:
            g.reader = before


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Words, numbers and days in one language, whoever reads."""
    if not has_app_context():
        yield
        return
    before = g.pop("language_said", None)
    try:
        with force_locale(code):
            yield
    finally:
        g.pop("language_said", None)
        if before is not None:
            g.language_said = before


def kept(sentence: Any) -> str:
    """A sentence that stays in the register, in the authority's language whoever is at work.

    ``kept(_l("Archivé : %(r)s", r=reason))``, or a function that says it.
    """
    with for_everyone():
        return str(sentence() if callable(sentence) else sentence)


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with its values."""
    told = spaced(sentence) if language() == SOURCE else str(_told().get(sentence, sentence))
    return told % values if values else told


def said_again(sentence: str) -> str:
    """What was said or kept before, values and all, in the reader's language if it is known there.

    What somebody typed may be part of it, so that its blanks stay as they are.
    """
    return str(_told().get(sentence, sentence))


def is_one(count: int | Decimal) -> bool:
    """Whether a count takes the singular: below 2 in French, 1 alone in English."""
    return -2 < count < 2 if language() == SOURCE else count == 1


def ngettext(singular: str, plural: str, count: int | Decimal, **values: object) -> str:
    """The sentence for a count; French counts as singular below 2, English only 1.

    ``%(num)d`` in it is a whole count as people write it, its thousands apart; a measure is one of
    the ``values``.
    """
    forms = _told().get((singular, plural))
    if forms is None:
        # A sentence that waits for its translation is said in French, as French counts.
        chosen = singular if -2 < count < 2 else plural
    else:
        chosen = forms[0 if is_one(count) else 1]
    told = _set(chosen).replace("%(num)d", "%(num)s")
    sign = "\u2212" if count < 0 else ""
    return str(told % {"num": sign + grouped(str(abs(count)), language()), **values})


def headed(name: object, text: object) -> str:
    """What a text is of, and the text: « Surface : 40 au plus »."""
    return _("%(name)s : %(text)s", name=name, text=text)


def listed(parts: Iterable[str]) -> str:
    """Parts of one line, each of which may have commas."""
    return _(" ; ").join(parts)


def quoted(text: object) -> str:
    """Words of somebody else within a sentence."""
    return _("« %(text)s »", text=text)


class Said(LazyString):  # type: ignore[misc]
    """A sentence of a declaration, read before any request: translated when it is shown."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(_, sentence, **values)

    def __getattr__(self, name: str) -> Any:
        # FAB asks each attribute of a screen for marks such as ``_urls``: no text has one.
        if name.startswith("_"):
            raise AttributeError(name)
        return super().__getattr__(name)


_l = Said


# --- who reads ------------------------------------------------------------------------------


def know_reader(chosen: str | None, timezone: str | None, *, program: bool = False) -> None:
    """Say what the person of this request chose for their account."""
    g.reader = (chosen, timezone, program)
    ask_again()


def ask_again() -> None:
    """Forget the language and the zone of this request: its reader has just said others."""
    g.pop("language_said", None)
    refresh()


def of_reader() -> str | None:
    """The language of the person or browser of this request; None without one."""
    if not has_request_context():
        return None
    chosen, _zone, program = g.get("reader", (None, None, False))
    asked = request.accept_languages.best_match(list(LANGUAGES)) if request.accept_languages else ""
    named = session.get("locale")
    first = (asked, chosen) if program else (chosen, named, asked)
    return next((code for code in first if code in LANGUAGES), None)


def zone() -> ZoneInfo:
    """The time zone in which this reader is shown instants."""
    chosen = g.get("reader", (None, None, False))[1] if has_request_context() else None
    return ZoneInfo(chosen or authority_zone())


# --- what is translated ---------------------------------------------------------------------


def _set(sentence: str) -> str:
    """A sentence as it is set in the language of the moment: French has blanks of its own."""
    return spaced(sentence) if language() == SOURCE else sentence


def _told() -> dict[Any, Any]:
    """Sentence (or singular and plural) -> translation, in the language of the moment."""
    code = language()
    if code == SOURCE:
        return {}
    found: dict[Any, Any] = current_app.extensions["catalogues"].sentences(code)
    return found


class Sentences(Translations):  # type: ignore[misc]
    """What templates and declarations say, set as ``_`` sets it."""

    def ugettext(self, message: str) -> str:
        """The sentence in the language of the moment."""
        return _set(str(super().ugettext(message)))


class Catalogues(Domain):  # type: ignore[misc]
    """The translations of all modules, read from their ``.po`` files when first asked for.

    There is no compiled file that could say something else than the one people edit.
    """

    def __init__(self, folders: list[Any], own: list[str]) -> None:
        super().__init__()
        self.folders = folders
        self._own = own
        self._sentences: dict[str, dict[Any, Any]] = {}
        self._loaded: dict[str, Any] = {}

    def sentences(self, code: str) -> dict[Any, Any]:
        """Sentence -> translation; (singular, plural) -> its two forms."""
        if code not in self._sentences:
            self._sentences[code] = catalogues.read(self.folders, code)
        return self._sentences[code]

    def get_translations(self) -> Any:
        """The same for templates and Flask-AppBuilder, whose own French stands behind ours."""
        code = language()
        if code not in self._loaded:
            made = Sentences()
            for folder in self._own:
                found = Translations.load(folder, [code])
                if isinstance(found, Translations):
                    made.merge(found)
            for sentence, told in self.sentences(code).items():
                if isinstance(sentence, str):
                    made._catalog[sentence] = told
            self._loaded[code] = made
        return self._loaded[code]


def install(app: Any, own: list[str]) -> None:
    """Let an application with Flask-Babel speak from the catalogues of its modules.

    ``own`` are folders of compiled catalogues: those of the libraries.
    """
    made = Catalogues([manifest.path / "i18n" for manifest in app.manifests], own)
    app.extensions["catalogues"] = made
    babel = app.extensions["babel"]
    babel.instance.domain_instance = made
    babel.locale_selector = of_reader
    babel.timezone_selector = lambda: str(zone())
