"""Screens: what every module's views are made from."""

from base.engine.edge.interface import ScopedInterface, constraint_sentence
from base.face.views.module_view import ModuleView
from base.face.views.scoped import Page

__all__ = ["ModuleView", "Page", "ScopedInterface", "constraint_sentence"]
