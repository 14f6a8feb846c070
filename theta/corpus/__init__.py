"""Text in, matrices out: read, clean, tokenize, count."""
