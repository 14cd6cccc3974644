"""What stands between a request and the rows: its doors, background jobs, the search.

On the floor itself lies what a process needs before there is an application: the pipe that it
watches, forks, where Redis is. May use ``rules`` and what is below.
"""
