"""Jobs for several workers: processes of this machine, or a Ray cluster.

A worker is what `start` returns: a callable that takes a payload and returns an answer.
"""

from theta.workers.engines import Engine, started
from theta.workers.processes import begin_work
from theta.workers.ray_cluster import connected, ray_workers

__all__ = ["Engine", "begin_work", "connected", "ray_workers", "started"]
