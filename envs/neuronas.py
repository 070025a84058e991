"""The NeuroNAS problem: cells of a spiking network under budgets of memory and chip."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from envs.budgets import check_budgets
from envs.cell_costs import CellCosts
from envs.cell_evaluator import CellEvaluator, Quality
from envs.cell_space import CellSpace, sizes_of
from envs.evaluation import InfeasibleError
from envs.evaluators import CimCost, Constant, Evaluator
from envs.hardware_settings import HardwareSettings
from envs.neuronas_settings import NeuronasSettings
from envs.objectives import Constraint, Objective
from envs.spikenas_bench import DATASET_OF, BenchAccuracy, check_table
from envs.untrained import Untrained
from hwmodels.chip import Circuit
from hwmodels.estimate import check_technology
from snn.macro import Macro

COSTS = ("memory_bits", "area_m2", "latency_s", "energy_j")
CONSTANTS = {
    "n_parameters": 1e4, "memory_bits": 8e4, "area_m2": 1e-6, "latency_s": 1e-3, "energy_j": 1e-6
}  # fmt: skip


def neuronas_evaluator(
    settings: NeuronasSettings,
    hardware: HardwareSettings,
    constraints: Sequence[Constraint],
) -> CellEvaluator:
    """Sizes, then costs, then quality, each stopping at a broken budget.

    Raises:
        BudgetError: If no network of the space is within the budgets.
        BenchError: If there is no table to look accuracies up in.
        ValueError: If the given chip is impossible.
    """
    bounds = within_budgets(settings, constraints)
    costs = cell_costs(settings, hardware)
    check_budgets(bounds, costs)
    return CellEvaluator(costs, _quality(settings), bounds, settings.scores_over_budget)


def within_budgets(
    settings: NeuronasSettings, constraints: Sequence[Constraint]
) -> tuple[Constraint, ...]:
    """The bounds that are asked for, and the environment's own budgets for other metrics."""
    bounds = {name: bound for name, bound in settings.budgets if bound is not None}
    bounds |= {one.metric: one.bound for one in constraints}
    return tuple(Constraint(metric, bound) for metric, bound in bounds.items())


def cell_costs(settings: NeuronasSettings, hardware: HardwareSettings) -> CellCosts:
    """The cost models of a space.

    Raises:
        ValueError: If the given chip is impossible.
    """
    technology = check_technology(hardware.model, hardware.technology)
    chip = CimCost(hardware.model, technology, (hardware.device,))
    circuit = Circuit(**hardware.circuit.model_dump())
    return CellCosts(CellSpace.of(settings), settings.weight_bits, settings.count, chip, circuit)


def _quality(settings: NeuronasSettings) -> Quality:
    path = settings.spikenas_bench.path
    if settings.accuracy == "spikenas_bench" and path is not None:
        check_table(path, settings.macro, settings.spikenas_bench.dataset)
        return BenchAccuracy(path, DATASET_OF[settings.macro])
    return Untrained(settings.fitness, Macro.preset(settings.macro), settings.weight_format)


def constant(settings: NeuronasSettings) -> Constant:
    """The same metrics for every design."""
    return Constant({metric_of(settings): 0.5} | CONSTANTS)


def metric_of(settings: NeuronasSettings) -> str:
    """What the search wants most of."""
    return "accuracy" if settings.accuracy == "spikenas_bench" else "fitness"


def quality(settings: NeuronasSettings, evaluator: Evaluator) -> Objective:
    """The objective that is not a cost.

    A fitness has no scale of its own: 0 is that of the lightest network of the space (skips only),
    1 that of the heaviest (convolutions only), to whole numbers.
    """
    objective = Objective(metric_of(settings))
    if not isinstance(evaluator, CellEvaluator) or objective.metric == "accuracy":
        return objective
    space = evaluator.costs.cells
    ends = [space.uniform(space.lightest), space.uniform(space.heaviest)]
    found = [
        one for one in evaluator.quality.measured(ends) if not isinstance(one, InfeasibleError)
    ]
    low, high = (math.floor(min(found)), math.ceil(max(found))) if found else (0, 1)
    return replace(objective, floor=float(low), top=float(max(high, low + 1)))


def dearest(settings: NeuronasSettings, hardware: HardwareSettings) -> Mapping[str, float]:
    """References of the costs: those of the heaviest network of the space.

    Raises:
        ValueError: If the cost model cannot price it.
    """
    if settings.evaluator == "constant":
        return CONSTANTS
    costs = cell_costs(settings, hardware)
    try:
        return costs.all_of(sizes_of(costs.cells.uniform(costs.cells.heaviest)))
    except InfeasibleError as error:
        raise ValueError(f"the heaviest network of the space cannot be priced: {error}") from error
