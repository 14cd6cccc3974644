"""Screens: what every module's views are made from."""

from base.edge.interface import ScopedInterface, constraint_sentence
from base.views.module_view import ModuleView
from base.views.scoped import Page

__all__ = ["ModuleView", "Page", "ScopedInterface", "constraint_sentence"]
