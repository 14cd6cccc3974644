"""Code that nothing uses: vulture, told of the names that it cannot see; a part of ``lint``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from config import ROOT

#: Decorators that hand a function to whoever calls it.
DECORATORS = (
    "@action @app.* @declared_attr* @event.listens_for @expose @job @periodic @record_rule @route"
    " @served @thread_source @validates @verb @*_tile"
).split()
#: Who calls or reads what nothing of ours does -> its names.
CALLED: dict[str, str] = {
    "Flask and its extensions": "domain_instance flashes load_user load_user_jwt locale_selector "
    "max_content_length regex send_static_file strict_slashes timezone_selector get_translations "
    "url_rule_class",
    "Flask-AppBuilder": "OuvrageSecurityManager _add_admin_views is_item_public "
    "_convert_many_to_one _create_db _description_columns_json _get_filters _indexview _init_forms "
    "_label_columns_json _meta_schema_factory auth_view delete_all delete_headless "
    "filter_rel_fields get_url_for_login_with locale_view post_headless response_400 route_base "
    "validate_api_key",
    "gunicorn": "load_config",
    "psycopg": "autocommit",
    "Jinja": "preprocess",
    "whoever is given a session": "attribute_names ident",
    "an import that is undone, by its name": "put_back",
    "ReportLab": "invariant trustedHosts trustedSchemes",
    "marshmallow": "allow_none",
    "RQ": "_set_ip_address _stop_requested burst check_for_suspension handle_warm_shutdown_request "
    "max_connection_wait_time set_shutdown_requested_date setup_work_horse_signals subscribe "
    "unsubscribe",
    "SQLAlchemy": "_make_session_factory _teardown_session bulk_insert_mappings bulk_save_objects "
    "bulk_update_mappings cache_ok generation initiator instances load_dialect_impl "
    "mapper_entities naming_convention process_bind_param process_compile_state_replaced_entities "
    "process_result_value",
    "the standard library": "EndElementHandler StartDoctypeDeclHandler StartElementHandler "
    "_compresslevel _path _value_ compress_type declaration dont_write_bytecode external_attr fp "
    "frame handle_endtag handle_startendtag",
    "WTForms": "pre_validate widget",
    "XlsxWriter": "dim_rowmax previous_row",
    "settings that are read by name, and said to be without effect yet": "imap_url mail_from "
    "push_private_key push_public_key s3_url smtp_url tsa_url",
    "tests, those of modules dropped in too": "unplaced",
    "verbs that a trade expects, and no door offers yet: a share ends, tags are printed before "
    "they have an asset": "end_allocation issue_blank_tags",
    "what a report of a past day was made of, which the history of readings is kept for; no door "
    "asks yet": "values_as_of",
    "a column that the version before still reads": "held_as",
    "a card, by its name": "change_meter put_in_meter",
}


def _words() -> set[str]:
    """The names that templates say."""
    found: set[str] = set()
    for template in ROOT.glob("*/templates/**/*.html"):
        found |= set(re.findall(r"[A-Za-z_]\w+", template.read_text(encoding="utf-8")))
    return found


def _strings(modules: list[str]) -> set[str]:
    """The names that stand in strings: columns of lists and forms, keys of resources."""
    return {
        node.value
        for module in modules
        for path in (ROOT / module).rglob("*.py")
        if path != Path(__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isidentifier()
    }


def _handed_on() -> Iterator[tuple[str, str]]:
    """What nothing but the first page of its package names, which vulture takes for a use."""
    made: dict[str, str] = {}
    named: set[str] = _words()
    for manifest in ROOT.glob("*/__manifest__.py"):
        for path in manifest.parent.rglob("*.py"):
            where, first = path.relative_to(ROOT), path.name == "__init__.py"
            if "tests" in where.parts or path == Path(__file__):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
                    made[node.name] = f"{where}:{node.lineno}"
            for inner in ast.walk(tree):
                if isinstance(inner, ast.Name):
                    named.add(inner.id)
                elif isinstance(inner, ast.Attribute):
                    named.add(inner.attr)
                elif isinstance(inner, ast.alias) and not first:
                    named.add(inner.name)
                elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and not first:
                    named |= set(re.findall(r"[A-Za-z_]\w+", inner.value))
    for name in sorted(made.keys() - named):
        yield name, f"{made[name]}: nothing uses '{name}' but the first page of its package"


def called() -> set[str]:
    """The names that somebody else calls or reads."""
    return {name for names in CALLED.values() for name in names.split()}


def unused(ignored: set[str]) -> Iterator[tuple[str, str]]:
    """Each unused function, class, method, attribute and variable: its name, a line about it."""
    from vulture import Vulture

    modules = sorted(manifest.parent.name for manifest in ROOT.glob("*/__manifest__.py"))
    tool = Vulture(ignore_names=sorted(ignored), ignore_decorators=DECORATORS)
    tool.scavenge([str(ROOT / name) for name in (*modules, "config.py", "run.py")])
    words, strings = _words(), _strings(modules)
    for item in tool.get_unused_code(min_confidence=60):
        is_data = item.typ in ("variable", "attribute", "property")
        # Members of enumerations are read as a whole: lists, filters, imports.
        known = item.name in strings or item.name.isupper() if is_data else False
        if "migrations" not in item.filename.parts and item.name not in words and not known:
            place = f"{item.filename.relative_to(ROOT)}:{item.first_lineno}"
            yield str(item.name), f"{place}: {item.message}"
    yield from ((name, line) for name, line in _handed_on() if name not in ignored)


def main() -> int:
    """Print what is not used; 1 when there is anything."""
    found = [line for _name, line in unused(called())]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
