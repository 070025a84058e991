import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from configs.catalog import UnknownNameError
from snn.cell_modules import build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.fitness import fitness, fitness_of
from snn.macro import Macro
from snn.pink_noise import pink_noise
from snn.quantization import WeightFormat
from snn.recording import record
from snn.score import DISCONNECTED, SILENT, SINGULAR, Firing, Tally, load_score, scores

MACRO = Macro.preset("cifar10", channels=4, in_side=8, timesteps=2, hidden_features=16)
IMAGES = pink_noise(4, 3, 8, 0)
CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
NETWORK = CellNetwork((CHAIN, CHAIN), MACRO)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # so small networks are slower on two
    yield
    torch.set_num_threads(before)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def firing(patterns: list[list[int]]) -> Firing:
    """One time step."""
    fired = np.array(patterns)
    differing = (fired[:, None] != fired[None]).sum(-1)
    return Firing(fired.shape[1], fired.sum(1)[None], lambda: differing[None])


def test_the_kernel_is_the_one_of_the_public_codes() -> None:
    # rates 1/2 and 1/4: E = 1/2 * 3/4 + 1/2 * 1/4 = 1/2; H = 1 of N = 4
    two = firing([[1, 1, 0, 0], [1, 0, 0, 0]])
    assert load_score("paper").kernel(two)[0, 1] == 4 - 0.5 / (0.5 + 1e-3)
    assert load_score("snasnet").kernel(two)[0, 1] == 4 - 0.5 / (0.5 * 4 + 1e-3)


def test_the_sum_and_the_mean_differ_by_a_constant() -> None:
    tally = load_score("paper").tally(firing([[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1]]))
    tally = replace(tally, n_calls=7)
    summed, mean = (load_score(one).judge(NETWORK, tally, 3) for one in ("paper", "bench"))
    assert summed.value - mean.value == pytest.approx(3 * math.log(7))  # S log(calls)


def test_every_recorded_spike_is_counted() -> None:
    found = fitness(NETWORK, IMAGES, seeded(), "spikes")
    module = build_cells(NETWORK, seeded())
    module.head.dropout.eval()
    with torch.no_grad():
        assert found.value == record(module, IMAGES).n_spikes_per_image


@pytest.mark.parametrize("name", sorted(scores()))
def test_the_same_seed_gives_the_same_valid_score(name: str) -> None:
    one, other = (fitness(NETWORK, IMAGES, seeded(), name) for _ in range(2))
    assert one == other
    assert one.is_valid
    assert math.isfinite(one.value)


@pytest.mark.parametrize("name", sorted(scores()))
def test_a_disconnected_network_is_invalid(name: str) -> None:
    broken = Cell.of((1, 0, 0, 0, 0, 1), "snasnet")
    found = fitness(CellNetwork((broken, CHAIN), MACRO), IMAGES, seeded(), name)
    assert (found.value, found.reason) == (-math.inf, DISCONNECTED)


def test_a_network_whose_last_neurons_are_silent_is_invalid() -> None:
    # steps of 1/8 round every weight but the stem's to zero, and the determinant stays finite
    wide = replace(MACRO, channels=64)
    coarse = WeightFormat(4, "global")
    found = fitness(CellNetwork((CHAIN, CHAIN), wide), IMAGES, seeded(), "paper", coarse)
    assert (found.value, found.reason) == (-math.inf, SILENT)


def test_equal_images_are_invalid_and_not_an_error() -> None:
    found = fitness(NETWORK, IMAGES[:1].repeat(4, 1, 1, 1), seeded(), "paper")
    assert (found.value, found.reason) == (-math.inf, SINGULAR)


def test_a_kernel_that_is_not_finite_is_invalid() -> None:
    tally = Tally(np.full((2, 2), np.nan), 1)
    assert load_score("paper").judge(NETWORK, tally, 2).reason == SINGULAR


def test_a_cell_with_feedback_has_a_score() -> None:
    back = ("zeroize", "conv1x1", "zeroize", "zeroize", "zeroize", "zeroize")
    cell = Cell(("conv3x3", "zeroize", "skip", "skip", "zeroize", "skip"), back)
    assert fitness(CellNetwork((cell, cell), MACRO), IMAGES, seeded()).is_valid


def test_scoring_leaves_the_network_as_it_was() -> None:
    module = build_cells(NETWORK, seeded()).eval()
    fitness_of(module, IMAGES, load_score("snip"))
    assert not module.training
    assert not any(one._forward_hooks for one in module.modules())


def test_hybrid_orders_by_depth_then_convolutions_then_kernel() -> None:
    tally = load_score("hybrid").tally(firing([[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1]]))
    better = replace(tally, kernel=tally.kernel * 1000)
    cells = [(1, 0, 0, 0, 0, 0), (1, 1, 1, 0, 0, 0), (1, 0, 0, 0, 0, 1), (1, 0, 0, 1, 0, 1)]
    networks = [CellNetwork((Cell.of(one, "neuronas"),) * 2, MACRO) for one in cells]
    ordered = [(networks[0], tally), (networks[0], better), *((n, tally) for n in networks[1:])]
    values = [load_score("hybrid").judge(n, t, 3).value for n, t in ordered]
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_an_unknown_score_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="paper"):
        load_score("papr")
