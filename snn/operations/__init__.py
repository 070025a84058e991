"""The operations on the edges of a cell, one per file."""
