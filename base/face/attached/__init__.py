"""What hangs on any record: documents, messages, the inbox of those who follow it.

May use ``rights``, ``files``, ``jobs`` and ``seals``.
"""
