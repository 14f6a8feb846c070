"""Networks and the training loop; depends on torch only."""
