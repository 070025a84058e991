"""Training-free fitness of one network, on SpikingJelly: plain, for any cells, and slow.

A fresh network in training mode, so that BatchNorm takes the statistics of the batch, but without
dropout; every layer of neurons is heard in every time step. `snn.engine` computes the same faster.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional

from snn.cell_modules import CellModules, build_cells
from snn.cell_network import CellNetwork
from snn.quantization import WeightFormat
from snn.score import (
    DISCONNECTED,
    SILENT,
    Counts,
    Firing,
    Fitness,
    Score,
    Tally,
    invalid,
    load_score,
)  # fmt: skip
from snn.weight_formats import quantize_

LAST = "head.neuron"
LABEL_SEED = 0  # of SNIP's random labels


def fitness(
    network: CellNetwork,
    images: torch.Tensor,
    generator: torch.Generator,
    score: str | Score = "paper",
    quantization: WeightFormat | None = None,
) -> Fitness:
    """Draw a network's weights, quantize them, score it on images (S, C, H, W).

    Raises:
        UnknownNameError: If there is no such score.
    """
    found = load_score(score) if isinstance(score, str) else score
    if not all(cell.is_connected for cell in network.cells):
        return invalid(DISCONNECTED)
    if found.needs == "nothing":
        return found.judge(network, Tally(), len(images))
    module = build_cells(network, generator)
    if quantization is not None:
        quantize_(module, quantization, generator)
    return fitness_of(module.to(images.device), images, found)


def fitness_of(module: CellModules, images: torch.Tensor, score: Score) -> Fitness:
    """Score a network as it stands; images (S, C, H, W) on its device."""
    if not all(cell.is_connected for cell in module.network.cells):
        return invalid(DISCONNECTED)
    tallies: dict[str, Tally] = {}
    with _heard(module, score, tallies):
        if score.needs == "gradient":
            saliency = _saliency(module, images)
        else:
            with torch.no_grad():
                module(images)
    if tallies[LAST].n_spikes == 0:
        return invalid(SILENT)
    if score.needs == "gradient":
        return score.judge(module.network, Tally(saliency), len(images))
    return score.judge(module.network, sum(tallies.values(), Tally()), len(images))


@contextmanager
def _heard(module: CellModules, score: Score, tallies: dict[str, Tally]) -> Iterator[None]:
    """Listen to all neurons of a training network without dropout."""

    def hear(name: str, spikes: torch.Tensor) -> None:
        tallies[name] = tallies.get(name, Tally()) + score.tally(firing_of(spikes))

    hooks = [
        layer.register_forward_hook(lambda _m, _i, spikes, name=name: hear(name, spikes))
        for name, layer in module.neuron_layers.items()
    ]
    was_training = module.training
    module.train()
    module.head.dropout.eval()
    try:
        yield
    finally:
        module.train(was_training)
        for hook in hooks:
            hook.remove()


def firing_of(spikes: torch.Tensor) -> Firing:
    """(T, S, ...) of zeros and ones, as SNASNet's code counts them."""
    fired = (spikes.detach() > 0).flatten(2).float()

    def hamming() -> Counts:
        differing = [x @ (1 - x).T + (1 - x) @ x.T for x in fired]  # exact in float32 up to 2^24
        counts: Counts = torch.stack(differing).round().long().cpu().numpy()
        return counts

    return Firing(fired.shape[2], fired.sum(2).round().long().cpu().numpy(), hamming)


def _saliency(module: CellModules, images: torch.Tensor) -> float:
    """Sum of |weight x gradient| over all layers of weights, with random labels."""
    generator = torch.Generator().manual_seed(LABEL_SEED)
    n_classes = module.network.macro.n_classes
    labels = torch.randint(n_classes, (len(images),), generator=generator).to(images.device)
    weights = [m.weight for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    loss = functional.cross_entropy(module(images), labels)
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    pairs = zip(weights, gradients, strict=True)
    felt = [(w.detach() * g).abs().sum(dtype=torch.float64) for w, g in pairs if g is not None]
    return float(torch.stack(felt).sum())
