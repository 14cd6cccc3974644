"""A file that may be of another kind: most of its columns are strange to the one it is given to.

Many tables have a number and a name: a list of towns would make vehicles of them. Such a file waits
until a person says that it is meant so, whatever the door.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from base.basics.errors import InvalidInput
from base.basics.i18n import _l, ngettext, quoted
from base.desk.imports.rows import Options, Question
from base.desk.imports.ways import answering
from base.papers.tables import Recognition

if TYPE_CHECKING:
    from base.desk.imports.declaration import Importer

_ALL_THE_SAME = _l("Importer quand même, sans ces colonnes")
#: What a person answers when the file is of that kind all the same.
CONFIRM = Question(
    "confirm",
    _l("La plupart des colonnes ne sont pas connues"),
    (
        ("", _l("Refuser le fichier")),
        ("oui", _ALL_THE_SAME),
    ),
    asked_anew=True,
)
#: Keys of what most records have, whatever they are.
_COMMON = frozenset({"name", "label", "title"})
#: Columns named in the sentence, at most.
_NAMED = 8


class Foreign(InvalidInput):
    """Nothing in the file says that it is of this kind, and most of its columns are unknown."""


def questions_of(importer: Importer) -> Sequence[Question]:
    """All that a person may be asked of a file of this kind."""
    return importer.questions if importer.streams else (*importer.questions, CONFIRM)


def is_foreign(importer: Importer, recognition: Recognition, fixed: Collection[str] = ()) -> bool:
    """Whether a file may be of another kind.

    No column tells this kind from others, and more columns are left aside than taken. ``fixed``
    are the keys of columns whose one value a person gave.
    """
    present = {*recognition.columns, *fixed}
    return len(_strange(recognition)) > len(present) and not (
        present & set(importer.telling)
        if importer.telling
        else present - _COMMON - set(importer.row_keys())
    )


def refuse_foreign(
    importer: Importer, recognition: Recognition, fixed: Collection[str], options: Options
) -> None:
    """Refuse a file that may be of another kind, unless a person said that it is of this one.

    Raises:
        Foreign: the sentence names what is known, what is not, and how to confirm.
    """
    if options.answers.get(CONFIRM.key) or not is_foreign(importer, recognition, fixed):
        return
    strange = _strange(recognition)
    shown = ", ".join(quoted(name) for name in strange[:_NAMED])
    known = ", ".join(
        quoted(recognition.headers[at]) for at in sorted(set(recognition.columns.values()))
    )
    raise Foreign(
        ngettext(
            "Ce fichier n’est peut-être pas pour « %(title)s » : aucune colonne ne le dit, et"
            " %(num)d n’est pas connue (%(strange)s) ; seules"
            " le sont : %(known)s. Choisissez un autre genre, associez les colonnes, ou"
            " confirmez : %(how)s.",
            "Ce fichier n’est peut-être pas pour « %(title)s » : aucune colonne ne le dit, et"
            " %(num)d ne sont pas connues (%(strange)s) ; seules"
            " le sont : %(known)s. Choisissez un autre genre, associez les colonnes, ou"
            " confirmez : %(how)s.",
            len(strange),
            title=str(importer.title),
            strange=shown + ("…" if len(strange) > _NAMED else ""),
            known=known,
            how=answering(_ALL_THE_SAME, CONFIRM.key, "oui"),
        )
    )


def _strange(recognition: Recognition) -> list[str]:
    taken = set(recognition.columns.values())
    return [name for at, name in enumerate(recognition.headers) if name and at not in taken]
