"""XML from outside, read without entities, network, or surprises of size and depth.

A document passes expat first, which stops at a ``DOCTYPE`` before anything in it is read,
whatever the encoding; only then lxml builds the tree. Streams go through both in lockstep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from base.basics.errors import InvalidInput
from base.basics.i18n import _

if TYPE_CHECKING:
    from lxml import etree

#: An invoice, an attachment.
MAX_BYTES = 5 * 1024 * 1024
#: A distributor's flow, streamed.
MAX_FLOW_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 64
CHUNK = 64 * 1024


class XmlRefused(InvalidInput):
    """The document is not well formed, or asks for what is not allowed."""


class _Guard:
    """An expat parser that builds nothing and stops at what is forbidden."""

    def __init__(self, *, depth: int) -> None:
        self._limit = depth
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _doctype(self, *declaration: Any) -> None:
        raise XmlRefused(
            _("Ce fichier XML contient une déclaration DOCTYPE, qui n’est pas acceptée.")
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limit:
            raise XmlRefused(
                _(
                    "Ce fichier XML a plus de %(limit)d niveaux imbriqués : il est refusé.",
                    limit=self._limit,
                )
            )

    def _end(self, name: str) -> None:
        self._depth -= 1

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Check one more piece of the document.

        Raises:
            XmlRefused: a DOCTYPE, too deep, or not well formed.
        """
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as fault:
            raise XmlRefused(
                _(
                    "Ce fichier n’est pas un XML lisible : une faute à la ligne %(line)d.",
                    line=fault.lineno,
                )
            ) from fault
        except (LookupError, ValueError) as fault:
            raise XmlRefused(
                _("Ce fichier XML annonce un codage de caractères inconnu.")
            ) from fault


def _too_big(limit: int) -> XmlRefused:
    return XmlRefused(_("Ce fichier XML dépasse %(size)d Mo.", size=limit // (1024 * 1024)))


def _flags() -> dict[str, bool]:
    return {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
    }


def parse(data: bytes, *, limit: int = MAX_BYTES, depth: int = MAX_DEPTH) -> etree._Element:
    """The root element of a document of at most ``limit`` bytes.

    Comments and processing instructions are left out, so that every child is an element.

    Raises:
        XmlRefused: a DOCTYPE, too big, too deep, or not well formed.
    """
    from lxml import etree

    if len(data) > limit:
        raise _too_big(limit)
    guard = _Guard(depth=depth)
    guard.feed(data, last=True)
    try:
        return etree.fromstring(data, etree.XMLParser(**_flags()))  # noqa: S320 - guarded
    except etree.XMLSyntaxError as fault:
        line = fault.lineno or 1
        raise XmlRefused(
            _("Ce fichier n’est pas un XML lisible : une faute à la ligne %(line)d.", line=line)
        ) from fault


def stream(
    source: IO[bytes],
    *tags: str,
    limit: int = MAX_FLOW_BYTES,
    depth: int = MAX_DEPTH,
) -> Iterator[etree._Element]:
    """Each finished element of the given tags, in the document's order, in flat memory.

    A tag is ``{namespace}name`` or ``{*}name``. An element is emptied when the next is asked
    for: copy what must last.

    Raises:
        XmlRefused: a DOCTYPE, too big, too deep, or not well formed.
    """
    from lxml import etree

    guard = _Guard(depth=depth)
    parser = etree.XMLPullParser(events=("end",), tag=tags or None, **_flags())
    size = 0
    while True:
        chunk = source.read(CHUNK)
        size += len(chunk)
        if size > limit:
            raise _too_big(limit)
        guard.feed(chunk, last=not chunk)
        try:
            if chunk:
                parser.feed(chunk)
            else:
                parser.close()
        except etree.XMLSyntaxError as fault:
            raise XmlRefused(
                _(
                    "Ce fichier n’est pas un XML lisible : une faute à la ligne %(line)d.",
                    line=fault.lineno or 1,
                )
            ) from fault
        for _event, element in parser.read_events():
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        if not chunk:
            return
