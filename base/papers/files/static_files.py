"""Static files: each address carries the digest of its content, so that it can be kept a year."""

from __future__ import annotations

import io
import mimetypes
import re
from functools import cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    request,
    send_file,
    url_for,
)
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from base.papers.files import packed

#: Kinds of files that grow smaller; fonts and pictures are compressed as they are.
TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")


#: Letters of a digest that tell one version of a file from another, in its address and its tag.
SHORT = 10


@cache
def _digest(path: Path, changed: float) -> str:
    return packed.digest_of(path.read_bytes())


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
    return url_for(endpoint, filename=name, v=_digest(path, path.stat().st_mtime)[:SHORT])


def shelf() -> Path:
    """Where the small forms of this installation lie."""
    return Path(current_app.instance_path) / packed.FOLDER


def send_small(folder: str, name: str) -> Response:
    """A file of a folder, in the form that its reader likes best; each has a tag of its own.

    Raises:
        NotFound: there is no such file.
    """
    found = safe_join(folder, name)
    if found is None or not Path(found).is_file():
        raise NotFound
    path, changed = Path(found), Path(found).stat().st_mtime
    kind = _kind(path)
    text = kind.startswith(TEXTS)
    coding = packed.chosen(request.accept_encodings) if text else None
    content: Path | io.BytesIO = path
    digest = _digest(path, changed)
    tag = digest[:SHORT]
    if coding is not None:
        tag += f"-{coding}"
        content = packed.place(shelf(), digest, coding)
        if not content.is_file():
            # Other bytes than those that will lie there: a part of each would make no whole.
            content, tag = io.BytesIO(packed.in_memory(path, changed, coding)), f"{tag}-own"
    answer = send_file(
        content, mimetype=kind, download_name=path.name, etag=tag, last_modified=changed
    )
    if coding is not None:
        answer.headers["Content-Encoding"] = coding
    if text:
        answer.vary.add("Accept-Encoding")
    return answer


def _kind(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def texts(app: Flask) -> list[Path]:
    """The files of the framework and of all modules that are sent in a small form."""
    owners = [app, *(one for one in app.blueprints.values() if isinstance(one, Files))]
    folders = [Path(one.static_folder) for one in owners if one.static_folder is not None]
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _kind(path).startswith(TEXTS)
    ]


class Files(Blueprint):
    """The templates and static files of a module."""

    def send_static_file(self, filename: str) -> Response:
        """One of its files."""
        return send_small(self.static_folder or "", filename)


@cache
def icon_names() -> frozenset[str]:
    """The icons of the sprite."""
    listed = Path(__file__).resolve().parents[2] / "static" / "icons.txt"
    return frozenset(listed.read_text(encoding="utf-8").split())


@cache
def _symbols() -> dict[str, str]:
    sprite = Path(__file__).resolve().parents[2] / "static" / "icons.svg"
    drawn = re.findall(r'(<symbol id="([^"]+)".*?</symbol>)', sprite.read_text(encoding="utf-8"))
    return {name: symbol for symbol, name in drawn}


def keep_icons_inside() -> None:
    """From here on this request's icons stand in the page: a small page asks for no sprite."""
    g.inline_icons = {}


def icon_url(name: str) -> str:
    """Where an icon is drawn: in the sprite of all, or in the page itself."""
    inside: dict[str, None] | None = g.get("inline_icons")
    if inside is None:
        return f"{static_url('icons.svg')}#{name}"
    inside[name] = None
    return f"#{name}"


def inline_icons() -> Markup:
    """The icons that the page has used, for its end."""
    drawn = "".join(_symbols().get(name, "") for name in g.get("inline_icons") or ())
    return Markup(f'<svg class="ov-sprite" hidden>{drawn}</svg>' if drawn else "")  # noqa: S704


def register(app: Flask) -> None:
    """Give the templates ``static_url`` and the icons."""
    app.jinja_env.globals.update(
        static_url=static_url, icon_url=icon_url, inline_icons=inline_icons
    )
