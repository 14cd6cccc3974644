"""Backups: one file that holds database and documents, checked without either, and restored.

``archive`` knows the file, ``dumps`` takes what is in a database at one instant, ``making``
writes a backup, ``loading`` brings its rows back, ``switching`` puts what was prepared in place.
``base.processes.restoring``, which makes the application of what it brings back, stands above it.
"""
