"""Sharing what a delivery point uses and costs over the assets that it serves.

The arithmetic is the register's (``patrimoine.domain.shares``); a key is the id of an asset.
"""

from patrimoine.domain.shares import (
    Part,
    Weight,
    WeightsMissing,
    explained,
    largest_remainder,
    share_period,
)

__all__ = ["Part", "Weight", "WeightsMissing", "explained", "largest_remainder", "share_period"]
