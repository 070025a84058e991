"""Networks -> training-free scores, many at once; like `envs.accuracy`, it needs torch."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import torch

from configs import catalog
from snn.cell_network import CellNetwork
from snn.engine.cpu import CpuBackend
from snn.engine.modes import scaled, scorer_of
from snn.engine.plain import module_of
from snn.engine.scorer import FastScorer
from snn.engine.weights import WeightBank
from snn.fitness import fitness_of
from snn.pink_noise import pink_noise
from snn.score import DISCONNECTED, Fitness, Tally, invalid, load_score

if TYPE_CHECKING:
    from envs.untrained import Untrained

AT_ONCE = 81
"""Networks whose scores are known together: with three operations, all of two first edges."""


def scored(settings: "Untrained", networks: Sequence[CellNetwork]) -> Iterator[Fitness]:
    """Score networks, each as if it were alone; they have the same weights in the same places."""
    needs_gradient = load_score(settings.settings.score).needs == "gradient"
    by_way = groupby(networks, key=lambda one: needs_gradient or _has_feedback(one))
    for is_plain, neighbours in by_way:
        if is_plain:
            yield from (_plain(settings, network) for network in neighbours)
        else:
            yield from _fast(settings, list(neighbours))


def _has_feedback(network: CellNetwork) -> bool:
    return any(cell.has_feedback for cell in network.cells)


def _fast(settings: "Untrained", networks: Sequence[CellNetwork]) -> Iterator[Fitness]:
    scorer = _scorer(settings)
    for group in _groups(networks):
        for start in range(0, len(group), AT_ONCE):
            yield from _together(scorer, group[start : start + AT_ONCE])


def _groups(networks: Sequence[CellNetwork]) -> Iterator[Sequence[CellNetwork]]:
    """Split networks into neighbours of which only one cell, or all cells together, vary."""
    if all(map(_is_uniform, networks)) or len(_varying(networks)) <= 1:
        yield networks
        return
    for _, group in groupby(networks, key=lambda one: one.cells[:-1]):
        yield list(group)


def _together(scorer: FastScorer, networks: Sequence[CellNetwork]) -> list[Fitness]:
    first = networks[0].cells
    if all(map(_is_uniform, networks)):
        return scorer.pass_all_equal([one.cells[0] for one in networks], len(first))
    place = next(iter(_varying(networks)), len(first) - 1)
    return scorer.pass_one(first, place, [one.cells[place] for one in networks])


def _is_uniform(network: CellNetwork) -> bool:
    return len(set(network.cells)) == 1


def _varying(networks: Sequence[CellNetwork]) -> list[int]:
    """Places whose cells are not the same in all networks."""
    places = zip(*(network.cells for network in networks), strict=True)
    return [place for place, cells in enumerate(places) if len(set(cells)) > 1]


@cache
def _scorer(settings: "Untrained") -> FastScorer:
    given = settings.settings
    format_ = settings.weight_format
    return scorer_of(settings.macro, given.mode, given.score, given.seed, format_, given.n_images)


def _plain(settings: "Untrained", network: CellNetwork) -> Fitness:
    """Score one network that the engine does not take, on the images and weights of the engine."""
    score = load_score(settings.settings.score)
    images, bank = _shared(settings)
    framed = CellNetwork(network.cells, bank.macro)
    if not all(cell.is_connected for cell in framed.cells):
        return invalid(DISCONNECTED)
    if score.needs == "nothing":
        return score.judge(framed, Tally(), len(images))
    return fitness_of(module_of(framed, bank), images, score)


@cache
def _shared(settings: "Untrained") -> tuple[torch.Tensor, WeightBank]:
    """Images, and weights by place."""
    given = settings.settings
    frame = scaled(settings.macro, given.mode)
    n = given.n_images or catalog.read("scoring", given.mode)["n_images"]
    images = pink_noise(n, frame.in_channels, frame.in_side, given.seed)
    return images, WeightBank(frame, given.seed, settings.weight_format, CpuBackend())
