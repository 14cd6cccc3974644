"""The framework's own pages: the first page and its tiles, inbox, jobs, settings, accounts,
imports.

May use ``face`` and what is below.
"""
