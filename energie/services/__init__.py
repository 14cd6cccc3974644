"""The verbs of the module."""
