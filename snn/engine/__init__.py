"""Training-free scores of many networks at once: what they share is computed once."""
