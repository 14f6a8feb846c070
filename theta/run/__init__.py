"""A run: its settings, its inputs, its topics and everything derived from them."""

from theta.run.run import Run

__all__ = ["Run"]
