"""Jobs for several workers: processes of this machine, or a Ray cluster.

A worker is what `start` returns: a callable that takes a payload and returns an answer.
"""

from theta.workers.engines import Engine, started
from theta.workers.ray_cluster import connected, run_on_ray

__all__ = ["Engine", "connected", "run_on_ray", "started"]
