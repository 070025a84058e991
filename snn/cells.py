"""Neural cells: four nodes, an operation on each of the six edges between them.

``node_j = sum_i operation_ij(node_i)``; node 0 is the input, node 3 the output. A feedback cell
also has operations on backward edges, whose results are added one time step later (SNASNet).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from snn.operation import operation, operation_set

Integers = NDArray[np.int64]
N_NODES = 4
Edge = tuple[int, int]
EDGES: tuple[Edge, ...] = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""Order of a cell's vector in the papers: c01, c02, c03, c12, c13, c23."""
BACKWARD_EDGES: tuple[Edge, ...] = tuple((j, i) for i, j in EDGES)
MODULE_ORDER: tuple[Edge, ...] = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Order in which the public codes make modules, and so draw weights: by target node."""
NOTHING = "zeroize"
NO_FEEDBACK = (NOTHING,) * len(EDGES)
PATHS: tuple[tuple[Edge, ...], ...] = (
    ((0, 3),),
    ((0, 1), (1, 3)),
    ((0, 2), (2, 3)),
    ((0, 1), (1, 2), (2, 3)),
)
EVEN = 0.5
BENCH = "bench"
BENCH_BASE = 5
N_BENCH_CELLS = BENCH_BASE ** len(EDGES)


@dataclass(frozen=True, slots=True)
class Cell:
    """The operations of a cell, by name.

    Attributes:
        operations: Of the forward edges, in the order of ``EDGES``.
        feedback: Of the backward edges, in the order of ``BACKWARD_EDGES``.

    Raises:
        ValueError: If one is missing or unknown, or two nodes are joined in both directions.
    """

    operations: tuple[str, ...]
    feedback: tuple[str, ...] = NO_FEEDBACK

    def __post_init__(self) -> None:
        for names, edges in ((self.operations, EDGES), (self.feedback, BACKWARD_EDGES)):
            _check_length(len(names), edges)
            for name in names:
                operation(name)
        for edge, forward, backward in zip(EDGES, self.operations, self.feedback, strict=True):
            if operation(forward).is_live and operation(backward).is_live:
                raise ValueError(
                    f"nodes {edge[0]} and {edge[1]} are joined forward ({forward}) and backward "
                    f"({backward}); a cell may have one of them"
                )

    @classmethod
    def of(
        cls, codes: Sequence[int], names: str, feedback_codes: Sequence[int] | None = None
    ) -> Self:
        """Read a vector of codes, c01 to c23, of the set of operations called ``names``.

        Args:
            feedback_codes: c10 to c32, of the backward edges, if there are any.

        Raises:
            ValueError: If there are not six codes, or the set lacks one of them.
        """
        forward = _named(codes, EDGES, names)
        if feedback_codes is None:
            return cls(forward)
        return cls(forward, _named(feedback_codes, BACKWARD_EDGES, names))

    @classmethod
    def of_bench(cls, number: int) -> Self:
        """Read an id of SpikeNAS-Bench: its digits in base 5, the least significant one is c01.

        Raises:
            ValueError: If the benchmark has no such cell.
        """
        if not 0 <= number < N_BENCH_CELLS:
            raise ValueError(f"SpikeNAS-Bench has cells 0 to {N_BENCH_CELLS - 1}, not {number}")
        return cls.of([number // BENCH_BASE**k % BENCH_BASE for k in range(len(EDGES))], BENCH)

    def codes(self, names: str) -> tuple[int, ...]:
        """Return the vector c01 to c23 in the set of operations called ``names``.

        Raises:
            ValueError: If the set lacks an operation of the cell.
        """
        allowed = operation_set(names)
        for name in self.operations:
            if name not in allowed:
                raise ValueError(f"'{names}' has no {name}; it has {', '.join(allowed)}")
        return tuple(allowed.index(name) for name in self.operations)

    @property
    def bench_id(self) -> int:
        """Id in SpikeNAS-Bench.

        Raises:
            ValueError: If the benchmark lacks an operation of the cell.
        """
        return sum(code * BENCH_BASE**k for k, code in enumerate(self.codes(BENCH)))

    @property
    def by_edge(self) -> dict[Edge, str]:
        """Operation of every edge, forward and backward, zeroize included."""
        forward = dict(zip(EDGES, self.operations, strict=True))
        return forward | dict(zip(BACKWARD_EDGES, self.feedback, strict=True))

    @property
    def has_feedback(self) -> bool:
        """Whether anything flows backward."""
        return any(operation(name).is_live for name in self.feedback)

    @property
    def live_edges(self) -> frozenset[Edge]:
        """Edges through which something flows from node 0 on to node 3, in whatever time."""
        joined = [edge for edge, name in self.by_edge.items() if operation(name).is_live]
        before, after = _reached(0, joined), _reached(3, [(j, i) for i, j in joined])
        return frozenset((i, j) for i, j in joined if i in before and j in after)

    @property
    def is_connected(self) -> bool:
        """Whether anything reaches the output."""
        return bool(self.live_edges)

    @property
    def live_paths(self) -> tuple[tuple[Edge, ...], ...]:
        """Forward paths from node 0 to node 3 without a zeroize."""
        by_edge = self.by_edge
        return tuple(
            path for path in PATHS if all(operation(by_edge[edge]).is_live for edge in path)
        )

    @property
    def depth(self) -> int:
        """Most convolutions on one live forward path; 0 if there is none."""
        return max((sum(map(self._is_convolution, path)) for path in self.live_paths), default=0)

    @property
    def n_convolutions(self) -> int:
        """Number of edges with weights, also of those that nothing flows through."""
        return sum(self._is_convolution(edge) for edge in self.by_edge)

    @property
    def n_effective_convolutions(self) -> int:
        """Number of live edges with weights."""
        return sum(map(self._is_convolution, self.live_edges))

    def pruned(self) -> "Cell":
        """The same cell with zeroize on all edges that nothing flows through."""
        live = self.live_edges

        def kept(edges: tuple[Edge, ...]) -> tuple[str, ...]:
            return tuple(self.by_edge[edge] if edge in live else NOTHING for edge in edges)

        return Cell(kept(EDGES), kept(BACKWARD_EDGES))

    def _is_convolution(self, edge: Edge) -> bool:
        return operation(self.by_edge[edge]).kernel > 0


def random_cell(names: str, generator: np.random.Generator, *, with_feedback: bool = False) -> Cell:
    """Draw operations evenly from a set; nothing sees to it that the cell is connected.

    With feedback, a fair coin per pair of nodes leaves the forward or the backward edge, never
    both, as in SNASNet's code; a set without ``zeroize`` gets it for the other one all the same.
    """
    allowed = operation_set(names)
    forward, backward = generator.integers(len(allowed), size=(2, len(EDGES)))
    is_forward = generator.random(len(EDGES)) < EVEN if with_feedback else np.ones(len(EDGES), bool)

    def kept(codes: Integers, is_kept: NDArray[np.bool_]) -> tuple[str, ...]:
        pairs = zip(codes.tolist(), is_kept.tolist(), strict=True)
        return tuple(allowed[code] if keeps else NOTHING for code, keeps in pairs)

    return Cell(kept(forward, is_forward), kept(backward, ~is_forward))


def _named(codes: Sequence[int], edges: tuple[Edge, ...], names: str) -> tuple[str, ...]:
    allowed = operation_set(names)
    _check_length(len(codes), edges)
    for edge, code in zip(edges, codes, strict=True):
        if not 0 <= code < len(allowed):
            known = ", ".join(f"{i} {name}" for i, name in enumerate(allowed))
            where = f"c{edge[0]}{edge[1]}"
            raise ValueError(f"{where}: no code {code} in '{names}'; allowed: {known}")
    return tuple(allowed[code] for code in codes)


def _check_length(n: int, edges: tuple[Edge, ...]) -> None:
    if n != len(edges):
        told = ", ".join(f"c{i}{j}" for i, j in edges)
        raise ValueError(f"a cell needs {len(edges)} operations ({told}), got {n}")


def _reached(start: int, edges: Sequence[Edge]) -> set[int]:
    reached, waiting = {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        new = {j for i, j in edges if i == node} - reached
        reached |= new
        waiting.extend(new)
    return reached
