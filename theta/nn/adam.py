"""Adam without the start-up time of `torch.optim.Adam`, and with the same bits.

The first `torch.optim.Optimizer` of a process imports torch's compiler. Medians of CPU seconds,
one thread of a shared machine, torch 2.13.0, THETA on 300 documents (lee) with --skip_viz:

=====================================  =======  ================
                                       this     torch.optim.Adam
=====================================  =======  ================
making the first optimizer             0.00 s   1.41 s
run_pipeline.py --epochs 1             6.37 s   7.75 s
run_pipeline.py --epochs 100           9.58 s   11.21 s
=====================================  =======  ================

It is kept for short runs, as in searches over settings: it saves a sixth of each. A step of 0.6
million weights takes 1.39 ms in place of 1.79 (medians of 400 in turn, a busy Xeon).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


class Adam:
    """Kingma & Ba (2015), algorithm 1, by torch's own fused kernel: bit for bit `torch.optim.Adam`.

    It has the same state under the same names.

    Parameters
    ----------
    groups : sequence of mapping
        ``params`` and, optionally, ``weight_decay``.
    learning_rate : float or Tensor
        A tensor if a captured graph reads it.
    """

    def __init__(
        self,
        groups: Sequence[Mapping[str, Any]],
        learning_rate: float | Tensor,
    ) -> None:
        self.param_groups: list[dict[str, Any]] = [
            {"weight_decay": 0.0, **group, "lr": learning_rate} for group in groups
        ]
        self.state: dict[int, dict[str, Tensor]] = {}

    @property
    def parameters(self) -> list[Tensor]:
        """All parameters, in the order of the numbers in `state`."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients."""
        for parameter in self.parameters:
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        number = 0
        for group in self.param_groups:
            updated: list[Tensor] = []
            gradients: list[Tensor] = []
            moments: list[dict[str, Tensor]] = []
            for parameter in group["params"]:
                if parameter.grad is not None:
                    updated.append(parameter)
                    gradients.append(parameter.grad)
                    moments.append(self._moments(number, parameter))
                number += 1
            if not updated:
                continue
            steps = [entry["step"] for entry in moments]
            torch._foreach_add_(steps, 1)
            # What torch.optim.Adam calls in the end, after it has sorted the tensors by device and
            # format, in each step.
            torch._fused_adam_(
                updated,
                gradients,
                [entry["exp_avg"] for entry in moments],
                [entry["exp_avg_sq"] for entry in moments],
                [],
                steps,
                lr=group["lr"],
                beta1=0.9,
                beta2=0.999,
                weight_decay=group["weight_decay"],
                eps=1e-8,
                amsgrad=False,
                maximize=False,
            )

    def _moments(self, number: int, parameter: Tensor) -> dict[str, Tensor]:
        if number not in self.state:
            self.state[number] = {
                "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        return self.state[number]

    def load_state(self, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Restore the moments of an interrupted training."""
        for number, parameter in enumerate(self.parameters):
            if number in state:
                self.state[number] = {
                    name: tensor.to(parameter.device) for name, tensor in state[number].items()
                }
