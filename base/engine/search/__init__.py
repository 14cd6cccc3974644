"""Search over all modules: one index, kept up in the transaction of each change.

A module declares what is searched in its room ``search``; ``find`` answers the box of every page,
``criterion`` the search box of a list. The words of each record stand in the index with its kind
and authority in front: a question reads the words of the person's own authorities, and the time
it takes tells nothing of others.
"""

from base.engine.search.building import rebuild_inside
from base.engine.search.declaration import KINDS, Around, Kind, searchable
from base.engine.search.finding import Found, criterion, find
from base.engine.search.upkeep import note_gone, note_many, note_outer

__all__ = [
    "KINDS",
    "Around",
    "Found",
    "Kind",
    "criterion",
    "find",
    "note_gone",
    "note_many",
    "note_outer",
    "rebuild_inside",
    "searchable",
]
