"""Bytes: the store under their digests, archives, XML, what is exported, keys, static files.

May use ``basics``.
"""
