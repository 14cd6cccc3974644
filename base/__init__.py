"""Socle — see ARCHITECTURE.md."""
