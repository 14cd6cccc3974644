"""Addresses of static files: each carries the digest of its content, so it can be kept a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, has_request_context, request, url_for


@cache
def _digest(path: Path, changed: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static_url(name: str, module: str = "base") -> str:
    """The address of ``static/<name>`` of a module; of the framework when none is named."""
    kept: dict[tuple[str, str, str], str] = current_app.extensions.setdefault("static_urls", {})
    key = (request.script_root if has_request_context() else "", module, name)
    if key not in kept or current_app.jinja_env.auto_reload:
        kept[key] = _address(name, module)
    return kept[key]


def _address(name: str, module: str) -> str:
    endpoint = "static" if module == "base" else f"{module}_files.static"
    owner = current_app if module == "base" else current_app.blueprints[f"{module}_files"]
    path = Path(owner.static_folder or "") / name
    return url_for(endpoint, filename=name, v=_digest(path, path.stat().st_mtime))


@cache
def icon_names() -> frozenset[str]:
    """The icons of the sprite."""
    listed = Path(__file__).resolve().parent.parent / "static" / "icons.txt"
    return frozenset(listed.read_text(encoding="utf-8").split())


def register(app: Flask) -> None:
    """Give the templates ``static_url``."""
    app.jinja_env.globals["static_url"] = static_url
