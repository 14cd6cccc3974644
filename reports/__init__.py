"""Rapports — see ARCHITECTURE.md."""
