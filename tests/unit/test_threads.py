"""How many threads are chosen, and that they are set and given back."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from theta.devices import threads
from theta.devices.threads import available_cores, choose_threads, computing_with


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "_CPU_QUOTA", tmp_path / "cpu.max")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def test_small_corpora_take_one_thread_and_large_ones_all_cores() -> None:
    assert choose_threads("auto", 7_600) == 1
    assert choose_threads("auto", 500_000) == 8


def test_a_typed_number_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert choose_threads(3, 500_000) == 3
    assert choose_threads(3, 10) == 3


@pytest.mark.parametrize(("value", "cores"), [("3", 3), ("4,2", 4), ("16", 8), ("", 8), ("x", 8)])
def test_the_environment_bounds_what_auto_takes(
    monkeypatch: pytest.MonkeyPatch, value: str, cores: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert choose_threads("auto", 500_000) == cores
    assert choose_threads("auto", 100) == 1


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", 8), ("250000 100000", 3), ("50000 100000", 1)]
)
def test_a_container_has_the_cores_of_its_quota(quota: str, cores: int) -> None:
    threads._CPU_QUOTA.write_text(quota)
    assert available_cores() == cores


def test_the_number_of_threads_is_set_inside_and_given_back() -> None:
    before = torch.get_num_threads()
    with computing_with(3):
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == before
    with computing_with(None):
        assert torch.get_num_threads() == before


_IMPORTED_LATE = """
import sys
from theta.devices.threads import computing_with

with computing_with(3):
    assert "torch" not in sys.modules
with computing_with(3):
    with computing_with(2):
        import torch
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 3
print(torch.get_num_threads())
assert not any(type(finder).__module__ == "theta.devices.threads" for finder in sys.meta_path)
"""


def test_the_number_of_threads_is_set_when_torch_is_imported_inside() -> None:
    def printed(code: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert printed(_IMPORTED_LATE) == printed("import torch; print(torch.get_num_threads())")


_BLAS_OF_SCIPY = """
from theta.devices.threads import computing_with

with computing_with(1):
    import scipy.linalg
    from threadpoolctl import threadpool_info
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    assert all(pool["num_threads"] == 1 for pool in pools), pools
"""


def test_the_blas_of_scipy_is_limited_even_if_scipy_is_imported_inside() -> None:
    subprocess.run([sys.executable, "-c", _BLAS_OF_SCIPY], check=True)
