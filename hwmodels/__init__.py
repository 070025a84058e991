"""What a design costs on a compute-in-memory chip."""
