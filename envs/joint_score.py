"""Training-free scores of the networks of a family: what they fire with random weights; torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn

from envs.data import load
from envs.dataset_settings import DatasetSettings
from envs.evaluation import InfeasibleError
from envs.joint_chips import bits_of_modules, stored_layers
from envs.joint_family import NetworkFamily
from envs.joint_settings import ScoreSettings
from envs.space import Choices
from snn import neurons
from snn.block_modules import BlockModules
from snn.fitness import firing_of
from snn.kernel_score import KernelScore
from snn.score import SILENT, Tally, load_score


def score_of(
    family: NetworkFamily,
    dataset: DatasetSettings,
    choices: Choices,
    wanted: ScoreSettings,
    seed: int,
) -> float:
    """Score a network on the first training images, its random weights rounded to its bits.

    BatchNorm takes the statistics of the batch; poolings count for nothing, and so do the neurons
    of the classifier, which hardly ever fire before they are trained.

    Raises:
        InfeasibleError: If the score is none: nothing fires, or images are told apart by nothing.
    """
    torch.set_num_threads(1)  # the same digits whatever else runs
    network = replace(family.network(choices), timesteps=int(choices["network.timesteps"]))
    module = network.build(torch.Generator().manual_seed(seed))
    stored_layers(module, bits_of_modules(module, family.weight_bits(choices)))
    images = load(**dataset.model_dump())
    score = load_score(wanted.name)
    assert isinstance(score, KernelScore)  # noqa: S101 (what may be wanted)
    tally = fired(module.train(), images.scaled(images.train_images[: wanted.n_images]), score)
    found = score.value_of(tally)
    if found.reason is not None:
        raise InfeasibleError(f"untrained, it is {found.reason}")
    return found.value


@torch.no_grad()
def fired(module: BlockModules, images: torch.Tensor, score: KernelScore) -> Tally:
    """Count what neurons fire on images (B, C, H, W).

    Raises:
        InfeasibleError: If the last neurons before the classifier never fire.
    """
    with _heard(module, score) as tallies:
        module(images)
    if not tallies[-1].n_spikes:
        raise InfeasibleError(f"untrained, it is {SILENT}")
    return sum(tallies, Tally())


@contextmanager
def _heard(module: BlockModules, score: KernelScore) -> Iterator[list[Tally]]:
    """What each layer of neurons adds, in the order in which they fire."""
    found: list[Tally] = []

    def hear(_module: nn.Module, _inputs: object, spikes: torch.Tensor) -> None:
        found.append(score.tally(firing_of(spikes)))

    layers = [one for one in module.spiking_layers.values() if neurons.is_neuron(one)][:-1]
    hooks = [layer.register_forward_hook(hear) for layer in layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
