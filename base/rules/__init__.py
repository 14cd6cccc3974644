"""What modules declare and who may do it: their rooms, verbs, whose rows are whose.

May use ``store`` and what is below.
"""
