"""What stands between a request and the rows: its doors, background jobs, the search.

May use ``rules`` and what is below.
"""
