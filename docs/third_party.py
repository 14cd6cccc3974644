"""Write THIRD-PARTY.md from the pins and from base/static/vendor.json.

Run inside the environment: ``.venv/bin/python docs/third_party.py``. A test compares the names.
"""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Third-party software

Ouvrage is under the EUPL-1.2 (see `LICENSE`). It installs or carries the software below, each
under its own licence. This page is written by `docs/third_party.py`.

## Python packages installed from `requirements.txt`

| package | version | licence |
|---|---|---|
"""


def pins() -> list[tuple[str, str]]:
    """Name and version of every pinned package; two versions where Pythons differ."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)


def licence(name: str) -> str:
    """What a package says of its licence, in one line."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "see the package"
    if expression := about.get("License-Expression"):
        return str(expression)
    for classifier in about.get_all("Classifier") or []:
        if classifier.startswith("License ::"):
            return str(classifier.split(" :: ")[-1])
    first = (about.get("License") or "see the package").strip().splitlines()[0]
    return first[:80]


def main() -> None:
    """Write the page."""
    lines = [HEAD]
    for name, version in sorted(pins()):
        lines.append(f"| {name} | {version} | {licence(name)} |\n")
    lines.append("\n## Files carried in `base/static`\n\n")
    lines.append("| name | version | licence |\n|---|---|---|\n")
    vendored = json.loads((ROOT / "base/static/vendor.json").read_text(encoding="utf-8"))
    for entry in sorted(vendored, key=lambda e: e["name"]):
        lines.append(f"| {entry['name']} | {entry['version']} | {entry['licence']} |\n")
    lines.append("\n## Files carried in `base/data`\n\n")
    lines.append("| name | version | licence |\n|---|---|---|\n")
    lines.append(
        "| common-passwords.txt.gz, the list of common passwords of Django | 5.2.19 | "
        "BSD-3-Clause (`base/data/licences/django.txt`) |\n"
    )
    lines.append("\n## Files carried in `tests/data`, not part of the product\n\n")
    lines.append("| name | version | licence |\n|---|---|---|\n")
    lines.append("| axe-core | 4.14.1 | MPL-2.0 |\n")
    lines.append("\n## For the tests alone\n\n`tests/data/axe.min.js` is axe-core, MPL-2.0.\n")
    (ROOT / "THIRD-PARTY.md").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
