"""Sizes of cell networks: figures that NeuroNAS and SpikeNAS print, and counts of torch modules."""

from dataclasses import replace

import pytest
import torch

from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro, Neuron

CIFAR10, DIGITS = Macro.preset("cifar10"), Macro.preset("digits")
SMALL = replace(CIFAR10, channels=4, in_side=16, hidden_features=24, voting=3, timesteps=2)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
MIXED = Cell(("conv1x1", "conv5x5", "zeroize", "avgpool3x3", "conv7x7@1.5", "skip"))
BACKWARD = Cell(
    ("skip", "zeroize", "conv3x3", "conv3x3", "zeroize", "conv1x1"),
    ("zeroize", "skip", "zeroize", "zeroize", "conv3x3", "zeroize"),
)
SAMPLE = [
    *[(Cell.of_bench(number),) * 2 for number in (0, 3906, 10418, 14862, 15624)],
    (CHAIN,), (CHAIN, MIXED), (MIXED, BACKWARD, CHAIN), (BACKWARD, CHAIN),
]  # fmt: skip


def conv_only(n_three: int, n_one: int = 0) -> Cell:
    """A cell with so many 3x3 and 1x1 convolutions."""
    names = ["conv3x3"] * n_three + ["conv1x1"] * n_one
    return Cell(tuple(names + ["skip"] * (6 - len(names))))


def n_built(network: CellNetwork) -> int:
    module = build_cells(network, torch.Generator().manual_seed(0))
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("cells", SAMPLE)
def test_the_formula_counts_the_parameters_of_the_module(cells: tuple[Cell, ...]) -> None:
    network = CellNetwork(cells, SMALL)
    assert network.n_parameters() == n_built(network)


def test_the_formula_counts_the_parameters_of_the_module_at_full_size() -> None:
    network = CellNetwork((Cell.of_bench(14862),) * 2, CIFAR10)
    assert network.n_parameters() == n_built(network) == 17_179_620 + 6 * 738_048


@pytest.mark.parametrize(
    ("name", "without"), [("cifar10", 17_179_620), ("cifar100", 17_589_620),
                          ("tinyimagenet200", 71_505_768)],
)  # fmt: skip
def test_a_convolution_in_both_cells_adds_as_many_parameters_everywhere(
    name: str, without: int
) -> None:
    macro = Macro.preset(name)
    sizes = [CellNetwork((conv_only(n),) * 2, macro).n_parameters() for n in range(3)]
    assert sizes == [without, without + 738_048, without + 2 * 738_048]


@pytest.mark.parametrize(
    ("n_a", "n_b", "printed"),
    [(0, 1, 888_192), (2, 2, 1_772_928), (4, 5, 3_837_312), (6, 6, 4_722_048), (3, 3, 2_510_208)],
)
def test_printed_sizes_count_convolution_weights_only(n_a: int, n_b: int, printed: int) -> None:
    network = CellNetwork((conv_only(n_a), conv_only(n_b)), CIFAR10)
    assert network.n_parameters("conv") == printed
    assert network.memory_bits(8) == 8 * printed


@pytest.mark.parametrize(("n_three", "n_one", "printed"), [(1, 3, 1_281_408), (2, 2, 1_936_768)])
def test_printed_sizes_of_snasnet_have_1x1_convolutions(
    n_three: int, n_one: int, printed: int
) -> None:
    network = CellNetwork((conv_only(n_three, n_one),) * 2, CIFAR10)
    assert network.n_parameters("conv") == printed


def hooked_macs(network: CellNetwork) -> dict[str, int]:
    """Multiply-accumulates of one image and time step per layer of weights, from its outputs."""
    module, found = build_cells(network, torch.Generator().manual_seed(0)), {}

    def count(name: str, layer: torch.nn.Module, output: torch.Tensor) -> None:
        found[name] = found.get(name, 0) + output.numel() * layer.weight[0].numel()  # type: ignore[operator, index]

    for name, layer in module.named_modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            short = name.removeprefix("head.").split(".convolution")[0].removesuffix(".spiking")
            layer.register_forward_hook(
                lambda one, _inputs, output, short=short: count(short, one, output)
            )
    macro = network.macro
    module(torch.rand(1, macro.in_channels, macro.in_side, macro.in_side))
    return {name: n if name == "stem" else n // macro.timesteps for name, n in found.items()}


@pytest.mark.parametrize("cells", SAMPLE)
def test_macs_are_those_that_a_forward_pass_does(cells: tuple[Cell, ...]) -> None:
    network = CellNetwork(cells, SMALL)
    assert {part.name: part.n_macs for part in network.parts} == hooked_macs(network)


def test_a_stem_with_a_stride_is_counted_at_its_outputs() -> None:
    network = CellNetwork((CHAIN,), replace(SMALL, stem_stride=2, head_pool=1))
    assert {part.name: part.n_macs for part in network.parts} == hooked_macs(network)


def test_an_edge_of_either_cell_costs_as_many_macs() -> None:
    network = CellNetwork((CHAIN, CHAIN), CIFAR10)
    edges = {part.n_macs for part in network.parts if part.role == "edge"}
    (reduction,) = [part.n_macs for part in network.parts if part.role == "reduce"]
    assert edges == {150_994_944}
    assert reduction == 2 * 150_994_944


def test_the_stem_is_computed_once_whatever_the_time_steps() -> None:
    one, five = (CellNetwork((CHAIN,), replace(CIFAR10, timesteps=t)).n_macs() for t in (1, 5))
    stem = 27 * 128 * 32 * 32
    assert five - stem == 5 * (one - stem)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CellNetwork((), CIFAR10), "needs 1 to 3 cells, got 0"),
        (lambda: CellNetwork((CHAIN,) * 4, CIFAR10), "needs 1 to 3 cells, got 4"),
        (lambda: CellNetwork((CHAIN,), replace(CIFAR10, in_side=30)), "multiple of 4"),
        (lambda: Macro.preset("cifar11"), "did you mean 'cifar10'?"),
        (lambda: Macro.preset("cifar10", chanels=3), "did you mean 'channels'?"),
        (lambda: Macro.preset("cifar10", channels=0), "channels: needs at least 1, got 0"),
        (lambda: Macro.preset("cifar10", dropout_ratio=1.0), "dropout_ratio: needs 0 or more"),
        (lambda: Macro.preset("cifar10", initialization="zeros"), "'paper' or 'standard'"),
        (lambda: Neuron(tau=1.0), "tau needs a number above 1, got 1.0"),
        (lambda: Neuron(kind="alif"), "'lif' or 'if'"),  # type: ignore[arg-type]
    ],
)
def test_a_mistake_is_one_line(make: object, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        make()  # type: ignore[operator]
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
