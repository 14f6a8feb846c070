"""Names of topics, from the texts of the corpus."""
