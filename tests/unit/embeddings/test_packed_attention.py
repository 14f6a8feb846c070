"""Attention without a shift of the scores: against softmax, and where exponentials overflow."""

from __future__ import annotations

import pytest
import torch

from theta.embeddings import packed_attention
from theta.embeddings.packed_attention import FusedAttention, UnshiftedAttention

N_HEADS, DIM = 3, 8


def make_projected(n_tokens: int, scale: float = 1.0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return (torch.randn(n_tokens, 3 * N_HEADS * DIM, generator=draw) * scale).bfloat16()


def attend(kind: type, projected: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    context = torch.empty(len(projected), N_HEADS * DIM, dtype=projected.dtype)
    attention = kind(lengths, N_HEADS, DIM)
    for _ in range(2):  # what is left of one layer must not reach the next
        attention(projected, context)
    return context


def expected_of(projected: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    parts = []
    for part in projected.double().split(lengths):
        query, key, value = part.view(len(part), 3, N_HEADS, DIM).permute(1, 2, 0, 3)
        shares = (query @ key.transpose(1, 2) / DIM**0.5).softmax(dim=-1)
        parts.append((shares @ value).transpose(0, 1).flatten(1))
    return torch.cat(parts)


@pytest.mark.parametrize("lengths", [[1], [70, 64, 64, 33, 32, 5, 5, 1], [300, 3]])
@pytest.mark.parametrize("score_bytes", [1, 1 << 20])
def test_it_is_softmax(
    monkeypatch: pytest.MonkeyPatch, lengths: list[int], score_bytes: int
) -> None:
    monkeypatch.setattr(packed_attention, "_SCORE_BYTES", score_bytes)
    projected = make_projected(sum(lengths))
    expected = expected_of(projected, lengths)
    found = attend(UnshiftedAttention, projected, lengths)
    torch.testing.assert_close(found.double(), expected, atol=0.02, rtol=0.02)
    exact = attend(FusedAttention, projected.float(), lengths)
    torch.testing.assert_close(exact.double(), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_scores_beyond_the_range_of_exponentials(sign: int) -> None:
    lengths = [40, 40, 9]
    projected = make_projected(sum(lengths))
    usual = attend(UnshiftedAttention, projected, lengths)
    heads = projected.view(-1, 3, N_HEADS, DIM)
    # Of one head of the second text: all scores near 170, or near -170.
    heads[40:80, 0, 1] += 8
    heads[40:80, 1, 1] += sign * 8
    found = attend(UnshiftedAttention, projected, lengths)
    expected = expected_of(projected, lengths)
    torch.testing.assert_close(found.double(), expected, atol=0.05, rtol=0.02)
    # Nothing else has changed, in that text or in others.
    changed = (found != usual).view(-1, N_HEADS, DIM)
    assert changed[40:80, 1].any()
    changed[40:80, 1] = False
    assert not changed.any()


def test_a_text_has_the_same_bits_in_any_company() -> None:
    lengths = [200, 90, 64, 20, 20, 7]
    projected = make_projected(sum(lengths), scale=3.0)
    together = attend(UnshiftedAttention, projected, lengths)
    for part, length, expected in zip(
        projected.split(lengths), lengths, together.split(lengths), strict=True
    ):
        assert torch.equal(attend(UnshiftedAttention, part, [length]), expected)
