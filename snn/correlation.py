"""How well a score ranks networks: Kendall's tau against measured accuracy, with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import kendalltau

from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.engine.modes import scaled, scorer_of
from snn.engine.scorer import Progress
from snn.fitness import fitness
from snn.macro import Macro
from snn.pink_noise import pink_noise
from snn.score import Fitness, load_score

Numbers = NDArray[np.float64]
INTERVAL = (2.5, 97.5)  # per cent
GRADIENT_MODE = "fast"  # gradients of large networks take too long


@dataclass(frozen=True, slots=True)
class Correlation:
    """Of one score with accuracy.

    Attributes:
        tau: Kendall's tau-b, in which equal scores count for nothing.
        interval: 95 % of bootstrapped taus lie within.
        tau_random: The same with equal scores ordered at random, as a search must order them.
        n: Number of networks; those that the score finds invalid are left out.
        n_invalid: Number of those.
    """

    tau: float
    interval: tuple[float, float]
    tau_random: float
    interval_random: tuple[float, float]
    n: int
    n_invalid: int


def correlation(
    scores: Sequence[float], accuracies: Sequence[float], n_draws: int, seed: int
) -> Correlation:
    """Compare the orders of two rows of numbers; -infinity is an invalid score."""
    values, labels = np.asarray(scores, np.float64), np.asarray(accuracies, np.float64)
    is_valid = np.isfinite(values)
    values, labels = values[is_valid], labels[is_valid]
    random = np.random.default_rng(seed)
    drawn = np.array([_taus(values, labels, random, resamples=True) for _ in range(n_draws)])
    plain = np.array([_taus(values, labels, random, resamples=False) for _ in range(n_draws)])
    low, high = np.percentile(drawn, INTERVAL, axis=0).tolist()
    tau, tau_random = plain.mean(0).tolist()
    intervals = list(zip(low, high, strict=True))
    n_invalid = int((~is_valid).sum())
    return Correlation(tau, intervals[0], tau_random, intervals[1], len(values), n_invalid)


def _taus(
    values: Numbers, labels: Numbers, random: np.random.Generator, *, resamples: bool
) -> tuple[float, float]:
    """Tau-b, and tau-b with equal scores in a random order."""
    n = len(values)
    chosen = random.integers(n, size=n) if resamples else np.arange(n)
    order = np.empty(n)
    order[np.lexsort((random.random(n), values))] = np.arange(n)
    # a network drawn twice is one network: its copies keep one rank
    pairs = (values[chosen], order[chosen])
    return tuple(_tau(one, labels[chosen]) for one in pairs)  # type: ignore[return-value]


def _tau(values: Numbers, labels: Numbers) -> float:
    if len(set(values.tolist())) < 2 or len(set(labels.tolist())) < 2:  # noqa: PLR2004
        return 0.0  # no order at all
    return float(kendalltau(values, labels).statistic)


def scores_of(
    name: str, cells: Sequence[Cell], mode: str, seed: int, progress: Progress | None = None
) -> list[Fitness]:
    """Score networks of two equal cells for CIFAR-10 on pink noise.

    A score that needs a gradient is taken in the sizes of the mode ``fast``.
    """
    macro = Macro.preset("cifar10")
    if load_score(name).needs != "gradient":
        return scorer_of(macro, mode, name, seed).pass_all_equal(cells, progress=progress)
    frame = scaled(macro, GRADIENT_MODE)
    images = pink_noise(32, frame.in_channels, frame.in_side, seed)
    found = []
    for i, cell in enumerate(cells):
        network = CellNetwork((cell, cell), frame)
        found.append(fitness(network, images, _seeded(seed), name))
        if progress:
            progress(i + 1, len(cells))
    return found


def ranked(found: Mapping[str, Correlation]) -> list[tuple[str, Correlation]]:
    """The best first, by the tau that a search feels."""
    return sorted(found.items(), key=lambda item: -item[1].tau_random)


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
