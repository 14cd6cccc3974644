"""What a cell says: numbers, days, yes or no, places; or a sentence that says what is wrong.

Each parser takes a cell as a reader gives it (text, ``Decimal``, day, instant, ``bool`` or
nothing) and returns the value, ``None`` when the cell is empty. Nothing is guessed: what can be
read in two ways is refused, in words.
"""

from base.papers.tables.days import american_day, american_moment, day, moment
from base.papers.tables.numbers import euros, integer, latitude, longitude, number, positive_euros
from base.papers.tables.texts import ValueRefused, boolean, code, email, identifier, one_of, text

__all__ = [
    "ValueRefused",
    "american_day",
    "american_moment",
    "boolean",
    "code",
    "day",
    "email",
    "euros",
    "identifier",
    "integer",
    "latitude",
    "longitude",
    "moment",
    "number",
    "one_of",
    "positive_euros",
    "text",
]
