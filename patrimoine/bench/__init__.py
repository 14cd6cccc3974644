"""The register measured: the tree and its sums, imports, labels."""

from patrimoine.bench import files, register

__all__ = ["files", "register"]
