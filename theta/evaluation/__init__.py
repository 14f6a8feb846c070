"""Metrics of topics: pure functions of arrays, one file per family, all listed in `metrics`."""
