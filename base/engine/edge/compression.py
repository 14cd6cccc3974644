"""Pages are sent small, without betraying what stands in them.

A page holds secrets beside what its address says, and a compressed length can betray them to
whoever makes a browser ask for it a thousand times (BREACH). So a page is compressed only when
the browser itself says that the person or one of our pages asked for it; where it does not say,
only when the address holds no question that could be reflected. Each is padded by a random
length besides. Tokens of forms are signed anew each second.
"""

from __future__ import annotations

import secrets
import zlib

from flask import Flask, request
from werkzeug.wrappers import Response

#: Bytes from which a page is worth it, and bytes of padding at most.
SMALLEST, PADDING = 1024, 64
_LEVEL_OF_PAGES = 6


def _own_wish() -> bool:
    """Whether no other site can have chosen what this page is asked for with."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is None:
        return not request.query_string
    return said in ("none", "same-origin")


def padded(data: bytes) -> bytes:
    """The gzip form, whose header holds a comment of random length."""
    packer = zlib.compressobj(_LEVEL_OF_PAGES, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    comment = secrets.token_hex(PADDING // 2)[: secrets.randbelow(PADDING)].encode()
    head = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff" + comment + b"\x00"
    length = (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return head + body + zlib.crc32(data).to_bytes(4, "little") + length


def _page(response: Response) -> None:
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return
    data = response.get_data()
    if len(data) < SMALLEST:
        return
    response.vary.add("Accept-Encoding")
    wanted = request.accept_encodings.quality("gzip") > 0
    if wanted and _own_wish() and request.method != "HEAD":
        response.set_data(padded(data))
        response.headers["Content-Encoding"] = "gzip"


def register(app: Flask) -> None:
    """Compress pages, after everything else was said of them: before any other is registered."""

    @app.after_request
    def _small(response: Response) -> Response:
        if not request.path.startswith("/static") and "Content-Encoding" not in response.headers:
            _page(response)
        return response
