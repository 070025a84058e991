"""Commands, tables and pictures: the edge of the simulator."""
