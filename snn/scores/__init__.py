"""Training-free scores, one per file."""
