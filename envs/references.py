"""References of the NACIM reward: what counts as an expensive design of a space."""

from collections.abc import Callable

import numpy as np

from async_sim.result import DeadlockError
from envs.dataset_settings import DatasetSettings
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import Constant
from envs.hardware_settings import HardwareSettings
from envs.nacim import nacim_cost
from envs.nacim_builder import nacim_builder
from envs.nacim_space import nacim_space
from envs.settings import NacimSettings
from envs.space import Choices, SearchSpace

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
    try:
        return dear(space, lambda choices: price(build(choices), 0), N_DESIGNS)
    except UnbuildableError as error:
        raise ValueError(
            f"no design of this space can be built with {hardware.model}: {error}"
        ) from error


class UnbuildableError(ValueError):
    """None of the designs drawn can be built; the message says why the last one cannot."""


def dear(
    space: SearchSpace, costs: Callable[[Choices], Metrics], n_designs: int
) -> dict[str, float]:
    """The cost that nine in ten designs stay below, for each cost by itself.

    Args:
        costs: What a design takes; it may raise if the design cannot be.
        n_designs: Drawn evenly, always the same ones.

    Raises:
        UnbuildableError: If none of them can be built.
    """
    random, found, reason = np.random.default_rng(0), [], ""
    for _ in range(n_designs):
        try:
            metrics = costs(space.decode(space.sample(random)))
        except (ValueError, InfeasibleError, DeadlockError) as error:
            reason = str(error)
        else:
            found.append([metrics[cost] for cost in COSTS])
    if not found:
        raise UnbuildableError(reason)
    limits = np.quantile(np.array(found), SHARE, axis=0)
    return dict(zip(COSTS, limits.tolist(), strict=True))
