"""What a paper says of a run: the methods paragraph and the references."""
