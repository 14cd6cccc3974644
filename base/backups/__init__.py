"""Backups: one file that holds database and documents, checked without either, and restored.

``archive`` knows the file, ``dumps`` takes what is in a database at one instant, ``making``
writes a backup, ``restoring`` and ``loading`` bring one back.
"""
