"""Metrics of topics: pure functions of arrays."""
