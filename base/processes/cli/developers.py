"""Commands for developers and integrators."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from base.basics.errors import UsageError
from base.processes.cli import installed, layout
from config import ROOT

#: Where a machine keeps files in memory, and how much of it a run of the tests may need, bytes.
_MEMORY = Path("/dev/shm")  # noqa: S108
_LEAST_MEMORY = 4 * 1024**3


def register(subparsers: Any) -> None:
    """Add these commands."""
    test = subparsers.add_parser(
        "test",
        help="lancer les tests",
        description="Lance les tests sur SQLite, PostgreSQL et Redis, et dans un navigateur s’il y "
        "en a un. Les autres arguments vont à pytest.",
    )
    test.add_argument(
        "--slow", action="store_true", help="avec les arrêts brutaux, horloges, cas par milliers"
    )
    test.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="arguments de pytest")
    test.set_defaults(run=lambda arguments: run_tests(arguments.arguments))

    lint = subparsers.add_parser(
        "lint",
        help="style, types, gabarits et scripts",
        description="Contrôle le style (ruff), les types (mypy), les scripts (oxlint, oxfmt), les "
        "feuilles de style (oxfmt) et les gabarits (djlint).",
    )
    lint.set_defaults(run=run_lint)

    migration = subparsers.add_parser(
        "migration",
        help="écrire la migration d’un module",
        description="Compare les modèles d’un module à ses migrations et écrit celle qui manque.",
    )
    migration.add_argument("module", metavar="MODULE")
    migration.add_argument("--message", default="change", help="ce que change la migration")
    migration.set_defaults(run=write_migration)

    module = subparsers.add_parser("module", help="les modules", description="Gère les modules.")
    verbs = module.add_subparsers(metavar="VERBE", required=True)
    removal = verbs.add_parser(
        "remove",
        help="ôter un module de la base",
        description="Supprime les tables d’un module, dont le dossier est encore là ou déjà parti. "
        "L’histoire, les documents et les messages de ses fiches restent.",
    )
    removal.add_argument("name", metavar="NOM", help="le nom du dossier du module")
    removal.add_argument("--force", action="store_true", help="même s’il a des lignes")
    removal.set_defaults(run=remove_module)

    i18n = subparsers.add_parser(
        "i18n",
        help="mettre à jour les traductions",
        description="Relève les phrases de chaque module, met à jour ses catalogues et dit combien "
        "de phrases restent à traduire.",
    )
    i18n.set_defaults(run=update_translations)

    bench = subparsers.add_parser(
        "bench",
        help="mesurer les performances",
        description="Lance les mesures du projet ; affiche la machine, les versions et les "
        "chiffres à tenir.",
    )
    bench.add_argument("name", metavar="NOM", nargs="?", help="une seule mesure")
    bench.add_argument("--scale", choices=("small", "full"), default="small", help="taille")
    bench.add_argument(
        "--keep",
        metavar="DOSSIER",
        type=Path,
        help="garder ici les bases qui sont longues à faire, ou reprendre celles qui y sont",
    )
    bench.add_argument("--json", action="store_true", help="un objet JSON")
    bench.set_defaults(run=run_benches)


def run_tests(arguments: list[str]) -> int:
    """Run pytest in the project's folder, on several cores unless the arguments say how."""
    given = [a for a in arguments if a != "--slow"]
    env = dict(os.environ, PYTHONUTF8="1")
    if len(given) < len(arguments):
        env["OUVRAGE_SLOW"] = "1"
    if not any(a.startswith(("-n", "-p", "--pdb", "--co")) for a in given):
        cores = str(min(8, os.cpu_count() or 1))
        given = ["-n", cores, "--dist", "loadfile", "--no-loadscope-reorder", *given]
    with _scratch() as folder:
        if folder is not None:
            env["TMPDIR"] = folder
            # Where compiled code is not kept beside the source, a hundred commands would each
            # compile five hundred files again.
            if env.pop("PYTHONDONTWRITEBYTECODE", ""):
                env["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        return subprocess.run(
            [sys.executable, "-m", "pytest", *given], cwd=ROOT, env=env, check=False
        ).returncode


@contextmanager
def _scratch() -> Iterator[str | None]:
    """A temporary folder in memory, where there is some; None elsewhere.

    Every test has a fresh database: on a disk that waits for each write, half the time goes there.
    """
    try:
        free = shutil.disk_usage(_MEMORY).free
    except OSError:
        free = 0
    if "TMPDIR" in os.environ or free < _LEAST_MEMORY or not os.access(_MEMORY, os.W_OK):
        yield None
        return
    with tempfile.TemporaryDirectory(
        prefix="ouvrage-", dir=_MEMORY, ignore_cleanup_errors=True
    ) as folder:
        os.chmod(folder, 0o711)  # PostgreSQL runs as somebody else when root runs the tests
        yield folder


def run_lint(arguments: Namespace) -> int:
    """Run every check; each one says its name, and one that fails does not stop the others.

    All of them are programs that pip brings: none needs Node.js.
    """
    tools = Path(sys.executable).parent
    modules = [folder.name for folder in layout.modules()]
    scripts, styles = layout.served("js"), layout.served("css")
    templates = [folder for name in modules if (folder := ROOT / name / "templates").is_dir()]
    checks: dict[str, list[Any]] = {
        "style (ruff)": [sys.executable, "-m", "ruff", "check", "."],
        "mise en forme (ruff)": [sys.executable, "-m", "ruff", "format", "--check", "."],
        "types (mypy)": [sys.executable, "-m", "mypy", "config.py", "run.py", *modules],
        "code sans usage (vulture)": [sys.executable, "-m", "base.processes.cli.dead_code"],
        "scripts (oxlint)": [tools / "oxlint", *scripts],
        "mise en forme des scripts et des styles (oxfmt)": [
            tools / "oxfmt",
            "--check",
            *scripts,
            *styles,
        ],
        "gabarits (djlint)": [tools / "djlint", "--lint", "--quiet", *templates],
    }
    failed = []
    for name, command in checks.items():
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    print("== lignes des gabarits, des scripts et des styles", flush=True)
    if found := layout.faults([*layout.templates(), *scripts, *styles]):
        print(*found, sep="\n")
        failed.append("lignes")
    print(f"À reprendre : {', '.join(failed)}." if failed else "Tout est en ordre.")
    return 1 if failed else 0


def write_migration(arguments: Namespace) -> int:
    """Write the migration of one module, or say that nothing differs.

    Models are compared with a scratch database made by the migrations there are.
    """
    from tempfile import TemporaryDirectory

    from base.app import bare_app
    from base.store.database import db
    from base.upkeep.schema import migrations
    from config import settings

    with TemporaryDirectory() as scratch:
        app = bare_app(settings({"OUVRAGE_DATA_DIR": scratch}))
        if arguments.module not in {m.module for m in app.manifests}:
            raise UsageError(f"Le module « {arguments.module} » n’existe pas.")
        with app.app_context():
            migrations.upgrade(db.engine, app.manifests, triggers=False)
            made = migrations.generate(
                db.engine, app.manifests, arguments.module, arguments.message
            )
            db.engine.dispose()
    if made is None:
        print("Les migrations disent déjà tout ce que disent les modèles.")
    else:
        if importlib.util.find_spec("ruff"):  # comes with the tests: `lint` asks for its layout
            subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(made)], check=True)
        print(f"Migration écrite : {made} ; relisez-la, puis lancez migrate.")
    return 0


def remove_module(arguments: Namespace) -> int:
    """Drop the tables of a module."""
    from base.basics.formats import counted
    from base.rules.modules import removal
    from base.store.database import db

    app = installed.bare()
    with app.app_context():
        done = removal.remove(db.engine, app.manifests, arguments.name, force=arguments.force)
    gone = counted(len(done.tables), "table supprimée", "tables supprimées")
    print(f"{gone} : {', '.join(done.tables)}.")
    if (ROOT / arguments.name).is_dir():
        print(f"Supprimez le dossier {arguments.name}/, sinon « migrate » recréera les tables.")
    return 0


def update_translations(arguments: Namespace) -> int:
    """Extract the sentences of each module and update its catalogues."""
    from base.basics.formats import counted
    from base.processes.cli.translations import update
    from base.rules.modules.loading import discover

    for module, (total, untranslated) in update(m.path for m in discover()).items():
        sentences = counted(total, "phrase", "phrases")
        print(f"{module} : {sentences}, {untranslated} à traduire en anglais")
    return 0


def _declared_benches() -> Any:
    """``tests.bench.declared``, once its own benches and those of modules dropped in are declared.

    Raises:
        UsageError: this installation came without its tests, where the benches stand.
    """
    from base.rules.modules.loading import discover, room

    place = ROOT / "tests" / "bench"
    if not place.is_dir():
        raise UsageError(
            f"Les mesures sont dans {place}, que cette installation n’a pas : prenez le dossier "
            "tests/ de la même version."
        )
    for file in sorted(place.glob("*.py")):
        importlib.import_module(f"tests.bench.{file.stem}")
    for manifest in discover():
        if (manifest.path / "tests" / "bench.py").is_file():
            room(manifest, "tests.bench")
    return sys.modules["tests.bench.declared"]


def run_benches(arguments: Namespace) -> int:
    """Run the declared benchmarks and print their figures."""
    declared = _declared_benches()
    benches = declared.BENCHES
    if arguments.keep is not None:
        declared.KEPT[:] = [arguments.keep]
    chosen = sorted(name for name, bench in benches.items() if not bench.alone)
    if arguments.name is not None:
        if arguments.name not in benches:
            raise UsageError(
                f"Aucune mesure ne s’appelle « {arguments.name} » ; il y a : "
                f"{', '.join(sorted(benches))}."
            )
        chosen = [arguments.name]
    about = machine()
    if not arguments.json:
        print(" · ".join(f"{key} {value}" for key, value in about.items()))
    results = {}
    for name in chosen:
        bench = benches[name]
        begin = time.perf_counter()
        figures = dict(bench.function(arguments.scale))
        seconds = round(time.perf_counter() - begin, 1)
        results[name] = {"bar": bench.bar, "figures": figures, "seconds": seconds}
        if not arguments.json:
            print(f"\n{name}   (à tenir : {bench.bar or '—'} ; mesuré en {seconds} s)")
            width = max((len(key) for key in figures), default=0)
            for key, value in figures.items():
                print(f"  {key:<{width}}  {_shown(value)}")
    if arguments.json:
        print(json.dumps({"machine": about, "scale": arguments.scale, "benches": results}))
    return 0


def _shown(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".replace(",", " ").replace(".", ",")
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else value


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    import sqlite3
    from importlib.metadata import version

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": os.cpu_count(),
        "memory_gb": round(memory, 1),
        # What else was running: above a half, the milliseconds are those of a busy machine.
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": version("sqlalchemy"),
        "flask_appbuilder": version("flask-appbuilder"),
    }
