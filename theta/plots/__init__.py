"""One file per chart; draw(...) returns a Figure and saves nothing."""
