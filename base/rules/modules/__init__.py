"""What a module is: its manifest, its rooms, and what it offers on another's pages.

May use ``basics`` and ``history``.
"""
