"""Read one workbook under limits; a script of its own, which knows nothing of the application.

Arguments: file, columns at most, characters a cell at most, sheet. Writes JSON lines.
A refusal is one JSON object on the error output and status 3.
"""

import json
import re
import resource
import sys
import warnings
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY = 1024**3
SECONDS = 60
#: Merged cells that are told, at most: no honest sheet has more.
MERGED = 20_000
#: A merged range in the text of a sheet; the sign "<" stands in no cell.
RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
#: How a workbook writes a character by its number; halves of characters are left as they are.
_ESCAPED = re.compile("_x(?![dD][89a-fA-F])([0-9a-fA-F]{4})_")


def limit() -> None:
    """1 GB of address space, 60 s of work, no file written, no core."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(value: object) -> object:
    """One cell as JSON: numbers and days are marked as such."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        # A character that XML cannot hold is written _x000D_, and a sign of that form _x005F_.
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, int):
        return ["n", str(value)]
    if isinstance(value, float):
        # 15 digits are what a spreadsheet shows; beyond is the noise of binary fractions.
        return ["n", f"{value:.15g}"]
    if isinstance(value, datetime):
        if value.time() == time():
            return ["d", value.date().isoformat()]
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, timedelta):
        return ["n", f"{value.total_seconds() / 86400:.15g}"]
    return str(value)


def refuse(**what: object) -> None:
    """Say what is wrong, and end."""
    sys.stdout.flush()
    print(json.dumps(what), file=sys.stderr)
    sys.exit(3)


def column(letters: bytes) -> int:
    """The number of a column, from 1: A, B, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def merged(book: Any, sheet: Any) -> list[list[int]]:
    """First row and column, last row and column of each merged range."""
    found: list[list[int]] = []
    rest = b""
    with book._archive.open(sheet._worksheet_path) as source:
        while chunk := source.read(1 << 20):
            text = rest + chunk
            end = 0
            for match in RANGE.finditer(text):
                end = match.end()
                left, top, right, bottom = match.groups()
                found.append([int(top), column(left), int(bottom), column(right)])
                if len(found) >= MERGED:
                    return found
            # A range may be cut by the end of the chunk: what comes after the last one is kept.
            rest = text[max(end, len(text) - 400) :]
    return found


def dressed(cell: Any) -> object:
    """One cell as JSON; a number with the format that its sheet shows it by."""
    value = cell.value
    made = plain(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        form = cell.number_format
        if form and form != "General":
            return [*made, form]  # type: ignore[misc]
    return made


def rows(sheet: Any, columns: int, characters: int) -> None:
    """Print each row that holds something, with its number."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    write = sys.stdout.write
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        last = len(cells)
        while last and cells[last - 1].value in (None, ""):
            last -= 1
        if not last:
            continue
        if last > columns:
            refuse(fault="columns", row=number)
        for at, cell in enumerate(cells[:last], start=1):
            if isinstance(cell.value, str) and len(cell.value) > characters:
                refuse(fault="cell", row=number, column=at)
        write(json.dumps([number, [dressed(cell) for cell in cells[:last]]]) + "\n")


def main(path: str, columns: str, characters: str, name: str) -> None:
    """Print the rows of one sheet."""
    limit()
    warnings.simplefilter("ignore")
    import openpyxl

    with open(path, "rb") as source:  # by name it would want the ending .xlsx
        book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
        sheet = book[name]
        if hasattr(sheet, "iter_rows"):  # a sheet of charts has no rows
            print(json.dumps([0, merged(book, sheet)]))
            rows(sheet, int(columns), int(characters))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except MemoryError:
        refuse(fault="memory")
    except BrokenPipeError:
        sys.exit(0)
