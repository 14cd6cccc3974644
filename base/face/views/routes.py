"""The address of a page with the right that opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name


def route(
    address: str, right: str = "", *, methods: Sequence[str] = ("GET",)
) -> Callable[..., Any]:
    """A page for those who have its right, which is the method's own name unless said."""

    def declare(page: Callable[..., Any]) -> Any:
        return expose(address, methods=methods)(
            has_access(permission_name(right or page.__name__)(page))
        )

    return declare
