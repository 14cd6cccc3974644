"""The doors of imports: importers of the framework itself, screens, resource, size of uploads."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from base.basics.i18n import _l
from base.desk.imports import accounts, partners
from base.desk.imports.api import ImportApi
from base.desk.imports.declaration import takers
from base.desk.imports.screens import ImportView
from base.face.views import exporting

#: An import is bigger than a photo.
MAX_UPLOAD_BYTES = 100 * 1024 * 1024 + 64 * 1024
_ROOMY = frozenset({"ImportView.new", "ImportView.drop", "ImportApi.post"})

#: Importers that the framework brings.
OWN = (partners.SupplierImporter, accounts.UserImporter)


def register(app: Flask, appbuilder: Any) -> None:
    """Add the screens and the resource, and let their uploads be as big as an import."""

    @app.url_value_preprocessor
    def _room(endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Before the CSRF check, which already reads the form.
        if endpoint in _ROOMY:
            request.max_content_length = MAX_UPLOAD_BYTES

    exporting.taken_back_by(takers)
    appbuilder.add_view(
        ImportView, "Imports", label=_l("Imports"), icon="file-import", category="Tools"
    )
    appbuilder.add_api(ImportApi)
