"""Design files, tables, pictures and commands: the edge of the cost models."""
