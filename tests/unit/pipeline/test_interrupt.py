"""Signals while a training runs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from theta.pipeline import interrupt
from theta.pipeline.interrupt import finishing_epochs


@pytest.fixture(autouse=True)
def usual_handler() -> Iterator[None]:
    """A shell lets its background jobs, these tests perhaps, ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_what_follows_at_once_is_the_same(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt, "_SAME_REQUEST", 60.0)  # on a busy machine too
    before = signal.getsignal(number)
    with finishing_epochs() as interrupted:
        assert not interrupted()
        os.kill(os.getpid(), number)
        assert interrupted()
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupted()
    assert signal.getsignal(number) is before


def test_a_second_one_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "_SAME_REQUEST", 0.01)

    def impatient() -> None:
        with finishing_epochs():
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        impatient()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
