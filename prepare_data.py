"""Turn documents into a corpus and embeddings; see README.md."""

from theta.cli.prepare import main

if __name__ == "__main__":
    raise SystemExit(main())
