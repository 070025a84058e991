import re

import pytest
from cells import cell_settings, costs_of

from envs.budgets import BudgetError, check_budgets
from envs.evaluation import InfeasibleError
from envs.objectives import Constraint

COSTS = costs_of(cell_settings())
LEAST = COSTS.all_of(((), ()))


def message(*bounds: tuple[str, float]) -> str:
    with pytest.raises(BudgetError) as caught:
        check_budgets([Constraint(*bound) for bound in bounds], COSTS)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_budget_that_the_lightest_network_meets_is_a_budget() -> None:
    check_budgets([Constraint(metric, bound) for metric, bound in LEAST.items()], COSTS)
    check_budgets([], COSTS)


@pytest.mark.parametrize("metric", COSTS.yields)
def test_a_budget_that_nothing_meets_is_told_with_the_nearest_that_would_do(metric: str) -> None:
    told = message((metric, LEAST[metric] / 2), ("area_m2", 1.0))
    assert f"{metric} <= {LEAST[metric] / 2:.4g} excludes all 531,441 designs" in told
    assert "area_m2 <= 1 " not in told
    nearest = re.search(rf"nearest: constraints\.{metric}=(\S+)$", told)
    assert nearest is not None
    check_budgets([Constraint(metric, float(nearest[1]))], COSTS)


def test_of_two_budgets_only_the_one_that_excludes_all_is_blamed() -> None:
    told = message(("energy_j", 1e-9), ("latency_s", 1e-3))
    assert "energy_j" in told
    assert "latency_s" not in told


def test_a_chip_that_cannot_be_priced_is_told_with_the_model_s_reason() -> None:
    class Refusing:
        yields = COSTS.yields
        cells = COSTS.cells

        def all_of(self, sizes: tuple[object, ...]) -> dict[str, float]:
            assert len(sizes) == 2
            raise InfeasibleError("too large")

    with pytest.raises(ValueError, match="no network of this space can be priced: too large"):
        check_budgets([], Refusing())  # type: ignore[arg-type]
