"""The whole product measured: from outside, and at a million records."""

from reports.bench import agents, ledger, product, scale

__all__ = ["agents", "ledger", "product", "scale"]
