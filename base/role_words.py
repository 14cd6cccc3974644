"""What a role may do, in words: screens by module, verbs in a line each.

Roles are declared in the code of the modules, as patterns; here they are read against the screens
and resources that exist, so that what is shown is what is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import current_app

from base.i18n import _, _l
from base.verbs import VERBS, Verb, verbs_of
from base.wording import within_a_line

#: The verbs of every screen, in the order in which they are read; several rights may be one verb.
COMMON = {
    "see": (_l("consulter"), {"can_list", "can_show", "can_get", "can_info", "can_index"}),
    "add": (_l("créer"), {"can_add", "can_post"}),
    "edit": (_l("modifier"), {"can_edit", "can_put"}),
    "delete": (_l("supprimer"), {"can_delete", "can_remove"}),
}
#: Every other right: a declared verb brings its word itself, one without any is shown by its own
#: name, so that none is hidden.
OTHERS = {
    "can_accept": _l("accepter"),
    "can_account": _l("lier un compte"),
    "can_act": _l("planifier une action, la terminer"),
    "can_allocate": _l("répartir sur les bâtiments"),
    "can_archive": _l("archiver"),
    "can_attach": _l("joindre"),
    "can_batch": _l("écrire des relevés"),
    "can_cancel": _l("annuler"),
    "can_close": _l("clore"),
    "can_deposit": _l("dire acompte d’une autre"),
    "can_detach": _l("détacher"),
    "can_download": _l("télécharger"),
    "can_evidence": _l("obtenir une preuve"),
    "can_export": _l("exporter"),
    "can_fields": _l("remplir les champs supplémentaires"),
    "can_geometry": _l("tracer le contour"),
    "can_import": _l("importer"),
    "can_keep": _l("garder des vues"),
    "can_labels": _l("imprimer les étiquettes"),
    "can_link": _l("relier"),
    "can_message": _l("écrire un message"),
    "can_move": _l("déplacer"),
    "can_rates": _l("lire les taux horaires et le coût de la main-d’œuvre"),
    "can_refuse": _l("refuser"),
    "can_reject": _l("refuser"),
    "can_report": _l("signaler"),
    "can_restore": _l("remettre en service"),
    "can_resume": _l("reprendre"),
    "can_revoke": _l("révoquer"),
    "can_seal": _l("sceller"),
    "can_share": _l("partager des vues"),
    "can_tag": _l("demander une étiquette"),
    "can_undo": _l("annuler"),
}
#: Rights that are a part of seeing.
_PART = frozenset(
    {"can_shapes", "can_choose", "can_day", "can_here", "can_job", "labels", "menu_access"}
)
#: Screens and resources without a list title or a card.
SUBJECTS = {
    "Document": _l("Fichiers"),
    "Job": _l("Traitements"),
    "Seal": _l("Sceaux du journal"),
    "Inbox": _l("Boîte personnelle"),
    "SavedView": _l("Vues de listes"),
    "Import": _l("Imports"),
    "Map": _l("Carte"),
    "Mobile": _l("Pages de téléphone"),
    "Catalogue": _l("Rapports"),
    "Trail": _l("Journal"),
    "Reading": _l("Relevés"),
    "Expense": _l("Dépenses"),
    "Labour": _l("Temps passés"),
    "PartUse": _l("Pièces posées"),
    "Evidence": _l("Preuves"),
    "Open": _l("Description de l’API"),
    "Command": _l("Commandes à mettre en file"),
}
#: Pages that are everybody's, or nobody's to decide.
_LEFT_OUT = frozenset(
    {"Home", "Util", "Locale", "AuthDB", "Account", "SecondFactor", "Menu", "Security", "Follow",
     "TagPage", "Verify"}
)  # fmt: skip


@dataclass
class Subject:
    """One kind of thing with its rights: those of its screens and those of its resource."""

    name: str
    label: str
    #: (right, screen or resource) that exist.
    rights: list[tuple[str, str]] = field(default_factory=list)
    #: Right -> word of the verb that is declared on the records.
    verbs: dict[str, str] = field(default_factory=dict)


@dataclass
class Part:
    """The subjects of one module."""

    label: str
    subjects: list[Subject] = field(default_factory=list)


def parts() -> list[Part]:
    """Everything that rights are given on, by module, in the order of the modules."""
    builder = current_app.extensions["appbuilder"]
    titles = {"base": _("Commun")}
    titles.update((m.module, m.name) for m in current_app.manifests if m.module != "base")  # type: ignore[attr-defined]
    found: dict[str, Part] = {name: Part(label) for name, label in titles.items()}
    known: dict[str, Subject] = {}
    for view in builder.baseviews:
        name = view.class_permission_name.removesuffix("View").removesuffix("Api")
        if name in _LEFT_OUT:
            continue
        module = type(view).__module__.partition(".")[0]
        is_screen = view.class_permission_name.endswith("View")
        card = getattr(view, "card", None)
        title = card.plural if card else getattr(view, "list_title", "") if is_screen else ""
        subject = known.get(name)
        if subject is None:
            subject = known[name] = Subject(name, str(SUBJECTS.get(name, "")))
            found.setdefault(module, Part(module)).subjects.append(subject)
        subject.label = subject.label or str(title or "")
        subject.rights += [(right, view.class_permission_name) for right in view.base_permissions]
        if (data := getattr(view, "datamodel", None)) is not None:
            subject.verbs.update(_words(verbs_of(data.obj)))
    for subject in known.values():
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


def _declared() -> list[Verb]:
    return [verb for known in VERBS.values() for verb in known]


def allowed(role: str, subject: Subject) -> set[str]:
    """The rights of a role on a subject, whether by screen or by program."""
    manager = current_app.extensions["appbuilder"].sm
    if role == manager.auth_role_admin:
        return {right for right, _view in subject.rights}
    found = {right for right, view in subject.rights if manager.allows(role, right, view)}
    # Roles may write messages on every screen at once; the page itself is asked for as well.
    return found if "can_show" in found else found - {"can_message"}


def words(rights: set[str], verbs: Mapping[str, str]) -> list[str]:
    """Rights in words: the common verbs first, then the others in alphabetical order.

    ``verbs`` has the words of the verbs that are declared on the subject.
    """
    left, said = set(rights) - _PART, []
    for word, same in COMMON.values():
        if left & same:
            said.append(str(word))
            left -= same
    elsewhere = _words(_declared())  # a screen has rights to what hangs on its records as well
    others = {
        verbs.get(right) or str(OTHERS.get(right) or elsewhere.get(right, right[4:]))
        for right in left
    }
    return said + sorted(others, key=str.casefold)


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
            Line(subject, tuple(words(allowed(role, subject), subject.verbs) for role in roles))
            for subject in part.subjects
        ]
        lines = [line for line in lines if any(line.words)]
        if lines:
            found.append((part, lines))
    return found


def verbs_known() -> set[str]:
    """The rights that have words; a test holds every right that exists against them."""
    common = {right for _word, same in COMMON.values() for right in same}
    return common | set(OTHERS) | set(_PART) | set(_words(_declared()))
