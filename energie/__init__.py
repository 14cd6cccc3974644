"""Énergie — see ARCHITECTURE.md."""
