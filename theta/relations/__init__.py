"""Relations of topics: how they correlate in documents, and their shares in groups of documents."""
