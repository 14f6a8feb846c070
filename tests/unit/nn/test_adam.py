from __future__ import annotations

import subprocess
import sys

import torch

from theta.nn.adam import Adam


def parameters() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(5, 3, requires_grad=True), torch.randn(4, requires_grad=True)]


def loss(values: list[torch.Tensor]) -> torch.Tensor:
    return (values[0] ** 2).sum() + (values[1].sin() * 3).sum()


def test_bit_for_bit_that_of_torch() -> None:
    ours, theirs = parameters(), parameters()
    mine = Adam([{"params": ours[:1]}, {"params": ours[1:], "weight_decay": 0.1}], 0.01)
    reference = torch.optim.Adam(
        [{"params": theirs[:1]}, {"params": theirs[1:], "weight_decay": 0.1}], lr=0.01, fused=True
    )
    for rate in (0.01, 0.02, 0.005, 0.001):
        for optimizer, values in ((mine, ours), (reference, theirs)):
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss(values).backward()
            optimizer.step()
    for own, other in zip(ours, theirs, strict=True):
        assert torch.equal(own, other)


def test_a_parameter_without_a_gradient_stays() -> None:
    values = parameters()
    before = values[1].detach().clone()
    optimizer = Adam([{"params": values}], 0.01)
    (values[0] ** 2).sum().backward()
    optimizer.step()
    assert torch.equal(values[1], before)
    assert set(optimizer.state) == {0}


def test_moments_can_be_taken_over() -> None:
    whole, begun = parameters(), parameters()
    optimizer = Adam([{"params": whole}], 0.01)
    first = Adam([{"params": begun}], 0.01)
    for number in range(4):
        for each, values in ((optimizer, whole), (first, begun)):
            each.zero_grad()
            loss(values).backward()
            each.step()
        if number == 1:
            second = Adam([{"params": begun}], 0.01)
            second.load_state(first.state)
            first = second
    for own, other in zip(whole, begun, strict=True):
        assert torch.equal(own, other)


def test_it_does_not_bring_the_compiler() -> None:
    code = (
        "import sys, torch\nfrom theta.nn.adam import Adam\n"
        "p = torch.ones(2, requires_grad=True)\no = Adam([{'params': [p]}], 0.1)\n"
        "o.zero_grad(); p.sum().backward(); o.step()\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
