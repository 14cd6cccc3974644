"""Where a request comes in and an answer goes out: refusals, one effect per key, mends of FAB.

May use ``rights``; everything above speaks through it.
"""
