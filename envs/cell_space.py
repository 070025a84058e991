"""The space of cell networks: a decision per edge of each cell, and what the choices make."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import comb, prod
from typing import Any

from envs.neuronas_settings import BACK, NeuronasSettings
from envs.space import Choices, SearchSpace
from snn.cell_network import CellNetwork
from snn.cells import EDGES, NOTHING, Cell
from snn.macro import Macro
from snn.operation import MARK, operation

ALIKE = "cells"
DECISIONS = tuple(f"c{i}{j}" for i, j in EDGES)
Convolutions = tuple[str, ...]
"""Names of the operations of a cell that have weights, sorted, without thresholds."""
Sizes = tuple[Convolutions, ...]
"""Of each cell; networks alike in it are alike in size and cost."""


@dataclass(frozen=True)
class CellSpace:
    """Choices of the operation of each edge -> networks of cells.

    Attributes:
        names: Of the blocks of decisions: one per cell, or one for all.
        choices: What each edge may be.
    """

    macro: Macro
    n_cells: int
    names: tuple[str, ...]
    choices: tuple[str, ...]

    @classmethod
    def of(cls, settings: NeuronasSettings) -> "CellSpace":
        """Read the settings."""
        each = tuple(f"cell{i + 1}" for i in range(settings.n_cells))
        names = (ALIKE,) if settings.are_cells_alike else each
        return cls(Macro.preset(settings.macro), settings.n_cells, names, settings.choices)

    @property
    def context(self) -> dict[str, Any]:
        """What a network depends on, besides the choices."""
        return {"macro": asdict(self.macro), "cells": self.n_cells}

    def space(self) -> SearchSpace:
        """The decisions, c01 to c23 of each block."""
        body = {"group": "architecture", "choices": self.choices}
        decisions = dict.fromkeys(DECISIONS, body)
        return SearchSpace.from_data([{"for_each": self.names, "decisions": decisions}])

    def network(self, choices: Choices) -> CellNetwork:
        """Build a network.

        Raises:
            ValueError: If nothing reaches the output of a cell.
        """
        cells = [_cell([str(choices[f"{name}.{one}"]) for one in DECISIONS]) for name in self.names]
        for name, cell in zip(self.names, cells, strict=True):
            if not cell.is_connected:
                raise ValueError(f"{name}: nothing gets through from its input to its output")
        return self.filled(cells)

    def filled(self, cells: Iterable[Cell]) -> CellNetwork:
        """The network of one cell per block."""
        found = tuple(cells)
        return CellNetwork(found * (self.n_cells // len(found)), self.macro)

    def network_of(self, sizes: Sizes) -> CellNetwork:
        """A network with these convolutions, wherever they are: size and cost are the same."""
        return self.filled(_any_cell(convolutions) for convolutions in sizes[: len(self.names)])

    def uniform(self, name: str) -> CellNetwork:
        """The network with the same operation on every edge."""
        return self.filled([Cell((name,) * len(EDGES))] * len(self.names))

    @property
    def lightest(self) -> str:
        """A choice that passes something on, of the least weights."""
        live = [name for name in self.forward if operation(name).is_live]
        return min(live, key=lambda name: operation(name).kernel)

    @property
    def heaviest(self) -> str:
        """The choice of most weights."""
        return max(self.forward, key=lambda name: operation(name).kernel)

    @property
    def forward(self) -> tuple[str, ...]:
        """Choices on the forward edges."""
        return tuple(name for name in self.choices if not name.endswith(BACK))

    def n_designs(self) -> int:
        """Number of designs of the space."""
        return int(len(self.choices) ** (len(EDGES) * len(self.names)))

    def all_sizes(self) -> Iterator[tuple[Sizes, int]]:
        """All sizes of networks, the smallest first, with the number of designs of each."""
        kinds = Counter(_weighted(name) for name in self.choices)
        per_cell: Counter[Convolutions] = Counter()
        for combination in itertools.combinations_with_replacement(sorted(kinds), len(EDGES)):
            per_cell[_convolutions(combination)] += _n_orders(combination, kinds)
        ordered = sorted(per_cell, key=_n_weights)
        every = itertools.product(ordered, repeat=len(self.names))
        for cells in sorted(every, key=lambda one: sum(map(_n_weights, one))):
            repeated = cells * (self.n_cells // len(cells))
            yield repeated, prod(per_cell[cell] for cell in cells)


def sizes_of(network: CellNetwork) -> Sizes:
    """The convolutions of each cell, dead edges included: their modules exist too."""
    return tuple(_convolutions(map(_weighted, cell.by_edge.values())) for cell in network.cells)


def _cell(names: list[str]) -> Cell:
    forward = tuple(NOTHING if name.endswith(BACK) else name for name in names)
    feedback = tuple(name.removesuffix(BACK) if name.endswith(BACK) else NOTHING for name in names)
    return Cell(forward, feedback)


def _weighted(name: str) -> str:
    """The operation without its direction and threshold; empty if it has no weights."""
    base = name.removesuffix(BACK).partition(MARK)[0]
    return base if operation(base).kernel else ""


def _convolutions(names: Iterable[str]) -> Convolutions:
    return tuple(sorted(name for name in names if name))


def _any_cell(convolutions: Convolutions) -> Cell:
    return Cell(convolutions + ("skip",) * (len(EDGES) - len(convolutions)))


def _n_weights(convolutions: Convolutions) -> int:
    return sum(operation(name).kernel ** 2 for name in convolutions)


def _n_orders(combination: tuple[str, ...], kinds: Counter[str]) -> int:
    """Cells with these operations on their edges, in any order."""
    counts, left, n = Counter(combination), len(combination), 1
    for kind, count in counts.items():
        n *= comb(left, count) * kinds[kind] ** count
        left -= count
    return n
