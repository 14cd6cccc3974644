"""Paths of this very host: nobody is sent elsewhere by an address that somebody else has made."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from flask import request


def safe_path(target: str | None) -> str | None:
    """The path, when it starts with a single ``/`` and holds nothing a browser would bend."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if target.startswith("//") or "\\" in target:
        return None
    if any(unicodedata.category(c)[0] == "C" for c in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else target


def own_path(target: str | None) -> str | None:
    """As ``safe_path``; an address of this very host is taken for its path."""
    if target and target.startswith(request.host_url):
        target = target[len(request.host_url) - 1 :]
    return safe_path(target)


def form_page() -> str | None:
    """The page of ours on which the form of this request stood, as its browser says."""
    return own_path(request.referrer)
