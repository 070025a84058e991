"""One environment per file."""
