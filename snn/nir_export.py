"""Cell networks as graphs of the Neuromorphic Intermediate Representation (NIR).

BatchNorm (of evaluation) is folded into the convolution before it, or becomes a 1x1 convolution
where several edges meet; voting is folded into the classifier. A skip is a mean over windows of
one. The graph takes one image (C, H, W) in every time step; the logits are the mean over time of
what it yields. Edges into one node add up, as in NIR.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from snn.blocks import Convolution, Norm, SpikingConvolution
from snn.cell_modules import CellModule, CellModules, Head, Reduction
from snn.cells import MODULE_ORDER
from snn.macro import Neuron
from snn.operation import operation

if TYPE_CHECKING:
    import nir

Floats = NDArray[np.float64]
Size = int | tuple[int, ...] | str
TIME_STEP_S = 1e-4  # what a time step is to NIR, whose neurons live in seconds


def to_nir(module: CellModules) -> "nir.NIRGraph":
    """Translate a network, as it is in evaluation.

    Raises:
        ValueError: If NIR has no words for it: feedback, neurons with soft reset.
        ModuleNotFoundError: If the package `nir` is not installed.
    """
    if any(cell.has_feedback for cell in module.network.cells):
        raise ValueError("feedback takes a time step, for which NIR has no word")
    if module.network.macro.neuron.reset != "hard":
        raise ValueError("NIR does not tell soft reset from hard: only hard reset is exported")
    graph = _Graph(module.network.macro.neuron)
    macro = module.network.macro
    arriving = graph.image((macro.in_channels, macro.in_side, macro.in_side))
    stem = graph.convolution("stem", macro.in_side, module.stem.convolution, module.stem.norm)
    arriving = graph.join(arriving, stem)
    for i, cell in enumerate(module.cells):
        assert isinstance(cell, CellModule)  # noqa: S101 (what the list holds)
        arriving = _cell(graph, f"cell{i}", cell, module.network.shape(i), arriving)
        if i < len(module.reductions):
            reduction = module.reductions[i]
            assert isinstance(reduction, Reduction)  # noqa: S101
            arriving = _reduction(graph, i, reduction, module.network.shape(i), arriving)
    arriving = _head(graph, module.head, module.network.head_side, arriving)
    graph.classes(module.network.macro.n_classes, arriving)
    return graph.made()


def write_nir(module: CellModules, path: Path) -> None:
    """Write a network to an HDF5 file, as any reader of NIR takes it.

    Raises:
        ValueError: If NIR has no words for it.
        OSError: If the file cannot be written, such as on a full disk.
    """
    import nir  # noqa: PLC0415 (optional)

    whole = BytesIO()
    nir.write(whole, to_nir(module))  # into a file HDF5 crashes where the disk is full
    path.write_bytes(whole.getvalue())


class _Graph:
    """A growing graph; a name stands for what leaves its node."""

    def __init__(self, neuron: Neuron) -> None:
        import nir  # noqa: PLC0415 (optional)

        self.nir: Any = nir
        self.neuron = neuron
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def made(self) -> "nir.NIRGraph":
        """The finished graph."""
        graph: nir.NIRGraph = self.nir.NIRGraph(self.nodes, self.edges)
        return graph

    def image(self, shape: tuple[int, int, int]) -> list[str]:
        """Begin with an image."""
        return self._add("input", self.nir.Input({"input": np.array(shape)}))

    def classes(self, n_classes: int, arriving: list[str]) -> None:
        """End with a value per class."""
        self.join(arriving, self._add("output", self.nir.Output({"output": np.array([n_classes])})))

    def join(self, sources: list[str], target: list[str]) -> list[str]:
        """Lead what leaves some nodes into one; return that one."""
        self.edges += [(source, target[0]) for source in sources]
        return target

    def convolution(self, name: str, side: int, module: Convolution, norm: Norm) -> list[str]:
        """Add a convolution and the BatchNorm behind it as one."""
        scale, shift = folded(norm)
        weight = array(module.weight) * scale[:, None, None, None]
        return self._conv2d(name, side, (weight, shift), module.stride, module.padding)

    def norm(self, name: str, side: int, norm: Norm) -> list[str]:
        """Add a BatchNorm as a 1x1 convolution."""
        scale, shift = folded(norm)
        return self._conv2d(name, side, (np.diag(scale)[:, :, None, None], shift))

    def zeros(self, name: str, channels: int, side: int) -> list[str]:
        """Add what forgets its input."""
        return self._conv2d(name, side, (np.zeros((channels, channels, 1, 1)), np.zeros(channels)))

    def _conv2d(
        self,
        name: str,
        side: int,
        kernel: tuple[Floats, Floats],
        stride: Size = 1,
        padding: Size = 0,
    ) -> list[str]:
        weight, bias = (one.astype(np.float32) for one in kernel)
        node = self.nir.Conv2d((side, side), weight, stride, padding, 1, 1, bias)
        return self._add(name, node)

    def pooling(self, name: str, kernel: int, stride: int, padding: int = 0) -> list[str]:
        """Add a mean over windows; of one, it is the identity."""
        sizes = (np.array([size, size]) for size in (kernel, stride, padding))
        return self._add(name, self.nir.AvgPool2d(*sizes))

    def linear(self, name: str, weight: Floats, bias: Floats | None = None) -> list[str]:
        """Add a linear layer."""
        node = self.nir.Linear(weight) if bias is None else self.nir.Affine(weight, bias)
        return self._add(name, node)

    def flatten(self, name: str, shape: tuple[int, int, int]) -> list[str]:
        """Add a flattening."""
        return self._add(name, self.nir.Flatten({"input": np.array(shape)}, 0, -1))

    def neurons(self, name: str, shape: tuple[int, ...], threshold: float) -> list[str]:
        """Add a layer of neurons: tau dV/dt = (v_leak - V) + r I, in Euler steps."""
        ones, zeros = np.ones(shape), np.zeros(shape)
        if self.neuron.kind == "if":
            node = self.nir.IF(ones / TIME_STEP_S, ones * threshold, zeros)
            return self._add(name, node)
        tau = self.neuron.tau
        gain = 1.0 if self.neuron.decays_input else tau
        return self._add(
            name,
            self.nir.LIF(tau * TIME_STEP_S * ones, gain * ones, zeros, threshold * ones, zeros),
        )

    def _add(self, name: str, node: Any) -> list[str]:  # noqa: ANN401 (nir has no types)
        self.nodes[name] = node
        return [name]


def _cell(
    graph: _Graph, name: str, module: CellModule, shape: tuple[int, int], entering: list[str]
) -> list[str]:
    """Add the live edges of a cell; return what arrives at its output."""
    channels, side = shape
    nodes: list[list[str]] = [entering, [], [], []]
    live = module.cell.live_edges
    for i, j in (edge for edge in MODULE_ORDER if edge in live):
        edge = f"{name}_{i}{j}"
        child, found = module.get_submodule(f"{i}{j}"), operation(module.cell.by_edge[i, j])
        if isinstance(child, SpikingConvolution):
            added = _spiking(graph, edge, child, (channels, side), nodes[i])
        else:  # a mean over windows of one is the identity
            width = 2 * found.reach + 1
            added = graph.join(nodes[i], graph.pooling(edge, width, 1, found.reach))
        nodes[j] += added
    if not live:
        return graph.join(entering, graph.zeros(f"{name}_nothing", channels, side))
    return nodes[-1]


def _spiking(
    graph: _Graph,
    name: str,
    module: SpikingConvolution,
    shape: tuple[int, int],
    arriving: list[str],
) -> list[str]:
    channels, side = shape
    fired = graph.neurons(f"{name}_neurons", (channels, side, side), _threshold(module.neuron))
    graph.join(arriving, fired)
    return graph.join(fired, graph.convolution(name, side, module.convolution, module.norm))


def _threshold(neuron: nn.Module) -> float:
    return float(neuron.v_threshold)  # type: ignore[arg-type]


def _reduction(
    graph: _Graph, i: int, module: Reduction, shape: tuple[int, int], arriving: list[str]
) -> list[str]:
    name, side = f"reduction{i}", shape[1]
    arriving = graph.join(arriving, graph.norm(f"{name}_norm", side, module.norm))
    arriving = _spiking(graph, name, module.spiking, shape, arriving)
    return graph.join(arriving, graph.pooling(f"{name}_pooling", 2, 2))


def _head(graph: _Graph, module: Head, side: int, arriving: list[str]) -> list[str]:
    channels, pool = module.norm.num_features, int(module.pooling.kernel_size)  # type: ignore[arg-type]
    voting = module.voting.voting
    pooled = channels, side // pool, side // pool
    weight, bias = array(module.classifier.weight), array(module.classifier.bias)
    for target in (
        graph.norm("head_norm", side, module.norm),
        graph.neurons("head_neurons", (channels, side, side), _threshold(module.neuron)),
        graph.pooling("head_pooling", pool, pool),
        graph.flatten("head_flatten", pooled),
        graph.linear("hidden", array(module.hidden.weight)),
        graph.neurons("hidden_neurons", (len(module.hidden.weight),), 1.0),
        graph.linear(
            "classifier",
            weight.reshape(-1, voting, weight.shape[1]).mean(1),
            bias.reshape(-1, voting).mean(1),
        ),
    ):
        arriving = graph.join(arriving, target)
    return arriving


def folded(norm: nn.BatchNorm2d) -> tuple[Floats, Floats]:
    """Scale and shift of each channel, with the running statistics."""
    assert norm.running_mean is not None and norm.running_var is not None  # noqa: PT018, S101
    scale = array(norm.weight) / np.sqrt(array(norm.running_var).astype(np.float64) + norm.eps)
    return scale, array(norm.bias) - scale * array(norm.running_mean)


def array(values: torch.Tensor) -> Floats:
    """As NumPy, wherever it lies."""
    return values.detach().cpu().numpy()
