from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from cells import cell_settings, costs_of

from configs import catalog
from envs import scoring
from envs.cell_evaluator import CellEvaluator
from envs.cell_space import CellSpace
from envs.evaluation import Evaluation, InfeasibleError
from envs.hardware_settings import HardwareSettings
from envs.neuronas import neuronas_evaluator
from envs.objectives import Constraint
from envs.service import EvaluationService
from envs.store import EvaluationStore
from envs.untrained import Untrained
from snn.cell_network import CellNetwork
from snn.macro import Macro
from snn.quantization import WeightFormat


@dataclass(frozen=True)
class Depth:
    """The depth of a network; refuses networks of depth 0, and notes what it is asked."""

    metric: str = "fitness"
    asked: list[int] = field(default_factory=list)

    @property
    def context(self) -> dict[str, Any]:
        return {}

    def measured(self, networks: Sequence[CellNetwork]) -> Iterator[float | InfeasibleError]:
        for network in networks:
            self.asked.append(network.depth)
            yield float(network.depth) if network.depth else InfeasibleError("flat")


CELLS = costs_of(cell_settings()).cells
DESIGNS = [CELLS.space().decode(a) for a in ((1,) * 12, (0,) * 12, (1, 0, 0, 1, 0, 1) * 2)]


def evaluated(
    *bounds: tuple[str, float], scores_over_budget: bool = False
) -> tuple[list[Evaluation], Depth]:
    quality = Depth()
    constraints = tuple(Constraint(*bound) for bound in bounds)
    evaluator = CellEvaluator(costs_of(cell_settings()), quality, constraints, scores_over_budget)
    service = EvaluationService(evaluator, EvaluationStore())
    return service.evaluate_many(DESIGNS), quality


def test_designs_have_sizes_costs_and_quality_in_their_order() -> None:
    found, quality = evaluated()
    assert [one.metrics.get("fitness") for one in found] == [6, None, 6]
    assert [one.infeasible for one in found] == [None, "flat", None]
    assert found[0].metrics["n_parameters"] == 73872
    assert found[0].metrics["memory_bits"] == 8 * 73872
    assert set(found[1].metrics) == {
        "n_parameters", "memory_bits", "area_m2", "latency_s", "energy_j"
    }  # fmt: skip
    assert quality.asked == [6, 0, 6]


@pytest.mark.parametrize("scores_over_budget", [False, True])
def test_over_the_memory_budget_nothing_else_is_measured(*, scores_over_budget: bool) -> None:
    found, quality = evaluated(("n_parameters", 40_000.0), scores_over_budget=scores_over_budget)
    assert found[0].infeasible == "n_parameters 7.387e+04 > 4e+04"
    assert set(found[0].metrics) == {"n_parameters", "memory_bits"}
    assert quality.asked == [0, 6]


def test_over_another_budget_quality_is_measured_if_it_is_wanted() -> None:
    plain, unasked = evaluated(("latency_s", 1.5e-3))
    wanted, asked = evaluated(("latency_s", 1.5e-3), scores_over_budget=True)
    assert plain[0].infeasible == wanted[0].infeasible == "latency_s 0.001944 > 0.0015"
    assert "fitness" not in plain[0].metrics
    assert wanted[0].metrics["fitness"] == 6
    assert unasked.asked == [0, 6]
    assert asked.asked == [6, 0, 6]


def test_a_bound_on_quality_counts_too() -> None:
    evaluator = CellEvaluator(costs_of(cell_settings()), Depth(), (Constraint("fitness", 7.0),))
    with pytest.raises(InfeasibleError, match="fitness 6 < 7"):
        evaluator(DESIGNS[0], 0)


def test_a_design_is_scored_the_same_alone_and_among_others() -> None:
    hardware = HardwareSettings.model_validate(catalog.read("hardware", "neuronas"))
    evaluator = neuronas_evaluator(cell_settings(budgets="none"), hardware, ())
    space, random = evaluator.costs.cells.space(), np.random.default_rng(1)
    designs = [space.decode(space.sample(random)) for _ in range(6)]
    designs += [designs[0] | {f"cell2.c0{i}": "conv3x3" for i in (1, 2, 3)}]
    together = list(evaluator.evaluate_many(designs))
    assert together == [evaluator(choices, seed) for seed, choices in enumerate(designs)]
    assert len({one["fitness"] for one in together if isinstance(one, dict)}) > 5


@pytest.mark.parametrize(("n_cells", "place"), [(2, 2), (3, 2), (3, 3)])
def test_a_pass_over_one_cell_is_scored_as_its_networks_are_alone(n_cells: int, place: int) -> None:
    quality = Untrained(cell_settings().fitness, Macro.preset("digits"), WeightFormat(8))
    cells = CellSpace.of(cell_settings(n_cells=n_cells))
    space, random = cells.space(), np.random.default_rng(2)
    saved, *others = (space.decode(space.sample(random)) for _ in range(5))
    tried = [
        saved | {name: choice for name, choice in one.items() if name.startswith(f"cell{place}.")}
        for one in others
    ]
    networks = [cells.network(choices) for choices in tried]
    alone = [next(quality.measured([network])) for network in networks]
    assert list(quality.measured(networks)) == alone
    assert len(set(alone)) == len(alone)


def test_scores_are_of_weights_in_the_format_that_the_settings_ask_for() -> None:
    cells = CellSpace.of(cell_settings())
    choices = {f"cell{i}.c{edge}": "conv3x3" for i in (1, 2) for edge in ("01", "12", "23")}
    choices |= {f"cell{i}.c{edge}": "skip" for i in (1, 2) for edge in ("02", "03", "13")}
    scores = set()
    for asked in ({}, {"rounding": "truncate"}, {"rounding": "stochastic"}, {"scope": "global"}):
        settings = cell_settings(weight_bits=6, quantization=asked)
        quality = Untrained(settings.fitness, Macro.preset("digits"), settings.weight_format)
        scores.add(next(quality.measured([cells.network(choices)])))
    assert len(scores) == 4


def test_formats_are_part_of_the_key_of_stored_scores() -> None:
    def context(**quantization: str) -> dict[str, Any]:
        settings = cell_settings(quantization=quantization)
        macro = Macro.preset("digits")
        return Untrained(settings.fitness, macro, settings.weight_format).context

    assert context() == context(rounding="nearest") != context(rounding="truncate")


def test_cells_with_feedback_are_scored_too() -> None:
    settings = cell_settings(operations="snasnet", has_feedback=True, are_cells_alike=True)
    hardware = HardwareSettings.model_validate(catalog.read("hardware", "neuronas"))
    evaluator = neuronas_evaluator(settings, hardware, ())
    cell = {"c01": "conv3x3", "c02": "zeroize", "c03": "skip", "c12": "conv3x3<"}
    cell |= {"c13": "conv1x1", "c23": "skip<"}
    found = evaluator({f"cells.{name}": value for name, value in cell.items()}, 0)
    assert np.isfinite(found["fitness"])


def networks_with_and_without_feedback() -> tuple[Untrained, list[CellNetwork]]:
    settings = cell_settings(operations="snasnet", has_feedback=True, are_cells_alike=True)
    forward = {"c01": "conv3x3", "c02": "skip", "c03": "skip", "c12": "conv3x3", "c13": "conv1x1"}
    cells = CellSpace.of(settings)
    last = ("conv1x1", "skip<", "conv3x3", "conv3x3<", "skip")
    networks = [
        cells.network({f"cells.{name}": value for name, value in (forward | {"c23": one}).items()})
        for one in last
    ]
    return Untrained(settings.fitness, Macro.preset("digits"), settings.weight_format), networks


def test_what_else_is_in_a_batch_changes_no_score() -> None:
    quality, networks = networks_with_and_without_feedback()
    alone = [next(quality.measured([network])) for network in networks]
    assert list(quality.measured(networks)) == alone
    assert len(set(alone)) == len(alone)


def test_networks_that_the_engine_does_not_take_have_its_weights() -> None:
    quality, networks = networks_with_and_without_feedback()
    for network in (networks[0], networks[2]):
        plain = scoring._plain(quality, network)
        assert plain.value == pytest.approx(next(quality.measured([network])), rel=1e-6)
    _, bank = scoring._shared(quality)
    framed = [CellNetwork(one.cells, bank.macro) for one in networks[:2]]
    one, other = (scoring.module_of(network, bank).head.hidden.weight for network in framed)
    assert torch.equal(one, other)
