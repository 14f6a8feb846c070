from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from theta.nn.threads import at_most_threads, same_threads


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_what_another_library_sets_does_not_last() -> None:
    def fail() -> None:
        torch.set_num_threads(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), same_threads():
        fail()
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(("most", "inside"), [(1, 1), (2, 2), (8, 3)])
def test_threads_are_limited_and_never_raised(most: int, inside: int) -> None:
    with at_most_threads(most):
        assert torch.get_num_threads() == inside
    assert torch.get_num_threads() == 3
