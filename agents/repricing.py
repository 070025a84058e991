"""Every design of a run priced by several cost models: ``python -m agents.repricing RUN_DIR``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.exits import exit_code
from agents.finished import check_design
from agents.judged import check_measured, judged_designs
from agents.plots import plot_models
from agents.problems import problem_of
from agents.saying import say
from agents.usage import UsageError, saved_config, validated
from configs.arguments import Parser
from configs.catalog import UnknownNameError
from envs.evaluation import Evaluation, InfeasibleError
from envs.evaluators import CimCost, Pipeline
from envs.pareto import front
from envs.problem import Problem
from hwmodels.estimate import MODELS, default_technology

COSTS = ("energy_j", "latency_s", "area_m2")
Priced = dict[str, list[Evaluation]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.repricing",
        description="Prices the designs that a run has trained with several cost models, and "
        "draws their Pareto fronts side by side as models.png in the run directory.",
    )
    parser.add_argument("run_dir", type=Path, help="a run of env=nacim")
    parser.add_argument(
        "--models", default="physical,neurosim-1.4", help=f"some of {','.join(MODELS)}"
    )
    return exit_code(lambda: _run(parser.parse_args(arguments)))


def _run(chosen: Namespace) -> int:
    run_dir, models = chosen.run_dir, chosen.models.split(",")
    for model in models:
        if model not in MODELS:
            raise UsageError(str(UnknownNameError("cost model", model, MODELS)))
    problem = problem_of(validated(saved_config(run_dir, "run_dir")))
    trained = trained_designs(run_dir)
    check_measured(problem, trained, run_dir)
    for one in trained:
        check_design(one.choices, problem.space, run_dir, "evaluations.sqlite: a design")
    priced = {model: repriced(problem, trained, model) for model in models}
    fronts = {model: _front(problem, found) for model, found in priced.items()}
    plot_models(run_dir / "models.png", priced, fronts)
    console = Console()
    console.print(_table(priced, fronts, len(trained)))
    say(console, f"picture: {run_dir / 'models.png'}")
    return 0


def trained_designs(run_dir: Path) -> list[Evaluation]:
    """Every design of a run that was trained and learnt.

    Raises:
        UsageError: If the run has no store, or none of its designs.
    """
    found = feasible(run_dir)
    if not found:
        raise UsageError(f"{run_dir}: no design of it was trained to the end")
    return found


def feasible(run_dir: Path) -> list[Evaluation]:
    """Every design of a run that was trained and learnt, of which there may be none.

    Raises:
        UsageError: If the run has no store that can be read.
    """
    return [one.evaluation for one in judged_designs(run_dir) if one.is_feasible]


def repriced(problem: Problem, trained: Sequence[Evaluation], model: str) -> list[Evaluation]:
    """The designs that a model can price, with its costs.

    Raises:
        UsageError: If the run's designs have no price.
    """
    pipeline = problem.evaluator
    if not isinstance(pipeline, Pipeline) or not isinstance(pipeline.stages[0], CimCost):
        raise UsageError("the designs of this run cannot be priced again; only env=nacim's can")
    price = replace(pipeline.stages[0], model=model, technology=default_technology(model))
    found = []
    for one in trained:
        try:
            costs = price(pipeline.build(dict(one.choices)), 0)
        except InfeasibleError:
            continue
        found.append(replace(one, metrics={**one.metrics, **costs}))
    return found


def _front(problem: Problem, found: Sequence[Evaluation]) -> list[Evaluation]:
    losses = np.array([problem.losses(one) for one in found])
    return [one for one, is_best in zip(found, front(losses), strict=True) if is_best]


def _table(priced: Priced, fronts: Priced, n_trained: int) -> Table:
    first = next(iter(priced.values()))
    table = Table(title=f"{n_trained} trained designs; rank correlation with the first model")
    for title in ("model", "priced", "on its front", *COSTS):
        table.add_column(title, justify="left" if title == "model" else "right")
    for model, found in priced.items():
        correlations = [f"{_rank_correlation(first, found, cost):.2f}" for cost in COSTS]
        table.add_row(model, str(len(found)), str(len(fronts[model])), *correlations)
    return table


def _rank_correlation(first: Sequence[Evaluation], other: Sequence[Evaluation], cost: str) -> float:
    """Spearman's, over the designs that both models can price."""
    theirs = {str(one.choices): one.metrics[cost] for one in other}
    both = [one for one in first if str(one.choices) in theirs]
    if len(both) < 2:  # noqa: PLR2004 (no order)
        return float("nan")
    values = [[one.metrics[cost] for one in both], [theirs[str(one.choices)] for one in both]]
    first_ranks, other_ranks = np.argsort(np.argsort(np.array(values), axis=1), axis=1)
    return float(np.corrcoef(first_ranks, other_ranks)[0, 1])


if __name__ == "__main__":
    sys.exit(main())
