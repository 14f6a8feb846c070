"""From the states of tokens to the vector of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def pool(hidden: torch.Tensor, lengths: torch.Tensor, pooling: str) -> torch.Tensor:
    """Return one float32 vector per window from (n_windows, n_places, dim) hidden states."""
    import torch

    rows = torch.arange(len(lengths), device=hidden.device)
    if pooling == "last":
        return hidden[rows, lengths - 1].float()
    if pooling == "cls":
        return hidden[:, 0].float()
    places = torch.arange(hidden.shape[1], device=hidden.device)
    real = (places < lengths[:, None]).unsqueeze(-1)
    return torch.where(real, hidden.float(), 0.0).sum(dim=1) / lengths[:, None]


def pool_text(states: torch.Tensor, pooling: str) -> torch.Tensor:
    """Return the float32 vector of one text, (dim,), from the states of its tokens alone."""
    if pooling == "last":
        return states[-1].float()
    if pooling == "cls":
        return states[0].float()
    return states.float().mean(dim=0)
