"""The reports of the product, one a file."""

from reports.catalogue import costs, traceability

__all__ = ["costs", "traceability"]
