"""What becomes of the errors of a device, and of the models after one that failed."""

from __future__ import annotations

import logging
import os
from types import SimpleNamespace

import pytest
import torch

from theta.errors import DeviceFailed, InvalidOption, OutOfMemory
from theta.pipeline.device import choose_device, device_errors
from theta.pipeline.fresh_process import in_fresh_process

OPTIONS = SimpleNamespace(batch_size=64)


def test_out_of_memory_names_half_the_batch() -> None:
    message = r"gsm does not fit into the memory of cuda:1: try --batch_size 32"
    with (
        pytest.raises(OutOfMemory, match=message) as caught,
        device_errors("gsm", OPTIONS, "cuda:1"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("options", [None, SimpleNamespace(batch_size=2)])
def test_out_of_memory_where_there_is_no_batch_to_halve(options: object) -> None:
    with pytest.raises(OutOfMemory, match="--vocab_size"), device_errors("nmf", options, "cpu"):
        raise MemoryError


def test_a_failure_of_the_device_is_the_failure_of_one_model() -> None:
    error = torch.AcceleratorError("CUDA error: device-side assert triggered\nCUDA kernel errors")
    message = r"^dtm failed on cuda:0 \(CUDA error: device-side assert triggered\): try --gpu -1"
    with pytest.raises(DeviceFailed, match=message), device_errors("dtm", OPTIONS, "cuda:0"):
        raise error


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), InvalidOption("no dates")])
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), device_errors("dtm", OPTIONS, "cuda:0"):
        raise error


def work(value: int) -> tuple[int, int]:
    logging.getLogger("theta.pipeline").warning("worked on %d", value)
    if value < 0:
        raise InvalidOption("less than nothing")
    return value, os.getpid()


def test_a_fresh_process_returns_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    value, process = in_fresh_process(work, 3)
    assert value == 3
    assert process != os.getpid()
    assert "worked on 3" in caplog.text


def test_a_fresh_process_raises_what_is_raised_there() -> None:
    with pytest.raises(InvalidOption, match="less than nothing"):
        in_fresh_process(work, -1)


def test_a_fresh_process_that_dies() -> None:
    with pytest.raises(DeviceFailed, match="the system ended its process"):
        in_fresh_process(os.abort)


@pytest.fixture
def _mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)


@pytest.mark.usefixtures("_mac")
def test_the_gpu_of_a_mac_embeds_when_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="theta")
    assert choose_device(0, embeds=True) == "mps"
    assert choose_device(-1, embeds=True) == "cpu"
    assert choose_device(None, embeds=True) == "cpu"
    assert not caplog.records
    # Training needs float64, which it does not have.
    assert choose_device(0) == "cpu"
    assert "the GPU of a Mac only embeds" in caplog.text
    with pytest.raises(InvalidOption, match="--gpu 1: there is no such device"):
        choose_device(1, embeds=True)
