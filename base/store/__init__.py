"""What rows rest on: the database, its types, columns that several tables share, enumerations.

May use ``basics`` and ``files``.
"""
