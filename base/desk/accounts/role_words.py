"""What a role may do, in words: screens by module, verbs in a line each.

Roles are declared in the code of the modules, as patterns; here they are read against the screens
and resources that exist, so that what is shown is what is decided. A screen or resource says its
own words: ``right_words`` (right -> word, or None for a part of seeing), ``rights_title`` where it
has no ``list_title``, ``everybodys`` where no role decides. A declared verb brings its word. A
screen and a resource of one name are one subject: what one of them says serves both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from base.basics.i18n import _, _l
from base.rules.verbs import VERBS, Verb, verbs_of
from base.store.history.wording import within_a_line

#: The verbs of every screen, in the order in which they are read; several rights may be one verb.
COMMON = {
    "see": (_l("consulter"), {"can_list", "can_show", "can_get", "can_info", "can_index"}),
    "add": (_l("créer"), {"can_add", "can_post"}),
    "edit": (_l("modifier"), {"can_edit", "can_put"}),
    "delete": (_l("supprimer"), {"can_delete", "can_remove"}),
}


@dataclass
class Subject:
    """One kind of thing with its rights: those of its screens and those of its resource."""

    name: str
    label: str
    #: (right, screen or resource) that exist.
    rights: list[tuple[str, str]] = field(default_factory=list)
    #: Right -> its word; None for a part of seeing.
    said: dict[str, Any] = field(default_factory=dict)

    def words(self, rights: set[str]) -> list[str]:
        """Rights in words: the common verbs first, then the others in alphabetical order.

        One that nobody gave a word is shown by its own name, so that none is hidden.
        """
        left = {r for r in rights if self.said.get(r, "") is not None}
        found = []
        for word, same in COMMON.values():
            if left & same:
                found.append(str(word))
                left -= same
        others = {str(self.said.get(right) or right.removeprefix("can_")) for right in left}
        return found + sorted(others, key=str.casefold)


@dataclass
class Part:
    """The subjects of one module."""

    label: str
    subjects: list[Subject] = field(default_factory=list)


def parts() -> list[Part]:
    """Everything that rights are given on, by module, in the order of the modules."""
    titles = {m.module: _(m.name) for m in current_app.manifests}  # type: ignore[attr-defined]
    titles["base"] = _("Commun")
    found: dict[str, Part] = {name: Part(label) for name, label in titles.items()}
    known: dict[str, Subject] = {}
    for view in current_app.extensions["appbuilder"].baseviews:
        module = type(view).__module__.partition(".")[0]
        if module not in found or getattr(view, "everybodys", False):
            continue
        name = view.class_permission_name.removesuffix("View").removesuffix("Api")
        subject = known.get(name)
        if subject is None:
            subject = known[name] = Subject(name, "")
            found[module].subjects.append(subject)
        # Of the class: FAB gives a resource a title of its own.
        told = (getattr(type(view), name, "") for name in ("rights_title", "list_title"))
        card = getattr(view, "card", None)
        plural = card.plural if card else ""
        subject.label = subject.label or str(next(filter(None, (*told, plural)), ""))
        if (data := getattr(view, "datamodel", None)) is not None:
            subject.said |= _words(verbs_of(data.obj))
        for kind in reversed(type(view).__mro__):
            subject.said |= kind.__dict__.get("right_words", {})
        subject.rights += [(right, view.class_permission_name) for right in view.base_permissions]
    # A screen has rights to what hangs on its records as well.
    elsewhere = _words(verb for verbs in VERBS.values() for verb in verbs)
    for subject in known.values():
        subject.said = elsewhere | subject.said
        subject.label = subject.label or subject.name
    for part in found.values():
        part.subjects.sort(key=lambda s: s.label.casefold())
    return [part for part in found.values() if part.subjects]


def _words(verbs: Iterable[Verb]) -> dict[str, str]:
    """Right -> word of each verb that has a right of its own."""
    return {
        f"can_{verb.right}": within_a_line(str(verb.word))
        for verb in verbs
        if verb.right == verb.name
    }


def allowed(role: str, subject: Subject) -> set[str]:
    """The rights of a role on a subject, whether by screen or by program."""
    manager = current_app.extensions["appbuilder"].sm
    if role == manager.auth_role_admin:
        return {right for right, _view in subject.rights}
    found = {right for right, view in subject.rights if manager.allows(role, right, view)}
    # Roles may write messages on every screen at once; the page itself is asked for as well.
    return found if "can_show" in found else found - {"can_message"}


@dataclass(frozen=True)
class Line:
    """What one role, or each of two, may do with a subject."""

    subject: Subject
    words: tuple[list[str], ...]

    @property
    def differs(self) -> bool:
        """Whether the roles are not equal here."""
        return any(said != self.words[0] for said in self.words[1:])


def table(*roles: str) -> list[tuple[Part, list[Line]]]:
    """What the roles may do, by module; a subject on which none may do anything is left out."""
    found = []
    for part in parts():
        lines = [
            Line(subject, tuple(subject.words(allowed(role, subject)) for role in roles))
            for subject in part.subjects
        ]
        lines = [line for line in lines if any(line.words)]
        if lines:
            found.append((part, lines))
    return found
