"""What Ray Tune is told to search: every combination of a grid, or what Optuna chooses."""

from typing import Any

import optuna
from ray import tune
from ray.tune.search.optuna import OptunaSearch

from agents.sweep_plan import Sweep
from agents.sweep_settings import NUMBER, Range


class NumberedSearch(OptunaSearch):
    """Optuna, with a number for each search: Tune's own names of them hold none."""

    def __init__(self, metric: str, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        super().__init__(metric=metric, mode="max", seed=seed)
        self._n_suggested = 0  # kept with the rest of it

    def suggest(self, trial_id: str) -> dict[str, Any] | None:
        """Choose the values of the next search."""
        found = super().suggest(trial_id)
        number = self._n_suggested
        self._n_suggested += 1
        return found and {**found, NUMBER: number}


def search_of(sweep: Sweep) -> NumberedSearch | None:
    """Who chooses; nobody does in a grid."""
    if not sweep.settings.tuned:
        return None
    return NumberedSearch(sweep.settings.metric, sweep.shared.seed)


def space_of_tune(sweep: Sweep) -> dict[str, Any]:
    """What is chosen from; of a grid the numbers of its searches."""
    if sweep.trials:
        return {NUMBER: tune.grid_search(list(range(len(sweep.trials))))}
    return {key: _drawn(values) for key, values in sweep.settings.tuned.items()}


def _drawn(values: Range | list[Any]) -> Any:  # noqa: ANN401 (of Ray)
    if not isinstance(values, Range):
        return tune.choice(values)
    if values.whole:
        kind = tune.lograndint if values.log else tune.randint
        return kind(int(values.low), int(values.high) + 1)
    return (tune.loguniform if values.log else tune.uniform)(values.low, values.high)
