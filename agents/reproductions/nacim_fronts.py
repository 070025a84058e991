"""NACIM's Figures 4 to 6 over seeds: fronts of accuracy and one cost, before and after rNAS.

Each cost has an rNAS of its own, which is rewarded for accuracy and that cost; pNAS, which sees
accuracy alone, and its fine-tuning are shared by the three.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from agents.bootstrap import Interval, mean
from agents.exits import NOT_REACHED
from agents.flow_arguments import SIZE, count_of, folder_of, typed_values
from agents.flow_finishing import finish, plain
from agents.flow_settings import FINE_TUNING, RNAS, SEARCH, read_summary
from agents.narrow_table import narrow_table
from agents.reproduction import Experiment
from agents.saying import say
from agents.settings import RunSettings
from agents.usage import settings_from, without_search
from envs.pareto import front, hypervolume
from envs.rewards import METRIC_OF

CHOSEN = ("seed", "reward.weights*")
COSTS = ("latency", "area", "energy")  # of Figures 4, 5 and 6
Losses = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Fronts of one seed and cost, in shares of the references.

    Attributes:
        before: Hypervolume of all designs that pNAS and its fine-tuning have found ...
        after: ... and of those that rNAS has, without them.
        both: Of all designs, which is what a user of the flow has in the end.
        covered: Share of the front before that the one after dominates or equals.
    """

    before: float
    after: float
    both: float
    covered: float

    @classmethod
    def of(cls, before: Losses, after: Losses) -> "Pair":
        """Compare two sets of points, shape ``(n, 2)`` each."""
        old = before[front(before)]
        covered = [(after <= point).all(axis=1).any() for point in old]
        share = float(np.mean(covered)) if covered else 1.0
        one, other, both = (
            hypervolume(points, (1.0, 1.0))
            for points in (before, after, np.concatenate([before, after]))
        )
        return cls(one, other, both, share)


def pair_of(flow: Path, cost: str) -> Pair:
    """The fronts of a finished flow; accuracies are those that its searches saw."""
    found = read_summary(flow)
    metric = METRIC_OF[cost]
    reference = found["references"][metric]
    points = [
        (one["stage"], (1.0 - one["metrics"]["accuracy"], one["metrics"][metric] / reference))
        for one in found["candidates"]
    ]
    before = [point for stage, point in points if stage in (SEARCH, FINE_TUNING)]
    after = [point for stage, point in points if stage.startswith(RNAS)]
    return Pair.of(np.array(before).reshape(-1, 2), np.array(after).reshape(-1, 2))


def run(arguments: Sequence[str]) -> int:
    """Search (or go on searching) and print the table; 1 if a mean hypervolume is smaller after.

    Raises:
        UsageError: If the arguments make no search.
    """
    why = "seeds=5 is the number of seeds"
    typed = typed_values(arguments, "nacim_fronts", CHOSEN, why, ["seeds"])
    seeds = range(count_of("seeds", typed.pop("seeds", "5")))
    root = typed.pop("run_dir", None)
    typed.setdefault("search", SIZE)
    flows = {(seed, cost): _settings(typed, seed, cost) for seed in seeds for cost in COSTS}
    folder = folder_of("nacim_fronts", root, _told_of(flows[0, COSTS[0]]))
    for (seed, cost), settings in flows.items():
        first = None if cost == COSTS[0] else folder / f"seed-{seed}" / COSTS[0]
        code = finish(settings, folder / f"seed-{seed}" / cost, first)
        if code:
            sys.stderr.write("nacim_fronts: stopped; the same command goes on\n")
            return code
    return _shown(folder, len(seeds))


def _settings(typed: Mapping[str, str], seed: int, cost: str) -> RunSettings:
    others = (f"reward.weights.{other}=0" for other in COSTS if other != cost)
    return settings_from(
        [
            "experiment=nacim",
            "env.switches.SD=false",  # the paper's experiments have one device (sec. V-A)
            *others,
            f"seed={seed}",
            *(f"{key}={value}" for key, value in typed.items()),
        ]
    )


def _told_of(settings: RunSettings) -> object:
    return [without_search(plain(settings)), settings.search.budget]


def _shown(folder: Path, n_seeds: int) -> int:
    console, is_reached = Console(), True
    generator = np.random.default_rng(0)
    table = narrow_table(
        f"hypervolume of accuracy and one cost, {n_seeds} seeds: mean, [95 % interval]",
        (
            "cost",
            "pNAS",
            "rNAS\nalone",
            "difference",
            "seeds not\nbehind",
            "front\ncovered",
            "both less\npNAS",
        ),
    )
    for cost in COSTS:
        pairs = [pair_of(folder / f"seed-{i}" / cost, cost) for i in range(n_seeds)]
        gains = [one.after - one.before for one in pairs]
        gain = mean(gains, generator)
        is_reached &= gain.value >= 0
        table.add_row(
            cost,
            _told(mean([one.before for one in pairs], generator)),
            _told(mean([one.after for one in pairs], generator)),
            _told(gain),
            f"{sum(one >= 0 for one in gains)} of {n_seeds}",
            f"{100 * np.mean([one.covered for one in pairs]):.0f} %",
            _told(mean([one.both - one.before for one in pairs], generator)),
        )
    console.print(table)
    say(console, f"runs and figures: {folder}")
    return 0 if is_reached else NOT_REACHED


def _told(one: Interval) -> str:
    bounds = "" if np.isnan(one.low) else f"\n[{one.low:.4f}, {one.high:.4f}]"
    return f"{one.value:.4f}{bounds}"


NACIM_FRONTS = Experiment("nacim_fronts", "NACIM, Figures 4 to 6 over seeds", run)
