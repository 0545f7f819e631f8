"""The committed net that the tests of this folder share."""

from committed_net import bench

__all__ = ["bench"]
