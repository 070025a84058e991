"""Budgets that no network of a space can meet: which one excludes what, and what would do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envs.cell_costs import CellCosts
from envs.evaluation import InfeasibleError
from envs.objectives import Constraint


class BudgetError(ValueError):
    """Budgets that nothing meets; the message is one line."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Networks alike in size: their number, what they cost, and the bounds they break."""

    n_designs: int
    costs: dict[str, float]
    broken: tuple[Constraint, ...]

    @property
    def excess(self) -> float:
        """The largest cost as a multiple of the bound that it breaks."""
        return max(self.costs[one.metric] / one.bound for one in self.broken)


def check_budgets(constraints: Sequence[Constraint], costs: CellCosts) -> None:
    """Refuse budgets that nothing in the space can meet; ends at the first network that does.

    Raises:
        BudgetError: With the share of designs that each bound excludes, and the nearest bounds
            that would do.
        ValueError: If the cost model can price none of the networks.
    """
    known = [one for one in constraints if one.metric in costs.yields]
    kinds: list[_Kind] = []
    reasons: list[str] = []
    for kind in _kinds(known, costs, reasons):
        if not kind.broken:
            return
        kinds.append(kind)
    if not kinds:
        raise ValueError(f"no network of this space can be priced: {reasons[0]}")
    raise BudgetError(_told(known, kinds))


def _kinds(known: Sequence[Constraint], costs: CellCosts, reasons: list[str]) -> Iterator[_Kind]:
    for sizes, n_designs in costs.cells.all_sizes():
        try:
            found = costs.all_of(sizes)
        except InfeasibleError as error:
            reasons.append(str(error))
            continue
        yield _Kind(n_designs, found, tuple(one for one in known if one.violation(found)))


def _told(known: Sequence[Constraint], kinds: Sequence[_Kind]) -> str:
    n_all = sum(kind.n_designs for kind in kinds)
    excluded = {one: sum(k.n_designs for k in kinds if one in k.broken) for one in known}
    alone = [one for one in known if excluded[one] == n_all]
    told = [
        f"{one.metric} <= {one.bound:.4g} excludes {'all' if alone else f'{excluded[one]:,} of'} "
        f"{n_all:,} designs (least {_up(min(kind.costs[one.metric] for kind in kinds))})"
        for one in alone or [one for one in known if excluded[one]]
    ]
    nearest = min(kinds, key=lambda kind: kind.excess)
    would_do = " ".join(
        f"constraints.{one.metric}={_up(nearest.costs[one.metric])}" for one in nearest.broken
    )
    return f"constraints: no network meets them: {', '.join(told)}; nearest: {would_do}"


def _up(value: float) -> str:
    """Four digits, never less than the value."""
    text = f"{value:.4g}"
    return text if float(text) >= value else f"{value * 1.0005:.4g}"
