from dataclasses import replace

import numpy as np
import pytest

from configs.catalog import UnknownNameError
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import InfeasibleChipError, estimate_workload
from hwmodels.optimize import circuit_grid, optimize_circuit
from hwmodels.report.design_file import EXAMPLE, read_job

WORKLOAD = read_job(EXAMPLE).workload
DEVICE = load_device("rram_4b_zhao_iedm_2017")
START = Circuit(64, 4, 8)
GRID = circuit_grid(START, {"crossbar_size": [32, 64], "columns_per_converter": [8, 16, 48]})


def product(circuit: Circuit) -> float:
    cost = estimate_workload(WORKLOAD, DEVICE, circuit)
    return cost.area_m2 * cost.energy_j * cost.latency_s


def test_a_grid_leaves_out_what_no_circuit_is() -> None:
    assert len(GRID) == 4  # 48 divides neither 32 nor 64
    assert GRID[0] == replace(START, crossbar_size=32)
    with pytest.raises(ValueError, match="does not divide"):
        circuit_grid(START, {"columns_per_converter": [48]})
    with pytest.raises(UnknownNameError, match="did you mean 'crossbar_size'"):
        circuit_grid(START, {"crosbar_size": [1]})


def test_the_best_circuit_is_that_of_the_smallest_product() -> None:
    ranking = optimize_circuit(WORKLOAD, DEVICE, GRID)
    products = [product(circuit) for circuit in GRID]
    assert ranking.rank.tolist() == np.argsort(products).tolist()
    assert ranking.score == pytest.approx(sorted(products))
    assert ranking.best == GRID[int(np.argmin(products))]


def test_weights_decide_what_is_best() -> None:
    ranking = optimize_circuit(WORKLOAD, DEVICE, GRID, weights={"latency_s": 1.0})
    latencies = [estimate_workload(WORKLOAD, DEVICE, one).latency_s for one in GRID]
    assert ranking.score == pytest.approx(sorted(latencies))


def test_bounds_leave_out_and_may_leave_nothing() -> None:
    areas = sorted(estimate_workload(WORKLOAD, DEVICE, one).area_m2 for one in GRID)
    ranking = optimize_circuit(WORKLOAD, DEVICE, GRID, at_most={"area_m2": areas[1]})
    assert len(ranking.rank) == 2
    with pytest.raises(InfeasibleChipError, match="within the bounds"):
        optimize_circuit(WORKLOAD, DEVICE, GRID, at_most={"area_m2": areas[0] / 2})


def test_a_chip_that_cannot_be_built_says_why() -> None:
    weak = replace(DEVICE, on_resistance_ohm=1e3)
    with pytest.raises(InfeasibleChipError, match="access transistor is wider"):
        optimize_circuit(WORKLOAD, weak, GRID, model="neurosim-1.4")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "ela"}, "cost model with circuits"),
        ({"weights": {"area": 1.0}}, "did you mean 'area_m2'"),
        ({"technology": "cmos_32nm"}, "did you mean 'cmos_32nm_"),
    ],
)
def test_an_unknown_name_is_answered(changes: dict[str, object], told: str) -> None:
    with pytest.raises(UnknownNameError, match=told):
        optimize_circuit(WORKLOAD, DEVICE, GRID, **changes)  # type: ignore[arg-type]
