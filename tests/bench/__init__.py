"""The product measured, by ``run.py bench``: every file here declares its benches (``@bench``).

A module that is dropped in brings its own in ``<module>/tests/bench.py``.
"""
