"""Failures of workers and nodes of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from theta.errors import InvalidOption, ThetaError
from theta.workers import ray_cluster as module
from theta.workers import ray_workers

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow


class Worker:
    """Fails in one way for each payload that is an exception."""

    def __call__(self, payload: Any) -> Any:
        if isinstance(payload, Exception):
            raise payload
        return payload + 1


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    """A node without cores, on which this process is, and one with a core."""
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **small})
    node = cluster.add_node(num_cpus=1, **small)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster, node
    ray.shutdown()
    cluster.shutdown()


def run(jobs: list[Any]) -> list[tuple[int, Any]]:
    with ray_workers(ray) as workers:
        return list(workers(Worker, enumerate(jobs)))


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (InvalidOption("b.csv has no text"), InvalidOption, "^b.csv has no text$"),
        (ray.exceptions.ObjectStoreFullError("all in use"), ThetaError, "failed: .*all in use"),
        (ValueError("a bug"), ValueError, "^a bug$"),
    ],
)
def test_errors_of_a_worker_are_those_of_the_command(
    two_nodes: Any, error: Exception, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        run([1, error])
    assert type(caught.value) is kind


def test_a_worker_is_kept_and_started_anew_for_another_task(two_nodes: Any) -> None:
    class Other(Worker):
        def __call__(self, payload: Any) -> Any:
            return -super().__call__(payload)

    with ray_workers(ray) as workers:
        assert list(workers(Worker, [(0, 1)])) == [(0, 2)]
        assert list(workers(Other, [(0, 1)])) == [(0, -2)]
        assert list(workers(Worker, [(0, 2)])) == [(0, 3)]


def test_a_cluster_without_cores_left_is_one_line(
    two_nodes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 1)
    cluster, node = two_nodes
    done = []

    def work() -> None:
        with ray_workers(ray) as workers:
            for job, _ in workers(Worker, ((n, n) for n in range(100))):
                done.append(job)
                if len(done) == 3:
                    cluster.remove_node(node)

    with pytest.raises(ThetaError, match="has lost all its CPUs; what was finished is kept"):
        work()
    assert len(done) < 100
