"""The floor: what Flask-AppBuilder does of itself, in as little code as it allows.

Assets and work orders with lists, forms and resources; no history, no rights of rows, no search,
no numbers. ``gunicorn "tests.bench.floor_app:make()"``; ``FLOOR_DB`` names the database,
``FLOOR_ROWS`` how many assets it is filled with, ``FLOOR_PASSWORD`` the password of ``admin``.
"""

from __future__ import annotations

import os
from typing import Any

PAGE = 50


def make() -> Any:
    """The application, its database filled. Its models are known to the process that calls this."""
    from flask import Flask
    from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
    from flask_appbuilder.models.sqla.base import SQLA
    from flask_appbuilder.models.sqla.interface import SQLAInterface
    from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Text, event, func, insert
    from sqlalchemy.orm import relationship

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="of the measure alone, and of nothing else",
        SQLALCHEMY_DATABASE_URI=os.environ["FLOOR_DB"],
        WTF_CSRF_ENABLED=False,
        FAB_ADD_SECURITY_API=False,
        RATELIMIT_ENABLED=False,
    )
    db = SQLA(app)

    class Asset(Model):  # type: ignore[misc]
        """What is owned."""

        __tablename__ = "asset"
        id = Column(Integer, primary_key=True)
        code = Column(String(40), unique=True, nullable=False)
        name = Column(String(200), index=True, nullable=False)
        serial = Column(String(40), index=True)
        site = Column(String(60), index=True)
        kind = Column(String(60))
        note = Column(Text)

        def __repr__(self) -> str:
            return str(self.name)

    class WorkOrder(Model):  # type: ignore[misc]
        """Work on an asset."""

        __tablename__ = "work_order"
        id = Column(Integer, primary_key=True)
        title = Column(String(200), nullable=False)
        state = Column(String(20), index=True, default="open")
        asset_id = Column(Integer, ForeignKey("asset.id"), nullable=False, index=True)
        asset = relationship("Asset")
        created = Column(DateTime, server_default=func.now())

    columns = ["code", "name", "serial", "site", "kind"]

    class AssetView(ModelView):  # type: ignore[misc]
        """The list and the page of an asset."""

        datamodel = SQLAInterface(Asset)
        list_columns = columns
        page_size = PAGE

    class AssetApi(ModelRestApi):  # type: ignore[misc]
        """The resource of assets."""

        datamodel = SQLAInterface(Asset)
        resource_name = "asset"
        list_columns = show_columns = ["id", *columns, "note"]
        page_size = PAGE

    class WorkOrderApi(ModelRestApi):  # type: ignore[misc]
        """The resource of work orders."""

        datamodel = SQLAInterface(WorkOrder)
        resource_name = "work_order"
        list_columns = show_columns = ["id", "title", "state", "asset.name", "created"]
        add_columns = ["title", "state", "asset"]

    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def _pragmas(connection: Any, record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
                connection.execute("PRAGMA " + pragma)

        builder = AppBuilder(app, db.session)
        Model.metadata.create_all(db.engine)
        builder.add_view(AssetView, "Assets", category="Register")
        builder.add_api(AssetApi)
        builder.add_api(WorkOrderApi)
        if not builder.sm.find_user("admin"):
            rows = range(int(os.environ["FLOOR_ROWS"]))
            db.session.execute(
                insert(Asset),
                [
                    {
                        "code": f"EQP-{n:06d}",
                        "name": f"Équipement {n}",
                        "serial": f"SN{n:07d}",
                        "site": f"Bâtiment {n % 100}",
                        "kind": "équipement",
                        "note": "",
                    }
                    for n in rows
                ],
            )
            role = builder.sm.find_role("Admin")
            who = ("admin", "Ad", "Min", "admin@example.org")
            builder.sm.add_user(*who, role, os.environ["FLOOR_PASSWORD"])
            db.session.commit()
        db.engine.dispose()
    return app
