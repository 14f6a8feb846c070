"""The interactive HTML page of a run."""
