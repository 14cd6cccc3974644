"""Attacks on a started server, by HTTP alone: in small by day, at size with ``--slow``."""
