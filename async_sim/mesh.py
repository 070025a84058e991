"""The mesh and its controllers: who sits where, and who is wired to whom.

A node has 17 controllers: an input unit, a switch allocator and an output unit for each of its
five ports, a source and a sink. Ports at the edge of the mesh exist and stay unused.
"""

from dataclasses import dataclass

LOCAL, EAST, WEST, NORTH, SOUTH = range(5)
N_PORTS = 5
PORT_NAMES = ("local", "east", "west", "north", "south")
OPPOSITE = (LOCAL, WEST, EAST, SOUTH, NORTH)
STEPS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # of a port, in x and y

INPUT, SWITCH, OUTPUT, SOURCE, SINK = 0, 5, 10, 15, 16  # first controller of each kind
N_CONTROLLERS = 17
KINDS = ("input_unit", "switch_allocator", "output_unit", "source", "sink")


@dataclass(frozen=True, slots=True)
class Mesh:
    """``width`` x ``height`` nodes; node ``y * width + x`` lies at (x, y)."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (1 <= self.width <= LARGEST_SIDE and 1 <= self.height <= LARGEST_SIDE):
            raise ValueError(
                f"a mesh has 1 to {LARGEST_SIDE} nodes a side, got {self.width}x{self.height}"
            )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.width * self.height

    def at(self, node: int) -> tuple[int, int]:
        """Column and row of a node."""
        return node % self.width, node // self.width

    def neighbour(self, node: int, port: int) -> int | None:
        """The node behind a port; None at the edge, and behind the local port."""
        if port == LOCAL:
            return None
        x, y = self.at(node)
        x, y = x + STEPS[port][0], y + STEPS[port][1]
        is_inside = 0 <= x < self.width and 0 <= y < self.height
        return y * self.width + x if is_inside else None

    def hops(self, source: int, destination: int) -> int:
        """Links on a shortest way."""
        (x, y), (to_x, to_y) = self.at(source), self.at(destination)
        return abs(x - to_x) + abs(y - to_y)

    @classmethod
    def parse(cls, text: str) -> "Mesh":
        """Read ``8x8``.

        Raises:
            ValueError: If it is not of that form.
        """
        width, cross, height = text.lower().partition("x")
        if not (cross and width.isdecimal() and height.isdecimal()):
            raise ValueError(f"a mesh is written as 8x8, got '{text}'")
        return cls(int(width), int(height))


LARGEST_SIDE = 128


def controller_name(node: int, controller: int, mesh: Mesh) -> str:
    """Name a controller for people: ``(3, 1) output unit east``."""
    x, y = mesh.at(node)
    kind = KINDS[min(controller // N_PORTS, 3) + (controller == SINK)].replace("_", " ")
    port = f" {PORT_NAMES[controller % N_PORTS]}" if controller < SOURCE else ""
    return f"({x}, {y}) {kind}{port}"
