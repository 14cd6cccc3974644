"""Who asks, as the database may know it: a keyed digest of the address, which nobody reads back."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from flask import current_app, request


def keyed(text: str) -> str:
    """The digest of a text under the application's secret: 64 characters."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def caller() -> str:
    """The caller's address; its /64 for IPv6, where one caller has them all."""
    text = request.remote_addr or ""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def address_key() -> str:
    """The digest under which the caller is known."""
    return keyed(caller())
