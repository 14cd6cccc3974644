"""Interventions — see ARCHITECTURE.md."""
