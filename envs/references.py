"""References of the NACIM reward: what counts as an expensive design of a space."""

import numpy as np

from envs.dataset_settings import DatasetSettings
from envs.evaluation import InfeasibleError
from envs.evaluators import Constant
from envs.nacim import nacim_cost
from envs.nacim_builder import nacim_builder
from envs.nacim_space import nacim_space
from envs.settings import HardwareSettings, NacimSettings

COSTS = ("latency_s", "energy_j", "area_m2")
N_DESIGNS = 256  # drawn evenly, always the same ones
SHARE = 0.9  # of them cost less than the reference


def reference_costs(
    settings: NacimSettings, hardware: HardwareSettings, dataset: DatasetSettings
) -> dict[str, float]:
    """The cost that nine in ten designs of the space stay below, for each cost by itself.

    Costs of a space span two orders of magnitude: against its dearest design all others would
    look alike.

    Raises:
        ValueError: If none of the designs drawn can be built.
    """
    if settings.evaluator == "constant":
        return {cost: Constant().metrics[cost] for cost in COSTS}
    space = nacim_space(settings, hardware)
    build, price = nacim_builder(settings, hardware, dataset), nacim_cost(settings, hardware)
    random, found, reason = np.random.default_rng(0), [], ""
    for _ in range(N_DESIGNS):
        try:
            metrics = price(build(space.decode(space.sample(random))), 0)
            found.append([metrics[cost] for cost in COSTS])
        except (ValueError, InfeasibleError) as error:
            reason = str(error)
    if not found:
        raise ValueError(f"no design of this space can be built with {hardware.model}: {reason}")
    limits = np.quantile(np.array(found), SHARE, axis=0)
    return dict(zip(COSTS, limits.tolist(), strict=True))
