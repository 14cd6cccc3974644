"""Whether the installation is well: the doctor's checks, and what a monitor may ask.

May use ``jobs``, ``seals`` and ``backups``.
"""
