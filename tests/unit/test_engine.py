import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from snn.cell_network import CellNetwork
from snn.cells import Cell, random_cell
from snn.engine import nodes
from snn.engine.cpu import CpuBackend
from snn.engine.modes import scaled, scorer_of
from snn.engine.plain import module_of
from snn.engine.scorer import FastScorer
from snn.engine.tensors import TorchBackend
from snn.fitness import fitness_of
from snn.macro import Macro, Neuron
from snn.pink_noise import pink_noise
from snn.quantization import WeightFormat
from snn.score import DISCONNECTED, SILENT

MACRO = Macro.preset("cifar10", channels=8, in_side=8, timesteps=3, hidden_features=16)
IMAGES = pink_noise(5, 3, 8, 0)
SOFT = Neuron(tau=2.0, reset="soft", decays_input=False)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # so small networks are slower on two
    yield
    torch.set_num_threads(before)


def cells(names: str, n: int, seed: int = 0) -> list[Cell]:
    random = np.random.default_rng(seed)
    return [random_cell(names, random) for _ in range(n)]


@pytest.mark.parametrize(
    ("score", "names", "macro"),
    [
        ("paper", "bench", MACRO),
        ("bench", "neuronas", MACRO),
        ("snasnet", "snasnet", MACRO),
        ("spikes", "bench", replace(MACRO, neuron=SOFT)),
        ("hybrid", "snasnet", replace(MACRO, neuron=Neuron(kind="if"), channels=3)),
        ("paper", "neuronas", replace(MACRO, in_side=16, stem_stride=2, channels=20)),
    ],
)
def test_the_engine_scores_as_spikingjelly_does(score: str, names: str, macro: Macro) -> None:
    images = pink_noise(5, 3, macro.in_side, 0)
    scorer = FastScorer(macro, images, score, seed=1)
    for cell in cells(names, 5):
        network = CellNetwork((cell, cell), macro)
        plain = fitness_of(module_of(network, scorer.bank), images, scorer.score)
        fast = scorer.score_one(network)
        assert (fast.reason, fast.sign) == (plain.reason, plain.sign)
        assert fast.value == pytest.approx(plain.value, rel=1e-6, abs=1e-6)


def test_larger_kernels_and_other_numbers_of_cells_are_scored_too() -> None:
    wide = Cell(("conv5x5", "skip", "conv7x7", "conv1x1", "zeroize", "avgpool3x3"))
    scorer = FastScorer(MACRO, IMAGES)
    for n in (1, 2, 3):
        network = CellNetwork((wide,) * n, replace(MACRO, head_pool=1))
        scorer = FastScorer(network.macro, IMAGES)
        plain = fitness_of(module_of(network, scorer.bank), IMAGES, scorer.score)
        assert scorer.score_one(network).value == pytest.approx(plain.value, rel=1e-6)


def test_candidates_score_together_as_they_do_alone() -> None:
    asked = [Cell.of((1, *rest), "neuronas") for rest in itertools.product(range(3), repeat=3 - 1)
             for rest in [(*rest, 1, 0, 2)]]  # fmt: skip
    scorer = FastScorer(MACRO, IMAGES)
    together = scorer.pass_all_equal(asked)
    alone = [FastScorer(MACRO, IMAGES).score_one(CellNetwork((c, c), MACRO)) for c in asked]
    assert together == alone
    saved = [asked[0], asked[1]]
    for place in (0, 1):
        one_pass = scorer.pass_one(saved, place, asked)
        networks = [[c if i == place else saved[i] for i in (0, 1)] for c in asked]
        assert one_pass == [scorer.score_one(CellNetwork(tuple(n), MACRO)) for n in networks]


def test_what_candidates_share_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(self: CpuBackend, spikes: np.ndarray, weight: object, pool: int) -> object:
        calls.append(spikes.shape)
        return original(self, spikes, weight, pool)

    original = CpuBackend.convolve
    monkeypatch.setattr(CpuBackend, "convolve", counted)
    every = [Cell.of(codes, "neuronas") for codes in itertools.product(range(3), repeat=6)]
    tiny = replace(MACRO, channels=2, timesteps=1)
    scorer = FastScorer(tiny, IMAGES)
    stem_only, _ = scorer._before(CellNetwork((every[0],) * 2, tiny), 0)
    assert len(list(nodes.outputs(stem_only, every))) == 729
    # three from node 0, two from each of three nodes 1, one from each of 27 nodes 2; not 1,458
    assert len(calls) == 3 + 6 + 27


@pytest.mark.parametrize("scope", ["tensor", "global"])
def test_quantized_weights_are_those_that_are_scored(scope: str) -> None:
    coarse = WeightFormat(4, scope)  # type: ignore[arg-type]
    scorer = FastScorer(MACRO, IMAGES, quantization=coarse)
    network = CellNetwork((cells("bench", 1, seed=3)[0],) * 2, MACRO)
    plain = fitness_of(module_of(network, scorer.bank), IMAGES, scorer.score)
    assert len(scorer.bank.reduction(0).unique()) <= 16
    assert scorer.score_one(network).value == pytest.approx(plain.value, rel=1e-6)


@pytest.mark.parametrize("rounding", ["nearest", "truncate"])
def test_a_format_of_too_many_bits_keeps_its_range_and_rounding(rounding: str) -> None:
    long = WeightFormat(16, "global", rounding, 15)  # type: ignore[arg-type]
    short = WeightFormat(13, "global", rounding, 12)  # type: ignore[arg-type]
    weights = [FastScorer(MACRO, IMAGES, quantization=one).bank.stem() for one in (long, short)]
    assert torch.equal(*weights)
    assert not torch.equal(weights[0], FastScorer(MACRO, IMAGES).bank.stem())


def test_weights_too_coarse_to_fire_are_invalid() -> None:
    scorer = FastScorer(replace(MACRO, channels=64), IMAGES, quantization=WeightFormat(3, "global"))
    chain = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
    found = scorer.pass_all_equal([chain])[0]
    assert (found.value, found.reason) == (-math.inf, SILENT)


def test_a_disconnected_candidate_is_invalid_beside_valid_ones() -> None:
    done: list[tuple[int, int]] = []
    asked = [Cell.of_bench(i) for i in (0, 14862)]
    found = FastScorer(MACRO, IMAGES).pass_all_equal(asked, progress=lambda *now: done.append(now))
    assert [one.reason for one in found] == [DISCONNECTED, None]
    assert done == [(2, 2)]


def test_torch_tensors_score_like_compiled_code() -> None:
    asked = cells("bench", 6)
    compiled = FastScorer(MACRO, IMAGES).pass_all_equal(asked)
    tensors = FastScorer(MACRO, IMAGES, backend=TorchBackend()).pass_all_equal(asked)
    rounded = FastScorer(MACRO, IMAGES, backend=TorchBackend(dtype=torch.bfloat16))
    for one, other, third in zip(compiled, tensors, rounded.pass_all_equal(asked), strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-4)
        assert third.value == pytest.approx(one.value, rel=0.05)


def test_threads_change_nothing() -> None:
    asked, before = cells("neuronas", 3), torch.get_num_threads()
    found = []
    try:
        for n in (1, 2):
            torch.set_num_threads(n)
            found.append(FastScorer(MACRO, IMAGES).pass_all_equal(asked))
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_other_seeds_give_other_weights_and_scores() -> None:
    chain = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")
    one, other = (FastScorer(MACRO, IMAGES, seed=s).pass_all_equal([chain]) for s in (0, 1))
    assert one != other


def test_modes_change_sizes_and_nothing_else() -> None:
    frame = scaled(Macro.preset("tinyimagenet200"), "fast")
    assert (frame.channels, frame.in_side, frame.stem_side, frame.timesteps) == (16, 16, 16, 1)
    assert frame.n_classes == 200
    paper = scaled(Macro.preset("tinyimagenet200"), "paper")
    assert (paper.channels, paper.in_side, paper.stem_side, paper.timesteps) == (128, 64, 32, 5)
    scorer = scorer_of(Macro.preset("cifar10"), "fast", n_images=4)
    assert scorer.pass_all_equal([Cell.of_bench(14862)])[0].is_valid


@pytest.mark.parametrize("shape", [(4, 3, 8, 9), (4, 1, 8, 8), (1, 3, 8, 8), (3, 8, 8)])
def test_images_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="images: needs"):
        FastScorer(MACRO, torch.zeros(shape))


def test_what_the_engine_cannot_score_is_refused() -> None:
    with pytest.raises(ValueError, match="gradient"):
        FastScorer(MACRO, IMAGES, "snip")
    back = ("zeroize", "skip", "zeroize", "zeroize", "zeroize", "zeroize")
    cell = Cell(("conv3x3", "zeroize", "skip", "skip", "zeroize", "skip"), back)
    with pytest.raises(ValueError, match="feedback"):
        FastScorer(MACRO, IMAGES).pass_all_equal([cell])
    with pytest.raises(ValueError, match="position"):
        FastScorer(MACRO, IMAGES).pass_one([cell, cell], 2, [cell])


def test_pink_noise_is_smooth_and_normal() -> None:
    images = pink_noise(16, 3, 32, 0).double()
    assert torch.allclose(images.mean((1, 2, 3)), torch.zeros(16).double(), atol=1e-5)
    assert torch.allclose(images.std((1, 2, 3)), torch.ones(16).double(), atol=1e-3)
    beside = (images[..., 1:] * images[..., :-1]).mean()
    colours = torch.corrcoef(images.transpose(0, 1).flatten(1))[0, 1]
    assert beside > 0.65  # white noise: 0
    assert 0.8 < colours < 0.9
    assert torch.equal(pink_noise(2, 3, 8, 5), pink_noise(2, 3, 8, 5))
