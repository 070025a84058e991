"""What training under variation buys: ``python -m agents.robustness RUN_DIR``.

The best design of a run of env=nacim is trained again in three ways: with noise and weights that
fill their range, without noise from the same start, without noise from a standard start. All three
are measured on the same chips. The network of a run of env=neuronas is measured as it was trained.
"""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import json
import math
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.exits import exit_code
from agents.finished import best_design, check_design, is_of_cells
from agents.problems import load_data, problem_of
from agents.usage import UsageError, saved_config, validated
from configs import catalog
from configs.arguments import Parser
from configs.whole_file import replace_text
from envs.design import Design
from envs.evaluation import InfeasibleError
from envs.evaluators import Pipeline
from envs.space import Choices, SearchSpace
from envs.trained_accuracy import TrainedAccuracy

METRICS = {
    "clean_accuracy": "no variation",
    "accuracy": "mean",
    "accuracy_deviation": "deviation",
    "worst_accuracy": "worst",
}
CHIP_SEED_OFFSET = 1  # chips have a stream of their own, whatever training has drawn
# weights of a standard start are small, and so must its steps be: at the recipe's rate, which suits
# weights that fill the range, they would grow into the range and half undo the start
STANDARD_LEARNING_RATE = 0.01
TRAININGS: dict[str, dict[str, Any]] = {
    # every switch is said: the run itself may have been trained in any of these ways
    "with noise, fill": {"is_noise_aware": True, "initialization": "fill"},
    "without noise, fill": {"is_noise_aware": False, "initialization": "fill"},
    "without noise, standard": {"is_noise_aware": False, "initialization": "standard"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.robustness",
        description="env=nacim: trains the best design of a run again from a fresh seed, with "
        "noise and weights that fill their range, without noise from the same start, without "
        "noise from a standard start, and measures each on the same sampled chips at the "
        "device's nominal deviation. env=neuronas: measures the network as the run has trained "
        "it. Writes robustness.json into the run directory.",
    )
    parser.add_argument("run_dir", type=Path, help="a finished run directory of agents.train")
    parser.add_argument("--chips", type=int, default=50, help="sampled chips (default 50)")
    parser.add_argument("--seed", type=int, default=1000, help="fresh seed (default 1000)")
    parser.add_argument(
        "--standard-rate",
        type=float,
        help=f"env=nacim: learning rate of the standard start (default {STANDARD_LEARNING_RATE})",
    )
    parser.add_argument(
        "--variation",
        metavar="NAME[,NAME]",
        help="env=neuronas: what chips do to their cells (default: as in the run); any of "
        + ", ".join(catalog.names("variation")),
    )
    return exit_code(lambda: _chosen(parser.parse_args(arguments)))


def _chosen(chosen: Namespace) -> int:
    """Do what suits the run."""
    n_chips, seed, rate = chosen.chips, chosen.seed, chosen.standard_rate
    if n_chips < 1 or seed < 0:
        raise UsageError(f"need --chips of at least 1 and --seed of at least 0: {n_chips}, {seed}")
    if not is_of_cells(chosen.run_dir):
        if chosen.variation is not None:
            raise UsageError("--variation: is for runs of env=neuronas")
        return _run(chosen.run_dir, n_chips, seed, STANDARD_LEARNING_RATE if rate is None else rate)
    if rate is not None:
        raise UsageError("--standard-rate: is for runs of env=nacim; this one is not trained again")
    from agents.cell_robustness import measure_cells  # noqa: PLC0415 (loads torch)

    names = None if chosen.variation is None else chosen.variation.split(",")
    return measure_cells(chosen.run_dir, n_chips, seed, names)


def _run(run_dir: Path, n_chips: int, seed: int, standard_rate: float) -> int:
    if not 0 < standard_rate < math.inf:
        raise UsageError(f"need a --standard-rate above 0, got {standard_rate}")
    choices = best_design(run_dir)
    build, stage, space = evaluator_of(run_dir)
    check_design(choices, space, run_dir)
    recipes = trainings(stage.recipe, standard_rate)
    plain = replace(stage, n_chips=n_chips, inheritance=None)
    outcomes = {
        name: measured(replace(plain, recipe=recipe), build(choices), seed)
        for name, recipe in recipes.items()
    }
    report = {
        "chips": n_chips,
        "seed": seed,
        "design": choices,
        "recipes": recipes,
        "outcomes": outcomes,
    }
    replace_text(run_dir / "robustness.json", json.dumps(report, indent=2) + "\n")
    Console().print(_table(outcomes, recipes, n_chips))
    return 0


def trainings(recipe: Mapping[str, Any], standard_rate: float) -> dict[str, dict[str, Any]]:
    """The recipe of each row: that of the run, with what the row's name says."""
    recipes = {name: {**recipe, **changes} for name, changes in TRAININGS.items()}
    recipes["without noise, standard"]["learning_rate"] = standard_rate
    return recipes


def evaluator_of(
    run_dir: Path,
) -> tuple[Callable[[Choices], Design], TrainedAccuracy, SearchSpace]:
    """Read how a run builds its designs, how it trains them, and what it chose from.

    Raises:
        UsageError: If its configuration cannot be read, its designs are not trained, or its
            data is gone.
    """
    problem = problem_of(validated(saved_config(run_dir, "run_dir")))
    pipeline = problem.evaluator
    if not isinstance(pipeline, Pipeline) or not isinstance(pipeline.stages[-1], TrainedAccuracy):
        raise UsageError(
            f"{run_dir}: its designs are not trained; those of env=nacim and neuronas are"
        )
    load_data(problem)
    return pipeline.build, pipeline.stages[-1], problem.space


def measured(stage: TrainedAccuracy, design: Design, seed: int) -> dict[str, Any]:
    """Train and measure; a network that learns nothing yields its reason instead.

    Raises:
        UsageError: If it begins with weights that cannot be read.
    """
    from envs.accuracy import trained_accuracy  # noqa: PLC0415 (torch stays out of mistakes)
    from snn.weight_files import WeightFileError  # noqa: PLC0415 (likewise)

    try:
        return dict(trained_accuracy(stage, design, seed, seed + CHIP_SEED_OFFSET))
    except InfeasibleError as error:
        return {"infeasible": str(error)}
    except WeightFileError as error:
        raise UsageError(str(error)) from error


def _table(
    outcomes: Mapping[str, dict[str, Any]], recipes: Mapping[str, dict[str, Any]], n_chips: int
) -> Table:
    table = Table(title=f"one design, trained in three ways; accuracy on the same {n_chips} chips")
    table.add_column("training, start")
    table.add_column("rate", justify="right")
    for title in METRICS.values():
        table.add_column(title, justify="right")
    for training, outcome in outcomes.items():
        rate = f"{recipes[training]['learning_rate']:g}"
        if "infeasible" in outcome:
            table.add_row(training, rate, outcome["infeasible"])
        else:
            table.add_row(training, rate, *(f"{100 * outcome[name]:.2f} %" for name in METRICS))
    return table


if __name__ == "__main__":
    sys.exit(main())
