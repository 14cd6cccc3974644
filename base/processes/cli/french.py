"""argparse in French: the sentences of its help and of its refusals."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from base.basics.typography import spaced

SENTENCES = {
    "usage: ": "usage : ",
    "options": "options",
    "positional arguments": "arguments",
    "optional arguments": "options",
    "show this help message and exit": "affiche cette aide",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
    "expected at most one argument": "une valeur au plus est attendue",
    "invalid choice: %(value)r (choose from %(choices)s)": "« %(value)s » n’est pas un choix "
    "possible (choix : %(choices)s)",
    "invalid %(type)s value: %(value)r": "« %(value)s » n’est pas une valeur correcte",
    "one of the arguments %s is required": "l’un de ces arguments est nécessaire : %s",
    "not allowed with argument %s": "incompatible avec l’argument %s",
    "ambiguous option: %(option)s could match %(matches)s": "option ambiguë : %(option)s peut "
    "être %(matches)s",
    "argument %(argument_name)s: %(message)s": "argument %(argument_name)s : %(message)s",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s\n",
    " (default: %(default)s)": " (par défaut : %(default)s)",
}


def _translate(sentence: str) -> str:
    return SENTENCES.get(sentence, sentence)


# argparse asks this name of its own module for each of its sentences.
argparse._ = _translate  # type: ignore[attr-defined]


class Parser(argparse.ArgumentParser):
    """A parser that refuses with one sentence and exit code 2, and never abbreviates."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and how to get help."""
        print(spaced(f"{self.prog} : {message}"), file=sys.stderr)
        print(spaced(f"Aide : {self.prog} --help"), file=sys.stderr)
        raise SystemExit(2)

    def format_help(self) -> str:
        """The help, set as French sentences are."""
        return spaced(super().format_help())
