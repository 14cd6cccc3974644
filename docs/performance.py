"""Write the tables of ``docs/performance.md`` from what ``run.py bench --json`` printed.

``python3 run.py bench --scale full --json > figures.json``, then ``python3 docs/performance.py
figures.json``. Several files are put together, the later ones over the earlier. Only what stands
between the two marks of the page is replaced; a figure that no file holds is said to be missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).with_name("performance.md")
BEGIN, END = "<!-- table -->", "<!-- /table -->"
#: Beyond this load the milliseconds of the clock are those of a busy machine.
BUSY = 0.7


class Line(NamedTuple):
    """One measure: its words, where its figure stands, what it must reach, what others do."""

    words: str
    bench: str
    key: str
    unit: str
    #: "<=" or ">=", and the figure to reach; the key of another figure when it is a text.
    sense: str = ""
    bar: float | str = 0
    others: str = ""


LINES = (
    Line("second démarrage jusqu’à /ready", "start", "second_start_s", "s", "<=", 1.5),
    Line("produit entier au repos (somme des PSS)", "start", "rest_pss_mb", "Mo", "<=", 200),
    Line(
        "liste REST de 50, 10 000 biens",
        "pages",
        "rest_list_50_ms",
        "ms",
        "<=",
        30,
        "FAB nu 17 ; Tryton 55 ; NetBox 124 ; InvenTree 113",
    ),
    Line(
        "fiche REST",
        "pages",
        "rest_detail_ms",
        "ms",
        "<=",
        12,
        "FAB nu 7 ; Tryton 22 ; NetBox 109 ; InvenTree 78",
    ),
    Line("liste HTML", "pages", "html_list_ms", "ms", "<=", 60, "FAB nu 34 ; NetBox 281"),
    Line("fiche HTML", "pages", "html_record_ms", "ms", "<=", 80, "FAB nu 16"),
    *(
        Line(f"{words} ÷ FAB nu, dans la même série", "floor", f"{key}_ratio", "×", sense, bar)
        for words, key, sense, bar in (
            ("fiche HTML", "html_record", "<=", 2),
            ("liste HTML de 50", "html_list", "<=", 1),
            ("liste REST de 50", "rest_list", "<=", 0.8),
            ("fiche REST", "rest_detail", "<=", 0.8),
            ("création par REST, médiane", "create_p50", "<=", 1.6),
            ("… son plus lent vingtième", "create_p95", "<=", 2),
            ("huit clients qui créent, par seconde", "writers_per_s", ">=", 0.5),
            ("… leur plus lent vingtième", "writers_p95", "<=", 2),
        )
    ),
    Line("page d’étiquette, agent", "pages", "tag_page_ms", "ms", "<=", 40),
    Line("page d’étiquette, passant", "pages", "tag_page_stranger_ms", "ms", "<=", 40),
    Line("création par REST, médiane", "create", "create_p50_ms", "ms", "<=", 20),
    Line(
        "huit clients qui créent, SQLite",
        "create",
        "eight_clients_per_s",
        "/s",
        ">=",
        100,
        "54/s pour le meilleur ; InvenTree 81 erreurs sur 200",
    ),
    Line("… leurs erreurs", "create", "errors", "", "<=", 0),
    Line("… le plus lent centième", "create", "p99_ms", "ms", "<=", 500),
    Line(
        "10 000 étiquettes en un PDF",
        "labels",
        "labels_per_s",
        "/s",
        ">=",
        500,
        "ReportLab nu 1 000 à 1 400 ; InvenTree 32",
    ),
    Line("… mémoire de plus", "labels", "more_memory_mb", "Mo", "<=", 20),
    Line(
        "import de biens",
        "import",
        "first_rows_per_s",
        "lignes/s",
        ">=",
        1500,
        "Tryton 176 ; NetBox 16",
    ),
    Line("le même encore", "import", "again_rows_per_s", "lignes/s", ">=", 5000),
    Line("1 000 000 de relevés, SQLite", "readings", "sqlite_first_s", "s", "<=", 8),
    Line("les mêmes encore, SQLite", "readings", "sqlite_same_values_s", "s", "<=", 8),
    Line("1 000 000 de relevés, PostgreSQL", "readings", "postgresql_first_s", "s", "<=", 8),
    Line("les mêmes encore, PostgreSQL", "readings", "postgresql_same_values_s", "s", "<=", 8),
    Line(
        "rapport de coûts, 1 000 000 d’écritures, SQLite",
        "report",
        "sqlite_report_s",
        "s",
        "<=",
        "sqlite_report_bar_s",
    ),
    Line(
        "rapport de coûts, 1 000 000 d’écritures, PostgreSQL",
        "report",
        "postgresql_report_s",
        "s",
        "<=",
        "postgresql_report_bar_s",
    ),
    Line(
        "100 000 lignes en XLSX, SQLite",
        "report",
        "sqlite_xlsx_ratio",
        "× XlsxWriter à la main",
        "<=",
        1.3,
        "pandas 2,2",
    ),
    Line("… mémoire de plus qu’au repos", "report", "sqlite_xlsx_more_mb", "Mo", "<=", 300),
    Line(
        "huit personnes à côté d’imports, plus lent centième", "agents", "p99_ms", "ms", "<=", 1000
    ),
    Line("… erreurs", "agents", "errors", "", "<=", 0),
    Line("… lignes perdues ou doublées", "agents", "lost_or_doubled", "", "<=", 0),
    Line("sceller les faits, SQLite", "seals", "sqlite_seal_s", "s", "<=", 10),
    Line("sceller les faits, PostgreSQL", "seals", "postgresql_seal_s", "s", "<=", 10),
    Line("vérifier les faits, SQLite", "seals", "sqlite_verify_s", "s", "<=", 10),
)
SUMS = ("total of a branch", "totals of its children", "assets of a branch by kind")
FRENCH = {
    "total of a branch": "coût d’une branche de 100 000 biens",
    "totals of its children": "coûts de ses enfants",
    "assets of a branch by kind": "ses biens par nature",
}
NOT_MEASURED = "non mesuré"


def shown(value: Any) -> str:
    """A figure as French people write it."""
    if isinstance(value, float):
        digits = 2 if abs(value) < 10 else 1
        return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    return str(value).replace("|", "\\|")


def held(value: Any, sense: str, bar: float) -> str:
    """Whether a figure reaches its bar, in one word."""
    return "oui" if (value <= bar if sense == "<=" else value >= bar) else "**non**"


def summary(results: list[dict[str, Any]]) -> list[str]:
    """One line for each figure to reach, with what the issues say of others."""
    rows = [
        "| mesure | à tenir | mesuré | tenu | ailleurs, selon les demandes du projet |",
        "|---|---|---|---|---|",
    ]
    for line in LINES:
        where = [r for r in results if line.key in _figures(r, line.bench)]
        if not where:
            rows.append(
                f"| {line.words} | {_bar(line, {})} | {NOT_MEASURED} | — | {line.others or '—'} |"
            )
            continue
        figures = _figures(where[-1], line.bench)
        value = figures[line.key]
        bar = figures[line.bar] if isinstance(line.bar, str) else line.bar
        busy = " (machine occupée)" if where[-1]["machine"].get("load", 0) > BUSY else ""
        rows.append(
            f"| {line.words} | {_bar(line, figures)} | {shown(value)} {line.unit}{busy} | "
            f"{held(value, line.sense, bar)} | {line.others or '—'} |"
        )
    return rows


def _bar(line: Line, figures: dict[str, Any]) -> str:
    sign = "≤" if line.sense == "<=" else "≥"
    if isinstance(line.bar, str):
        told = f"{shown(figures[line.bar])} s : " if line.bar in figures else ""
        return f"{sign} {told}2 × la somme SQL + 1 s"
    return f"{sign} {shown(line.bar)} {line.unit}".strip()


def _figures(result: dict[str, Any], bench: str) -> dict[str, Any]:
    found: dict[str, Any] = result["benches"].get(bench, {}).get("figures", {})
    return found


def scale(results: list[dict[str, Any]], engine: str) -> list[str]:
    """Pages, searches and sums at the large size, each beside its cost at the small one."""
    with_scale = [r for r in results if f"{engine}: assets, ms" in _figures(r, "scale")]
    if not with_scale:
        return []
    figures, machine = _figures(with_scale[-1], "scale"), with_scale[-1]["machine"]
    few, many = figures["held_against"], figures["assets"]
    own = {k.split(": ", 1)[1]: v for k, v in figures.items() if k.startswith(f"{engine}: ")}
    names = [k[: -len(", times")] for k in own if k.endswith(", times")]
    rows = [
        f"### {shown(many)} biens sur {engine}",
        "",
        f"Charge de la machine au départ : {shown(float(machine.get('load', 0)))}. "
        "Chaque page à tenir ≤ 1,5 fois son coût à "
        f"{shown(few)} biens, ≤ 150 Ko.",
        "",
        f"| page | {shown(few)}, ms | {shown(many)}, ms | fois | dont base, ms | instructions "
        "| Ko |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in names:
        times = own[f"{name}, times"]
        told = f"**{shown(times)}**" if times > 1.5 else shown(times)
        rows.append(
            f"| {name} | {shown(own[f'{name}, ms at {few}'])} | {shown(own[f'{name}, ms'])} | "
            f"{told} | {shown(own[f'{name}, in the database ms'])} | "
            f"{own[f'{name}, statements']} | {shown(own[f'{name}, KB'])} |"
        )
    rows += ["", "| recherche, dans la base | ms | à tenir | fiches |", "|---|---|---|---|"]
    for key in own:
        if key.startswith("search of ") and key.endswith(", ms"):
            name = key[len("search of ") : -len(", ms")]
            limit = 150 if "typo" in name else 100
            rows.append(
                f"| {name} | {shown(own[key])} | {limit} | {own[f'search of {name}, found']} |"
            )
    rows += ["", "| somme | ms | à tenir |", "|---|---|---|"]
    rows += [f"| {FRENCH[n]} | {shown(own[f'{n}, ms'])} | 500 |" for n in SUMS]
    return [*rows, ""]


def machines(results: list[dict[str, Any]]) -> list[str]:
    """What each file was measured on."""
    found = []
    for result in results:
        told = " · ".join(f"{key} {value}" for key, value in result["machine"].items())
        found.append(
            f"- {', '.join(sorted(result['benches']))}, échelle « {result['scale']} » : {told}"
        )
    return found


def main(files: list[str]) -> int:
    """Replace the tables of the page."""
    results = [json.loads(Path(name).read_text(encoding="utf-8")) for name in files]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN, 1)
    _former, after = rest.split(END, 1)
    lines = [*machines(results), "", *summary(results), ""]
    lines += [*scale(results, "sqlite"), *scale(results, "postgresql")]
    text = "\n".join(lines).rstrip()
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage : {sys.argv[0]} figures.json…")
    sys.exit(main(sys.argv[1:]))
