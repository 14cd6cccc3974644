"""What happened to a row, and how it reads: the trail, words on columns, what belongs to what.

May use ``store`` and ``models``.
"""
