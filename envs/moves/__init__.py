"""What may be done to a design of asynchronous hardware, one file per family of moves."""
