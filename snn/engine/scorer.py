"""Scores of many candidates in one pass, as Algorithm 1 of NeuroNAS and SpikeNAS needs them."""

from collections.abc import Callable, Sequence

import torch

from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.engine.backend import Backend, Values
from snn.engine.cpu import CpuBackend
from snn.engine.nodes import Frame, Node, outputs
from snn.engine.weights import WeightBank
from snn.macro import Macro
from snn.quantization import WeightFormat
from snn.score import DISCONNECTED, SILENT, Fitness, Score, Tally, invalid, load_score

Progress = Callable[[int, int], None]
"""Told how many candidates are done, and how many there are."""
HEAD_THRESHOLD = 1.0  # of reductions and of the head


class FastScorer:
    """Scores networks that share weights and images: same seed, same scores, whatever is asked.

    A candidate gets the weights of its places from the seed, not from its own generator, so
    candidates differ by their cells only. The neurons behind the first linear layer are taken to
    be silent, as they are before training (2.7e-6 spikes a neuron at 128 channels).

    Args:
        images: (S, C, H, W), zero mean and unit deviation.
        score: A name, or a score.
        seed: Of all weights.
        quantization: Of the weights, before they are scored (NeuroNAS's fitness).
        backend: Who does the sums; by default compiled code on the processor.

    Raises:
        UnknownNameError: If there is no such score.
        ValueError: If the images do not fit the frame, or the score needs a gradient.
    """

    def __init__(
        self,
        macro: Macro,
        images: torch.Tensor,
        score: str | Score = "paper",
        seed: int = 0,
        quantization: WeightFormat | None = None,
        backend: Backend | None = None,
    ) -> None:
        expected = (macro.in_channels, macro.in_side, macro.in_side)
        if images.ndim != 4 or images.shape[1:] != expected or len(images) < 2:  # noqa: PLR2004
            raise ValueError(f"images: needs (2 or more, *{expected}), got {tuple(images.shape)}")
        self.macro = macro
        self.score = load_score(score) if isinstance(score, str) else score
        if self.score.needs == "gradient":
            raise ValueError(f"{self.score.name} needs a gradient; use snn.fitness.fitness")
        self._images = images
        self._backend = backend or CpuBackend()
        self.bank = WeightBank(macro, seed, quantization, self._backend)
        self._frame = Frame(macro, self._backend, self.bank, self.score)
        self._stem: Values | None = None

    def score_one(self, network: CellNetwork) -> Fitness:
        """Score one network of this frame."""
        return self._pass(network.cells, len(network.cells) - 1, [network.cells[-1]], None)[0]

    def pass_all_equal(
        self, cells: Sequence[Cell], n_cells: int = 2, progress: Progress | None = None
    ) -> list[Fitness]:
        """Score networks of ``n_cells`` equal cells, one network for each of ``cells``."""
        return self._scores(cells, 0, [[cell] * n_cells for cell in cells], progress)

    def pass_one(
        self,
        saved: Sequence[Cell],
        position: int,
        cells: Sequence[Cell],
        progress: Progress | None = None,
    ) -> list[Fitness]:
        """Score the network of cells ``saved`` with each of ``cells`` in its place ``position``.

        Raises:
            ValueError: If there is no such place.
        """
        if not 0 <= position < len(saved):
            raise ValueError(f"position: needs 0 to {len(saved) - 1}, got {position}")
        return self._pass(saved, position, cells, progress)

    def _pass(
        self,
        saved: Sequence[Cell],
        position: int,
        cells: Sequence[Cell],
        progress: Progress | None,
    ) -> list[Fitness]:
        networks = [[*saved[:position], cell, *saved[position + 1 :]] for cell in cells]
        return self._scores(cells, position, networks, progress)

    def _scores(
        self,
        cells: Sequence[Cell],
        position: int,
        networks: Sequence[Sequence[Cell]],
        progress: Progress | None,
    ) -> list[Fitness]:
        """Score networks that are equal up to ``position``, where they have ``cells``."""
        checked = [CellNetwork(tuple(network), self.macro) for network in networks]
        found = {i: early for i, one in enumerate(checked) if (early := self._early(one))}
        asked = [i for i in range(len(cells)) if i not in found]
        if asked:
            source, before = self._before(checked[asked[0]], position)
            made = outputs(source, [cells[i] for i in asked])
            for i, values, tally in made:
                network = checked[asked[i]]
                found[asked[i]] = self._finished(network, position, values, before + tally)
                if progress:
                    progress(len(found), len(cells))
        return [found[i] for i in range(len(cells))]

    def _early(self, network: CellNetwork) -> Fitness | None:
        """Judge what needs no run."""
        if any(cell.has_feedback for cell in network.cells):
            raise ValueError("the fast scorer takes no feedback; use snn.fitness.fitness")
        if not all(cell.is_connected for cell in network.cells):
            return invalid(DISCONNECTED)
        if self.score.needs == "nothing":
            return self.score.judge(network, Tally(), len(self._images))
        return None

    def _before(self, network: CellNetwork, position: int) -> tuple[Node, Tally]:
        """Run the cells before ``position``: the input of that one, and the tally so far."""
        if self._stem is None:
            self._stem = self._backend.stem(
                self._images, self.bank.stem(), self.macro.stem_stride, self.macro.timesteps
            )
        values, tally = self._stem, Tally()
        for i in range(position):
            values, tally = self._cell(network, i, values, tally)
            values, tally = self._reduced(network, i, values, tally)
        return Node(self._frame, position, values, len(self._images)), tally

    def _finished(
        self, network: CellNetwork, position: int, values: Values, tally: Tally
    ) -> Fitness:
        """Run what follows the cell at ``position``, and judge."""
        for i in range(position, len(network.cells)):
            if i > position:
                values, tally = self._cell(network, i, values, tally)
            values, tally = self._reduced(network, i, values, tally)
        _, last = self._frame.fired(self._backend.normalized(values), HEAD_THRESHOLD)
        if last.n_spikes == 0:
            return invalid(SILENT)
        hidden = self._frame.silent(self.macro.hidden_features, len(self._images))
        return self.score.judge(network, tally + last + hidden, len(self._images))

    def _cell(
        self, network: CellNetwork, i: int, values: Values, tally: Tally
    ) -> tuple[Values, Tally]:
        source = Node(self._frame, i, values, len(self._images))
        ((_, output, more),) = outputs(source, [network.cells[i]])
        return output, tally + more

    def _reduced(
        self, network: CellNetwork, i: int, values: Values, tally: Tally
    ) -> tuple[Values, Tally]:
        """Run the reduction behind the i-th cell, if there is one."""
        if i >= network.n_reductions:
            return values, tally
        spikes, more = self._frame.fired(self._backend.normalized(values), HEAD_THRESHOLD)
        weight = self.bank.prepared_reduction(i)
        return self._backend.convolve(spikes, weight, 2), tally + more
