"""QR codes as one path of PDF operators.

Level M, a white margin of four modules. The mask is fixed: any mask makes a valid code, and
looking for the best of eight costs seven times the time of drawing.
"""

from __future__ import annotations

#: White modules around the code, asked for by ISO/IEC 18004.
QUIET = 4
MASK = 3
#: Bytes that each version holds at level M.
_CAPACITY = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)


class TooLong(ValueError):
    """The text does not fit a code that a telephone reads from a small label."""


def version_for(text: str) -> int:
    """The smallest version that holds the text at level M.

    Raises:
        TooLong: more than 213 bytes.
    """
    size = len(text.encode())
    for version, capacity in enumerate(_CAPACITY, start=1):
        if size <= capacity:
            return version
    raise TooLong(f"{size} bytes in a QR code")


def modules(text: str, version: int | None = None) -> list[list[bool]]:
    """The square of modules, true for black, without the margin."""
    from qrcode import constants
    from qrcode.main import QRCode
    from qrcode.util import MODE_8BIT_BYTE, QRData

    code = QRCode(
        version=version or version_for(text),
        error_correction=constants.ERROR_CORRECT_M,
        mask_pattern=MASK,
        border=QUIET,
    )
    code.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    code.make(fit=False)
    return code.modules  # type: ignore[return-value]


def path(text: str, x: float, y: float, side: float, version: int | None = None) -> str:
    """Operators that fill the code in black; ``x, y`` is the lower left corner of its margin.

    ``side`` counts the white margin in. Rows are runs of modules in module units under one
    matrix, so that the same code compresses well wherever it stands on the page.
    """
    square = modules(text, version)
    count = len(square)
    unit = side / (count + 2 * QUIET)
    parts = [f"q {unit:.5f} 0 0 {unit:.5f} {x + QUIET * unit:.3f} {y + QUIET * unit:.3f} cm 0 g\n"]
    for index, row in enumerate(square):
        height = count - 1 - index
        start = None
        for column, black in enumerate((*row, False)):
            if black and start is None:
                start = column
            elif not black and start is not None:
                parts.append(f"{start} {height} {column - start} 1 re\n")
                start = None
    parts.append("f Q\n")
    return "".join(parts)
