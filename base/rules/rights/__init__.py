"""Whose rows, and who works: one rule per model, the session of a person, job or command.

May use ``history`` and ``models``; what it needs of the request it is told at start.
"""
