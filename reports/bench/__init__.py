"""The whole product measured: from outside, and at a million records."""

from reports.bench import product, scale

__all__ = ["product", "scale"]
