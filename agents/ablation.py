"""What mapping range, noise and ramp each contribute: ``python -m agents.ablation RUN_DIR``.

The best design of a run of env=nacim is trained in nine ways, each from several seeds: weights that
fill the range 2^P of their format, weights of a standard start in that range, and weights of a
standard start whose largest is the full scale of its layer; each without noise, with noise that is
there at once, and with noise that grows.
"""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import json
import math
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.bootstrap import mean
from agents.exits import exit_code
from agents.finished import best_design, check_design
from agents.robustness import STANDARD_LEARNING_RATE, evaluator_of
from agents.saying import say
from agents.usage import UsageError
from configs.arguments import Parser
from configs.whole_file import replace_text

if TYPE_CHECKING:
    from envs.ablation import Ablated

Row = dict[str, Any]
DEVIATIONS = "0.05,0.0707,0.10,0.15"
FILL_LEARNING_RATE = 0.05
RAMP = 0.3  # share of the steps over which noise grows
RANGES: dict[str, Row] = {
    "fill 2^P": {"initialization": "fill", "mapping": "format"},
    "standard in 2^P": {"initialization": "standard", "mapping": "format"},
    "standard, max|w|": {"initialization": "standard", "mapping": "peak"},
}
NOISES: dict[str, Row] = {
    "none": {"is_noise_aware": False, "noise_ramp": 0.0},
    "at once": {"is_noise_aware": True, "noise_ramp": 0.0},
    "ramped": {"is_noise_aware": True, "noise_ramp": RAMP},
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How large an ablation is.

    Attributes:
        noise_ratio: Deviation of the noise while training, in units of R.
        standard_rate: Learning rate of a standard start, a fifth of the other's by default.
    """

    deviations_ratio: tuple[float, ...]
    n_chips: int
    seeds: tuple[int, ...]
    epochs: int | None
    noise_ratio: float
    standard_rate: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.ablation",
        description="env=nacim: trains the best design of a run in nine ways (weights that fill "
        "the range of their format, a standard start in it, a standard start with the largest "
        "weight as full scale; no noise, noise at once, ramped noise), each from several seeds, "
        "and measures all on the same sampled chips. Writes ablation.json into the run directory.",
    )
    parser.add_argument("run_dir", type=Path, help="a finished run directory of agents.train")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each way (default 3)")
    parser.add_argument("--seed", type=int, default=1000, help="the first of them (default 1000)")
    parser.add_argument("--chips", type=int, default=30, help="sampled chips (default 30)")
    parser.add_argument("--epochs", type=int, help="of each training (default: as in the run)")
    parser.add_argument(
        "--deviations",
        default=DEVIATIONS,
        help=f"of a weight, in units of its full scale R (default {DEVIATIONS})",
    )
    parser.add_argument(
        "--noise", type=float, default=0.1, help="deviation while training, in R (default 0.1)"
    )
    parser.add_argument(
        "--standard-rate",
        type=float,
        default=STANDARD_LEARNING_RATE,
        help=f"learning rate of a standard start (default {STANDARD_LEARNING_RATE}; "
        f"weights that fill their range take {FILL_LEARNING_RATE})",
    )
    return exit_code(lambda: _run(parser.parse_args(arguments)))


def _run(chosen: Namespace) -> int:
    plan, run_dir = _plan(chosen), chosen.run_dir
    choices = best_design(run_dir)
    build, stage, space = evaluator_of(run_dir)
    if not hasattr(build, "classifier"):
        raise UsageError(f"{run_dir}: is no run of env=nacim, whose weights have a range to fill")
    check_design(choices, space, run_dir)
    console = Console()
    rows = []
    for row in _rows(plan, stage.recipe, build(choices), stage.dataset):
        told = f"{row['range']}, noise {row['noise']}: {100 * row['clean']['mean']:.1f} % clean"
        say(console, told)
        rows.append(row)
    report = {"plan": _plain(plan), "recipe": stage.recipe, "design": choices, "rows": rows}
    replace_text(run_dir / "ablation.json", json.dumps(report, indent=2) + "\n")
    console.print(_table(rows, plan))
    say(console, f"figures: {run_dir / 'ablation.json'}")
    return 0


def _plan(chosen: Namespace) -> Plan:
    """Check what is typed.

    Raises:
        UsageError: With the first mistake.
    """
    for name, least in (("seeds", 1), ("seed", 0), ("chips", 1), ("epochs", 1)):
        value = getattr(chosen, name)
        if value is not None and value < least:
            raise UsageError(f"--{name}: needs at least {least}, got {value}")
    for name in ("noise", "standard_rate"):
        value = getattr(chosen, name)
        if not 0 < value < math.inf:
            raise UsageError(f"--{name.replace('_', '-')}: needs more than 0, got {value:g}")
    return Plan(
        _deviations(chosen.deviations),
        chosen.chips,
        tuple(range(chosen.seed, chosen.seed + chosen.seeds)),
        chosen.epochs,
        chosen.noise,
        chosen.standard_rate,
    )


def _deviations(typed: str) -> tuple[float, ...]:
    try:
        found = tuple(float(one) for one in typed.split(","))
    except ValueError:
        raise UsageError(f"--deviations: needs numbers such as {DEVIATIONS}, got {typed}") from None
    if not all(0 <= one < math.inf for one in found) or len(set(found)) < len(found):
        raise UsageError(f"--deviations: needs different numbers of at least 0, got {typed}")
    return found


def trainings(recipe: Mapping[str, Any], plan: Plan) -> Iterator[tuple[str, str, Row, Any]]:
    """Names of range and noise, recipe and mapping of each of the nine ways."""
    for of_range, start in RANGES.items():
        is_fill = start["initialization"] == "fill"
        rate = FILL_LEARNING_RATE if is_fill else plan.standard_rate
        begin = {"initialization": start["initialization"], "learning_rate": rate}
        length = {} if plan.epochs is None else {"epochs": plan.epochs}
        for of_noise, noise in NOISES.items():
            yield of_range, of_noise, {**recipe, **begin, **length, **noise}, start["mapping"]


def _rows(plan: Plan, recipe: Row, design: Any, dataset: Row) -> Iterator[Row]:  # noqa: ANN401 (torch stays out)
    from envs.ablation import Chips, Training, TrainingError, ablated  # noqa: PLC0415 (loads torch)

    chips = Chips(plan.deviations_ratio, plan.n_chips)
    for of_range, of_noise, own, mapping in trainings(recipe, plan):
        training = Training(own, plan.noise_ratio, mapping)
        try:
            found = [ablated(training, design, dataset, chips, seed) for seed in plan.seeds]
        except TrainingError as error:
            raise UsageError(f"{of_range}, noise {of_noise}: {error}") from error
        yield {"range": of_range, "noise": of_noise, "recipe": own} | summed_up(found)


def summed_up(found: Sequence["Ablated"]) -> Row:
    """Means over seeds with their intervals, and the worst chip of all seeds."""
    told: Row = {"clean": _told([one.clean for one in found]), "varied": {}}
    for ratio in found[0].varied:
        varied = [one.varied[ratio] for one in found]
        worst = min(one.worst for one in varied)
        told["varied"][f"{ratio:g}"] = _told([one.mean for one in varied]) | {"worst": worst}
    return told


def _told(values: Sequence[float]) -> Row:
    interval = mean(values, np.random.default_rng(0))
    bounds = [interval.low, interval.high] if len(values) > 1 else None
    return {"mean": interval.value, "interval": bounds, "seeds": list(values)}


def _plain(plan: Plan) -> Row:
    names = ("deviations_ratio", "n_chips", "seeds", "noise_ratio", "standard_rate")
    return {name: getattr(plan, name) for name in names}


def _table(rows: Sequence[Row], plan: Plan) -> Table:
    table = Table(
        title=f"accuracy in %: mean of {len(plan.seeds)} trainings over {plan.n_chips} chips "
        "(its 95 % interval, worst chip); deviations in units of R",
        show_lines=True,
    )
    table.add_column("R, start")
    table.add_column("noise")
    for title in ("exact", *(f"{ratio:g}" for ratio in plan.deviations_ratio)):
        table.add_column(title, justify="right")
    for row in rows:
        cells = [_cell(row["clean"]), *(_cell(one) for one in row["varied"].values())]
        table.add_row(row["range"], row["noise"], *cells)
    return table


def _cell(told: Row) -> str:
    """Mean, interval and worst chip, one below the other: there are many columns."""
    lines = [f"{100 * told['mean']:.1f}"]
    if told["interval"] is not None:
        low, high = told["interval"]
        lines.append(f"{100 * low:.1f}..{100 * high:.1f}")
    if "worst" in told:
        lines.append(f"({100 * told['worst']:.1f})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
