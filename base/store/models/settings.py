"""Choices that people make on screen: settings of an authority, saved views."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from base.basics.i18n import _l
from base.store.database import Model
from base.store.mixins import Scoped, Stamped, tracked


class Setting(Scoped, Stamped, Model):
    """A named value of one authority."""

    __word__ = _l("Réglage")
    __tablename__ = "base_setting"
    __stands_alone__ = "settings of the authority, of no record"
    __table_args__ = (UniqueConstraint("entity_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = tracked(String(80), label=_l("Réglage"))
    value: Mapped[str] = tracked(Text, label=_l("Valeur"))


class SavedView(Scoped, Stamped, Model):
    """A list's filters and columns, kept under a name.

    The row without a name keeps what its person last chose for the list: columns, density and
    the view that opens by itself.
    """

    __tablename__ = "base_saved_view"
    __table_args__ = (
        # Also how a list finds its views.
        Index("uq_base_saved_view_view", "view", "user_id", "name", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), index=True
    )
    is_shared: Mapped[bool] = mapped_column(default=False)
    view: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    #: The query string of the list.
    query: Mapped[str] = mapped_column(Text)
