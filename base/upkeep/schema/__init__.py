"""The tables' own history: migrations of all modules, and whether a start may skip them.

May use ``modules``, ``store`` and the index of ``search``.
"""
