"""What a record looks like, to people and to programs: screens, resources, what hangs on it.

May use ``upkeep`` and what is below.
"""
