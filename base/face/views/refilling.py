"""A refused form as it was sent: the page it stands on, with all that was typed written into it.

The page is made anew, so its form is empty; what was sent is put into the text of the page, control
by control. That serves every form of every template, and asks nothing of the browser. A password
or a file cannot be given back: no page may fill those in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import urlsplit

from base.basics.i18n import _

#: Hidden fields that each page has anew.
FRESH = ("csrf_token", "form_key")
_TICKS = ("checkbox", "radio")
#: Controls in which nobody types, and what no page gives back.
_SILENT = ("hidden", "submit", "button", "reset", "image", "password")
_AROUND = ("details", "dialog", "fieldset", "label")


@dataclass(frozen=True)
class Sent:
    """What came with a refused form, and what is said of it."""

    #: The path that the form was sent to.
    path: str
    values: Mapping[str, Sequence[str]]
    #: Fields that held a file.
    files: Collection[str] = ()
    #: Field -> the sentence that stands under it.
    errors: Mapping[str, str] = field(default_factory=dict)
    #: Field -> the record chosen in it (value, text, aside), where the page cannot know its name.
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def refilled(page: str, here: str, sent: Sent) -> str | None:
    """The page at ``here`` with what was sent in its form; None where no such form is to be filled.

    The form is the one that is sent to the same path with the same hidden values: of many lines,
    that of the line. The first field with a sentence is the one that the browser goes to.
    """
    tags = _Reader(page).tags
    form = next((f for f in _forms(tags, here) if f.is_the_one(sent)), None)
    return None if form is None else _Filling(page, here, sent, tags, form).page()


@dataclass
class _Tag:
    """One tag of the page, where it stands in its text, and what is around it."""

    name: str
    attrs: dict[str, str | None]
    start: int
    end: int
    around: tuple[_Tag, ...] = ()
    #: The tag that ends it, of those that have one.
    ending: _Tag | None = None

    @property
    def kind(self) -> str:
        return (self.attrs.get("type") or "text").lower() if self.name == "input" else self.name

    @property
    def field(self) -> str:
        return self.attrs.get("name") or ""

    @property
    def value(self) -> str:
        return self.attrs.get("value") or ""

    @property
    def whole_end(self) -> int:
        return self.ending.end if self.ending else self.end

    def inside(self, name: str) -> _Tag | None:
        """The nearest tag of that name around it."""
        return next((tag for tag in reversed(self.around) if tag.name == name), None)

    def written(self, changes: Mapping[str, str | bool]) -> str:
        """The tag with other attributes: True is one without a value, False takes it away."""
        attrs: dict[str, str | bool | None] = {**self.attrs, **changes}
        said = "".join(
            f" {name}" if value is None or value is True else f' {name}="{escape(str(value))}"'
            for name, value in attrs.items()
            if value is not False
        )
        return f"<{self.name}{said}>"


class _Reader(HTMLParser):
    """The tags of a page in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[_Tag] = []
        self._open: list[_Tag] = []
        self._page = page
        self._lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self.feed(page)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, text = self._here(), self.get_starttag_text() or ""
        around = tuple(one for one in self._open if one.name in _AROUND)
        found = _Tag(tag, dict(attrs), start, start + len(text), around)
        self.tags.append(found)
        if tag in (*_AROUND, "form", "select", "textarea"):
            self._open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in reversed(range(len(self._open))) if self._open[n].name == tag), None)
        if at is not None:
            start = self._here()
            self._open[at].ending = _Tag(tag, {}, start, self._page.index(">", start) + 1)
            del self._open[at:]


@dataclass(frozen=True)
class _Form:
    """A form of the page and its controls, those included that stand elsewhere and name it."""

    tag: _Tag
    path: str
    controls: Sequence[_Tag]

    def is_the_one(self, sent: Sent) -> bool:
        """Whether it was this one that was sent, and there is something in it to be filled."""
        return (
            self.path == sent.path
            and any(control.kind not in _SILENT for control in self.controls)
            and all(
                control.value in sent.values.get(control.field, ())
                for control in self.controls
                if control.kind == "hidden" and control.value and control.field not in FRESH
            )
        )


def _forms(tags: Sequence[_Tag], here: str) -> Iterator[_Form]:
    controls = [t for t in tags if t.name in ("input", "select", "textarea") and t.field]
    for tag in tags:
        if tag.name != "form" or (tag.attrs.get("method") or "").lower() != "post":
            continue
        name = tag.attrs.get("id")
        own = [
            control
            for control in controls
            if (
                control.attrs["form"] == name
                if "form" in control.attrs
                else tag.end <= control.start < tag.whole_end
            )
        ]
        yield _Form(tag, urlsplit(tag.attrs.get("action") or here).path, own)


class _Filling:
    """The changes of a page's text."""

    def __init__(self, page: str, here: str, sent: Sent, tags: Sequence[_Tag], form: _Form) -> None:
        self._page, self._sent, self._tags = page, sent, tags
        #: Start of a tag -> the tag and its new attributes.
        self._changed: dict[int, tuple[_Tag, dict[str, str | bool]]] = {}
        #: (start, end, what stands there instead)
        self._written: list[tuple[int, int, str]] = []
        self._left = {name: [*values] for name, values in sent.values.items()}
        self._change(form.tag, {"data-unsaved": "1", "data-here": here})
        self._open(form.tag)
        for control in form.controls:
            self._fill(control)
        for name, words in sent.errors.items():
            self._say(form, name, str(words))

    def page(self) -> str:
        """The text of the page with all changes."""
        changes = [
            (tag.start, tag.end, tag.written(attrs)) for tag, attrs in self._changed.values()
        ]
        text, at = [], 0
        for start, end, words in sorted([*changes, *self._written], key=lambda one: one[:2]):
            text += [self._page[at:start], words]
            at = end
        return "".join([*text, self._page[at:]])

    def _change(self, tag: _Tag, attrs: Mapping[str, str | bool]) -> None:
        self._changed.setdefault(tag.start, (tag, {}))[1].update(attrs)

    def _open(self, tag: _Tag) -> None:
        """What folds or covers it is open."""
        for one in tag.around:
            if one.name in ("details", "dialog"):
                self._change(one, {"open": True})

    def _next(self, name: str) -> str | None:
        left = self._left.get(name)
        return left.pop(0) if left else None

    def _fill(self, control: _Tag) -> None:
        name, kind = control.field, control.kind
        if kind == "file":
            if name in self._sent.files:
                self._below(control, "form-hint", _("Un fichier est à choisir à nouveau."))
        elif kind == "hidden":
            # What a script put together (a drawn signature), not what the page says by itself.
            if not control.value and name not in FRESH and (given := self._next(name)):
                self._change(control, {"value": given})
        elif kind in _SILENT:
            return
        elif kind in _TICKS:
            value = control.attrs.get("value") or "on"
            self._change(control, {"checked": value in self._sent.values.get(name, ())})
        elif kind == "select":
            self._choose(control)
        elif (given := self._next(name)) is not None:
            if kind == "textarea":
                self._write(control, given)
            else:
                self._change(control, {"value": given})
                if given != control.value:
                    self._open(control)

    def _write(self, control: _Tag, given: str) -> None:
        end = control.ending.start if control.ending else control.end
        # A browser leaves out a line break right after the tag.
        first = "\n" if given.startswith(("\n", "\r")) else ""
        self._written.append((control.end, end, first + escape(given)))
        if given:
            self._open(control)

    def _choose(self, control: _Tag) -> None:
        several = "multiple" in control.attrs
        given = self._left.pop(control.field, []) if several else [self._next(control.field)]
        options = [t for t in self._tags if t.name == "option" and _within(t, control)]
        values = [self._option(option) for option in options]
        wanted = set(given) & set(values)
        added = [
            one
            for name, one in self._sent.chosen.items()
            if name == control.field and one["value"] in given and one["value"] not in values
        ]
        if not (wanted or added or several):
            return  # nothing that this list has: it stays as the page has it
        for option, value in zip(options, values, strict=True):
            is_on = value in wanted
            if is_on != ("selected" in option.attrs):
                self._change(option, {"selected": is_on})
                self._open(control)
        for one in added:
            made = _Tag("option", {"value": one["value"], "data-aside": one.get("aside", "")}, 0, 0)
            text = made.written({"selected": True}) + escape(one["text"]) + "</option>"
            end = control.ending.start if control.ending else control.end
            self._written.append((end, end, text))
            self._open(control)

    def _option(self, option: _Tag) -> str:
        """The value of an entry: what it says, where it has none of its own."""
        if "value" in option.attrs:
            return option.value
        return unescape(self._page[option.end : self._page.index("<", option.end)]).strip()

    def _say(self, form: _Form, name: str, words: str) -> None:
        """The sentence of a field, under it; ``agent`` of a form is ``agent_id`` for programs."""
        names = (name, name.removesuffix("_id"))
        found = [c for n in names for c in form.controls if c.field == n and c.kind not in _SILENT]
        if not found:
            return  # the sentence above the page says it
        control = found[0]
        said = f"{control.attrs.get('id') or f'refused-{control.field}'}-refusal"
        told = f"{control.attrs.get('aria-describedby') or ''} {said}".strip()
        marks: dict[str, str | bool] = {
            "class": " ".join([control.attrs.get("class") or "", "is-invalid"]).strip(),
            "aria-invalid": "true",
            "aria-describedby": told,
        }
        if not any("autofocus" in attrs for _tag, attrs in self._changed.values()):
            marks["autofocus"] = True
        self._change(control, marks)
        self._open(control)
        self._below(control, "ov-err", words, said)

    def _below(self, control: _Tag, css: str, words: str, name: str = "") -> None:
        """A line under a control: behind the label that it stands in, at the end of its group."""
        group = control.inside("fieldset") if control.kind in _TICKS else None
        label = control.inside("label")
        if group is not None and group.ending is not None:
            at = group.ending.start
        else:
            at = (label or control).whole_end
        line = _Tag("div", {"class": css, "data-refusal": "1"}, 0, 0)
        text = line.written({"id": name or False}) + escape(words) + "</div>"
        self._written.append((at, at, text))


def _within(tag: _Tag, control: _Tag) -> bool:
    return control.end <= tag.start < control.whole_end
