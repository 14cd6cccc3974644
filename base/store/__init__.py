"""What rows rest on: the database, its types, the framework's tables, what happened to a row.

May use ``papers`` and ``basics``.
"""
