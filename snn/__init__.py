"""What is computed, and how well: networks, quantization, training under variation."""
