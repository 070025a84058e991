"""How well a network of blocks does and how often it fires: accuracy, spikes, AutoSNN's fitness."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn

from snn.block_modules import BlockModules
from snn.datasets import Dataset
from snn.supernet_modules import SupernetModules

BATCH_SIZE = 256
SPIKE_EXPONENT = -0.08  # w, of AutoSNN; it also tried 0, -0.16 and -0.24


def spike_aware_fitness(
    accuracy: float, spikes: float, mean_spikes: float, exponent: float = SPIKE_EXPONENT
) -> float:
    """AutoSNN's fitness, accuracy * (spikes / N_avg)^w; a network that never fires is worth 0.

    Args:
        spikes: Per image.
        mean_spikes: N_avg, those of the networks of the space on average (`mean_spikes`).

    Raises:
        ValueError: If a number is negative, or ``mean_spikes`` is 0.
    """
    if min(accuracy, spikes) < 0 or not mean_spikes > 0:
        raise ValueError(
            "fitness needs an accuracy and spikes of 0 or more, and mean spikes above 0; got "
            f"{accuracy}, {spikes} and {mean_spikes}"
        )
    return accuracy * float((spikes / mean_spikes) ** exponent) if spikes else 0.0


@contextmanager
def counted_spikes(module: BlockModules) -> Iterator[list[float]]:
    """Count what neurons and poolings fire meanwhile; the list has one sum per layer and batch."""
    found: list[float] = []
    hooks = [
        layer.register_forward_hook(lambda _m, _i, spikes: found.append(float(spikes.sum())))
        for layer in module.spiking_layers.values()
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def evaluate_network(module: BlockModules, dataset: Dataset) -> dict[str, float]:
    """Measure the network at rest on the test images.

    Returns:
        ``accuracy``, the share of images classified rightly, and ``spikes``, of one image on
        average: all neurons and poolings, all time steps.
    """
    module.eval()
    device = next(module.parameters()).device
    n_right, labels = 0, dataset.test_labels
    parts = (torch.split(part, BATCH_SIZE) for part in (dataset.test_images, labels))
    batches = zip(*parts, strict=True)
    with counted_spikes(module) as spikes:
        for some, answers in batches:
            rates = module(dataset.scaled(some.to(device)))
            n_right += int((rates.argmax(dim=1).cpu() == answers).sum())
    return {"accuracy": n_right / len(labels), "spikes": sum(spikes) / len(labels)}


def evaluate_architecture(
    supernet: SupernetModules,
    choices: Mapping[str, object] | Sequence[str],
    dataset: Dataset,
    n_recalibration: int = 0,
) -> dict[str, float]:
    """Measure one network of a supernet on the test images, with the weights that it has there.

    Args:
        n_recalibration: Training images from which the statistics of BatchNorm are taken anew, for
            this network alone; with 0 they are those of the supernet, as AutoSNN has it. The
            supernet's own are back afterwards.

    Returns:
        ``accuracy`` and ``spikes`` per image, see `evaluate_network`.

    Raises:
        ValueError: If there is no such network.
    """
    with supernet.holding(choices):
        if not n_recalibration:
            return evaluate_network(supernet, dataset)
        with recalibrated(supernet, dataset, n_recalibration):
            return evaluate_network(supernet, dataset)


@contextmanager
def recalibrated(module: BlockModules, dataset: Dataset, n_images: int) -> Iterator[None]:
    """Have BatchNorm use the statistics of the first training images for a while."""
    norms = [one for one in module.modules() if isinstance(one, nn.BatchNorm2d)]
    kept = [({k: v.clone() for k, v in one.state_dict().items()}, one.momentum) for one in norms]
    try:
        _take_statistics(module, norms, dataset, n_images)
        yield
    finally:
        for norm, (state, momentum) in zip(norms, kept, strict=True):
            norm.load_state_dict(state)
            norm.momentum = momentum


@torch.no_grad()
def _take_statistics(
    module: BlockModules, norms: Sequence[nn.BatchNorm2d], dataset: Dataset, n_images: int
) -> None:
    device = next(module.parameters()).device
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    module.train()
    for images in torch.split(dataset.train_images[:n_images], BATCH_SIZE):
        module(dataset.scaled(images.to(device)))


def mean_spikes(
    supernet: SupernetModules, dataset: Dataset, n_networks: int, generator: torch.Generator
) -> float:
    """N_avg, spikes per image on average over networks drawn uniformly, with repetition.

    Raises:
        ValueError: If none is to be drawn.
    """
    if n_networks < 1:
        raise ValueError(f"a mean needs at least 1 network, got {n_networks}")
    space = supernet.supernet
    drawn = torch.randint(space.n_networks, (n_networks,), generator=generator).tolist()
    found = [evaluate_architecture(supernet, space.nth(i), dataset)["spikes"] for i in drawn]
    return sum(found) / n_networks


def validation_split(dataset: Dataset, ratio: float, generator: torch.Generator) -> Dataset:
    """Part the training images: to train on, and to choose networks by in place of test images.

    Raises:
        ValueError: If one part would be empty.
    """
    n = len(dataset.train_labels)
    n_kept_out = round(ratio * n)
    if not 0 < n_kept_out < n:
        raise ValueError(f"a validation ratio of {ratio} leaves one part of {n} images empty")
    order = torch.randperm(n, generator=generator)
    kept_out, rest = order[:n_kept_out], order[n_kept_out:]
    return replace(
        dataset,
        train_images=dataset.train_images[rest],
        train_labels=dataset.train_labels[rest],
        test_images=dataset.train_images[kept_out],
        test_labels=dataset.train_labels[kept_out],
    )
