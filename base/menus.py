"""The groups of the menu that several modules fill; a module may add groups of its own.

What is opened every day stands in the open groups; what is set up once is folded away.
"""

from base.i18n import _l

MEASURE = {
    "category": "Measure",
    "category_label": _l("Mesurer"),
    "category_icon": "report-analytics",
}
TOOLS = {"category": "Tools", "category_label": _l("Outils"), "category_icon": "tool"}
SETTINGS = {"category": "Settings", "category_label": _l("Réglages"), "category_icon": "settings"}
#: First groups, in order; those of drop-in modules stand between these and the last ones.
FIRST = ("Interventions", "Patrimoine", "Measure")
LAST = ("Tools", "Settings", "Security")
#: Shown as one line that unfolds.
FOLDED = frozenset({"Settings", "Security"})
