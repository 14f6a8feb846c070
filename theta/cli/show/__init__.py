"""Results on stdout: tables for people, or one JSON object for scripts."""
