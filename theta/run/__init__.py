"""A run: how it was made, what it was made from, its topics, and what follows from them."""

from theta.run.run import Run

__all__ = ["Run"]
