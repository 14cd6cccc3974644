"""Write the table of ``docs/performance.md`` from what ``run.py bench --json`` printed.

``python3 run.py bench --json > figures.json``, then ``python3 docs/performance.py figures.json``:
several files, of several scales, are put together. Only what stands between the two marks of the
page is replaced.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("performance.md")
BEGIN, END = "<!-- table -->", "<!-- /table -->"


def shown(value: Any) -> str:
    """A figure as French people write it."""
    if isinstance(value, float):
        return f"{value:,.1f}".replace(",", "\u202f").replace(".", ",")
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return str(value).replace("|", "\\|")


def table(results: list[dict[str, Any]]) -> str:
    """One table: each measure with its machine, its bar and its figures."""
    lines: list[str] = []
    for found in results:
        machine = " · ".join(f"{key} {value}" for key, value in found["machine"].items())
        lines += [f"Échelle « {found['scale']} » — {machine}", ""]
        lines += ["| mesure | chiffre | valeur |", "|---|---|---|"]
        for name, bench in sorted(found["benches"].items()):
            bar = bench["bar"] or "—"
            lines.append(f"| **{name}** | à tenir | {shown(bar)} |")
            lines += [
                f"| {name} | {shown(key)} | {shown(value)} |"
                for key, value in bench["figures"].items()
            ]
        lines.append("")
    return "\n".join(lines)


def main(files: list[str]) -> int:
    """Replace the table of the page."""
    results = [json.loads(Path(name).read_text(encoding="utf-8")) for name in files]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN, 1)
    _former, after = rest.split(END, 1)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(results)}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage : {sys.argv[0]} figures.json…")
    sys.exit(main(sys.argv[1:]))
