"""One file per topic model, and MODELS, the table of them."""
