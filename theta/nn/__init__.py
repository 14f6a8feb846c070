"""The networks and the training loop; torch only."""
