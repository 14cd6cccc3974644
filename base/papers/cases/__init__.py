"""Worked cases: a topic and its inputs give its results, compared with what was expected.

A module answers topics in ``<module>/domain/cases.py`` with ``TOPICS`` (topic -> function of the
inputs). A file says whose topics it means with its key ``module``: the name of a module that sets
``FILES = True`` there keeps topics of its own; any other file has the topics of all the rest.
"""

from base.papers.cases.differences import differences
from base.papers.cases.running import CaseRefused, Topics, UnknownTopic, each, refused, run_case

__all__ = [
    "CaseRefused",
    "Topics",
    "UnknownTopic",
    "differences",
    "each",
    "refused",
    "run_case",
]
