"""The framework's own pages: the first page and its tiles, inbox, jobs, documents, settings.

May use ``accounts``, ``imports``, ``upkeep`` and what is below.
"""
