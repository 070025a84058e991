"""What training under variation buys: ``python -m agents.robustness RUN_DIR``.

The best design of a run is trained again in three ways: with noise and weights that fill their
range, without noise from the same start, without noise from a standard start. All three are
measured on the same chips.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table

from agents.problems import load_data, problem_of
from agents.usage import UsageError, saved_config, validated
from envs.design import Design
from envs.evaluation import InfeasibleError
from envs.evaluators import Pipeline, TrainedAccuracy
from envs.space import Choices, SearchSpace

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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; --help shows how")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = _Parser(
        prog="python -m agents.robustness",
        description="Trains the best design of a run again from a fresh seed: with noise and "
        "weights that fill their range, without noise from the same start, without noise from a "
        "standard start. Measures each on the same sampled chips at the device's nominal "
        "deviation, and writes robustness.json into the run directory.",
    )
    parser.add_argument("run_dir", type=Path, help="a run directory of agents.train env=nacim")
    parser.add_argument("--chips", type=int, default=50, help="sampled chips (default 50)")
    parser.add_argument("--seed", type=int, default=1000, help="fresh seed (default 1000)")
    parser.add_argument(
        "--standard-rate",
        type=float,
        default=STANDARD_LEARNING_RATE,
        help="learning rate of the standard start (default %(default)s)",
    )
    try:
        chosen = parser.parse_args(arguments)
        return _run(chosen.run_dir, chosen.chips, chosen.seed, chosen.standard_rate)
    except UsageError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"error: {error.filename}: {error.strerror}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


def _run(run_dir: Path, n_chips: int, seed: int, standard_rate: float) -> int:
    if n_chips < 1 or seed < 0:
        raise UsageError(f"need --chips of at least 1 and --seed of at least 0: {n_chips}, {seed}")
    if not 0 < standard_rate < math.inf:
        raise UsageError(f"need a --standard-rate above 0, got {standard_rate}")
    choices = best_design(run_dir)
    build, stage, space = evaluator_of(run_dir)
    _check_design(choices, space, run_dir)
    recipes = trainings(stage.recipe, standard_rate)
    outcomes = {
        name: measured(replace(stage, recipe=recipe, n_chips=n_chips), build(choices), seed)
        for name, recipe in recipes.items()
    }
    report = {
        "chips": n_chips,
        "seed": seed,
        "design": choices,
        "recipes": recipes,
        "outcomes": outcomes,
    }
    (run_dir / "robustness.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
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
        raise UsageError(f"{run_dir}: its designs are not trained; only env=nacim's are")
    load_data(problem)
    return pipeline.build, pipeline.stages[-1], problem.space


def best_design(run_dir: Path) -> dict[str, Any]:
    """Read the best design of a finished run.

    Raises:
        UsageError: If there is no finished run, or it found no feasible design.
    """
    path = run_dir / "summary.json"
    if not path.is_file():
        raise UsageError(f"{run_dir} holds no finished run (there is no {path})")
    try:
        best = json.loads(path.read_text("utf-8"))["best"]
        design: dict[str, Any] | None = None if best is None else dict(best["design"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error!r}") from error
    if design is None:
        raise UsageError(f"{run_dir}: the search found no feasible design")
    return design


def _check_design(choices: dict[str, Any], space: SearchSpace, run_dir: Path) -> None:
    """Refuse a design that is not of the run's space."""
    try:
        for decision in space.decisions:
            decision.index(choices[decision.name])
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"{run_dir / 'summary.json'}: its best design is none of this run's space: {error}"
        ) from error


def measured(stage: TrainedAccuracy, design: Design, seed: int) -> dict[str, Any]:
    """Train and measure; a network that learns nothing yields its reason instead."""
    from envs.accuracy import trained_accuracy  # noqa: PLC0415 (torch stays out of mistakes)

    try:
        return dict(trained_accuracy(stage, design, seed, seed + CHIP_SEED_OFFSET))
    except InfeasibleError as error:
        return {"infeasible": str(error)}


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
