"""Statistics of networks that a search meets: `configs/activity/measured_digits_2026.yaml`.

``python benchmarks/activity.py [DESIGNS]`` trains designs drawn evenly from the NACIM space on
digits, with noise, and prints medians and quartiles of bit density and weight deviation.
"""

import sys

import numpy as np
import torch

from envs.accuracy import variations
from envs.data import load
from envs.default_settings import settings_of
from envs.nacim_builder import nacim_builder
from envs.nacim_space import nacim_space
from envs.settings import NacimSettings
from snn.build import build
from snn.statistics import LayerStatistics, layer_statistics
from snn.training import Recipe, TrainingError, accuracy, check_learnt, train


def measured(n_designs: int) -> list[list[LayerStatistics]]:
    """Statistics of every layer of every design that learns."""
    settings = settings_of("nacim", {})
    assert isinstance(settings.env, NacimSettings)
    space = nacim_space(settings.env, settings.hardware)
    make = nacim_builder(settings.env, settings.hardware, settings.dataset)
    dataset, random = load("digits"), np.random.default_rng(0)
    recipe, found = Recipe(**settings.env.accuracy.recipe), []
    for seed in range(n_designs):
        design = make(space.decode(space.sample(random)))
        generator = torch.Generator().manual_seed(seed)
        network = build(design.network, design.quantization, generator, recipe.initialization)
        try:
            train(network, dataset, recipe, variations(design), generator)
            check_learnt(network, dataset, accuracy(network, dataset))
        except TrainingError:
            continue
        found.append(layer_statistics(network, dataset.test_images))
    return found


def main() -> None:
    """Print the table."""
    found = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    first = [one[0] for one in found]
    rest = [layer for one in found for layer in one[1:]]
    print(f"{len(found)} designs that learn: lower quartile, median, upper quartile; mean")
    for name, group in (("first layer", first), ("other layers", rest)):
        for figure in ("density_ratio", "weight_sigma_ratio"):
            values = np.array([getattr(layer, figure) for layer in group])
            quartiles = "  ".join(f"{x:.3f}" for x in np.quantile(values, (0.25, 0.5, 0.75)))
            print(f"{name:13s} {figure:19s} {quartiles}; {values.mean():.3f}")


if __name__ == "__main__":
    main()
