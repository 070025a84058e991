"""Networks of one to three cells, as plain data, with their sizes in closed form.

stem - cell - (reduce - cell)... - head, where a reduction doubles the channels and halves the
side; a network of one cell has a reduction too. Sizes are those of NeuroNAS, SpikeNAS and
SpikeNAS-Bench: see docs/models/snn.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from snn.cells import Cell
from snn.macro import Macro
from snn.operation import operation

if TYPE_CHECKING:
    import torch

    from snn.cell_modules import CellModules

MOST_CELLS = 3
Count = Literal["conv", "all"]
Role = Literal["stem", "edge", "reduce", "hidden", "classifier"]


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of weights, and the BatchNorm around it.

    Attributes:
        name: As the built network names it: ``stem``, ``cells.0.01``, ``reductions.0``, ``hidden``,
            ``classifier``.
        operation: Name of the operation, for an edge of a cell; else that of the role.
        in_side: Side of the feature map that it takes; 1 for a linear layer.
        out_side: Side of what it yields, before any pooling.
        n_other: Trainable parameters that are no weights: of BatchNorm, biases.
    """

    name: str
    role: Role
    operation: str
    in_channels: int
    out_channels: int
    kernel: int
    in_side: int
    out_side: int
    n_other: int

    @property
    def is_convolution(self) -> bool:
        """Whether it is no linear layer."""
        return self.role in {"stem", "edge", "reduce"}

    @property
    def n_weights(self) -> int:
        """Number of weights."""
        return self.in_channels * self.out_channels * self.kernel**2

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return self.n_weights + self.n_other

    @property
    def n_macs(self) -> int:
        """Multiply-accumulates of one image and one time step, padding included."""
        return self.n_weights * self.out_side**2


@dataclass(frozen=True, slots=True)
class CellNetwork:
    """Cells in their frame.

    Raises:
        ValueError: If there are no cells or too many, or the pooling does not divide a side.
    """

    cells: tuple[Cell, ...]
    macro: Macro

    def __post_init__(self) -> None:
        if not 1 <= len(self.cells) <= MOST_CELLS:
            raise ValueError(f"a network needs 1 to {MOST_CELLS} cells, got {len(self.cells)}")
        whole = self.macro.head_pool << self.n_reductions
        if self.macro.stem_side % whole:
            raise ValueError(
                f"{len(self.cells)} cells and head_pool {self.macro.head_pool} need a side that is "
                f"a multiple of {whole} behind the stem, got {self.macro.stem_side}"
            )

    @property
    def n_reductions(self) -> int:
        """Number of reductions: one behind each cell but the last, and at least one."""
        return max(1, len(self.cells) - 1)

    @property
    def head_channels(self) -> int:
        """Channels that enter the head."""
        return self.macro.channels << self.n_reductions

    @property
    def head_side(self) -> int:
        """Side of what enters the head, before its pooling."""
        return self.macro.stem_side >> self.n_reductions

    @property
    def head_features(self) -> int:
        """Number of values that enter the first linear layer."""
        return self.head_channels * (self.head_side // self.macro.head_pool) ** 2

    def shape(self, i: int) -> tuple[int, int]:
        """Channels and side of the i-th cell."""
        return self.macro.channels << i, self.macro.stem_side >> i

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height, width of an image."""
        return self.macro.input_shape

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.macro.n_classes

    @property
    def timesteps(self) -> int:
        """How often it sees an image."""
        return self.macro.timesteps

    def build(self, generator: "torch.Generator") -> "CellModules":
        """Build the module and draw its weights."""
        from snn.cell_modules import build_cells  # noqa: PLC0415 (sizes need no torch)

        return build_cells(self, generator)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The layers of weights, from the image to the classes, edges in the papers' order."""
        return tuple(self._parts())

    def _parts(self) -> Iterator[Part]:
        yield self._stem()
        for i, cell in enumerate(self.cells):
            yield from self._edges(i, cell)
            if i < self.n_reductions:
                yield self._reduction(i)
        yield from self._head()

    def _stem(self) -> Part:
        macro = self.macro
        return Part(
            "stem", "stem", "stem", macro.in_channels, macro.channels, 3, macro.in_side,
            macro.stem_side, 2 * macro.channels,
        )  # fmt: skip

    def _edges(self, i: int, cell: Cell) -> Iterator[Part]:
        channels, side = self.shape(i)
        for edge, name in cell.by_edge.items():
            kernel = operation(name).kernel
            if kernel:
                yield Part(
                    f"cells.{i}.{edge[0]}{edge[1]}", "edge", name, channels, channels, kernel, side,
                    side, 2 * channels,
                )  # fmt: skip

    def _reduction(self, i: int) -> Part:
        channels, side = self.shape(i)
        n_other = 2 * channels + 4 * channels  # BatchNorm before the neurons, and behind
        return Part(
            f"reductions.{i}", "reduce", "reduce", channels, 2 * channels, 3, side, side, n_other
        )

    def _head(self) -> Iterator[Part]:
        macro, n_outputs = self.macro, self.macro.voting * self.macro.n_classes
        n_norm = 2 * self.head_channels
        yield Part(
            "hidden", "hidden", "hidden", self.head_features, macro.hidden_features, 1, 1, 1, n_norm
        )
        yield Part(
            "classifier", "classifier", "classifier", macro.hidden_features, n_outputs, 1, 1, 1,
            n_outputs,
        )  # fmt: skip

    def n_parameters(self, count: Count = "all") -> int:
        """Count parameters: ``all`` trainable ones, or ``conv`` weights only, as the papers do."""
        if count == "conv":
            return sum(part.n_weights for part in self.parts if part.is_convolution)
        return sum(part.n_parameters for part in self.parts)

    def memory_bits(self, weight_bits: int, count: Count = "conv") -> int:
        """Bits of the parameters, ``weight_bits`` each (SpikeNAS, eq. 8)."""
        return weight_bits * self.n_parameters(count)

    def n_macs(self) -> int:
        """Multiply-accumulates of one image: the stem once, all else once per time step."""
        return sum(
            part.n_macs * (1 if part.role == "stem" else self.macro.timesteps)
            for part in self.parts
        )

    @property
    def depth(self) -> int:
        """Sum of the cells' depths; for two unlike cells that is our extension, untested."""
        return sum(cell.depth for cell in self.cells)
