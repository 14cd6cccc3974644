"""Taking an import back: what it made is removed, what it changed is put back, with a trail.

An import remembers each record that it made or changed (``deeds``). Undoing looks at each of
them again (``look``), keeps and names what served or changed since, and does the rest
(``undo_import``). A module says for each of its tables how that is done (``Undoer``).
"""

from base.desk.imports.undo.carrying import held_to_undo, undo_import
from base.desk.imports.undo.declaration import Fate, Step, Undoer, undoes
from base.desk.imports.undo.looking import Outcome, look, why_not

__all__ = [
    "Fate",
    "Outcome",
    "Step",
    "Undoer",
    "held_to_undo",
    "look",
    "undo_import",
    "undoes",
    "why_not",
]
