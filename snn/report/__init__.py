"""Tables, pictures and the command that describes cells: the edge of the networks."""
