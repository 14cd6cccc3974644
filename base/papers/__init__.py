"""What comes in and goes out as a document: files, tables, PDF, reports, worked cases.

May use ``basics``.
"""
