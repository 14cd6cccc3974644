"""Patrimoine — see ARCHITECTURE.md."""
