"""Jobs for several workers: processes of this machine, or a Ray cluster.

A worker is what `start` returns: a callable that takes a payload and returns an answer.
"""

from theta.workers.engines import Engine, started
from theta.workers.ray_cluster import connected, ray_workers

__all__ = ["Engine", "connected", "ray_workers", "started"]
