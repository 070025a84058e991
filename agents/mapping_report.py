"""The mapping that was found for the best design of a joint search, simulated again and told."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.hardware_report import UNITS, confirmed
from agents.hardware_run import Simulated, differences, simulated
from agents.loop import SearchState
from agents.rundir import RunDirectory
from agents.saying import say
from agents.settings import RunSettings
from async_sim.execution import FIGURES
from async_sim.result import DeadlockError
from envs.ancoef_design import hardware_of
from envs.evaluation import Evaluation
from envs.joint_choices import flat_choices
from envs.joint_mapping import MappedNetwork
from envs.joint_two_level import TwoLevelEvaluator
from envs.judgement import judge
from envs.space import Choices
from envs.store import EvaluationStore

NONE = "-"
NODES = "nodes"  # one for each core: in the file, too many for a terminal


def mapping_found(
    settings: RunSettings,
    evaluator: TwoLevelEvaluator,
    state: SearchState,
    directory: RunDirectory,
    console: Console,
) -> dict[str, Any]:
    """Tell the mapping of the best design beside the given one; return more for the summary.

    Raises:
        OSError: If the mapping can be neither read nor, once found again, written.
    """
    assert state.best is not None  # noqa: S101 (asked by the caller)
    best = state.best[1]
    network, _ = evaluator.measured_network(best.choices)
    mapping, found = _kept(evaluator, network, best.choices, settings.seed)
    changed = differences(found, best.metrics)
    again = f"different: {'; '.join(changed)}" if changed else "equal"
    told = {
        "mapping": mapping,
        **_given(network, best.choices),
        "found": {name: best.metrics[name] for name in found.figures},
        "n_simulations": _n_simulations(directory, state),
        "simulated_again": again,
        "actor_engine": confirmed(found, best.metrics, "cheap"),
    }
    _tell(told, best, console)
    return {"mapping": told}


def _simulated(network: MappedNetwork, mapping: Choices) -> Simulated:
    hardware = hardware_of(mapping, network.plain)
    return simulated(network.application_on(hardware), hardware)


def _given(network: MappedNetwork, choices: Choices) -> dict[str, Any]:
    """What the given mapping takes; or why it cannot be: a walk may begin there all the same."""
    try:
        return {"given": _simulated(network, flat_choices(choices)).figures}
    except (ValueError, DeadlockError) as error:
        return {"given": None, "given_cannot_be": str(error).splitlines()[0]}


def _kept(
    evaluator: TwoLevelEvaluator, network: MappedNetwork, choices: Choices, seed: int
) -> tuple[Choices, Simulated]:
    """What was found for a design; the same search writes it again if it is lost or broken."""
    try:
        mapping = evaluator.mapping(choices)
        return mapping, _simulated(network, mapping)
    except (OSError, ValueError, DeadlockError):
        judge(evaluator, choices, seed)
        mapping = evaluator.mapping(choices)
        return mapping, _simulated(network, mapping)


def _n_simulations(directory: RunDirectory, state: SearchState) -> int:
    """Of all designs of the search together."""
    with closing(EvaluationStore(directory.store)) as store:
        found = [store.get(key) for key in state.seen]
    return int(sum(one.metrics.get("n_simulations", 0) for one in found if one is not None))


def _tell(told: Mapping[str, Any], best: Evaluation, console: Console) -> None:
    console.print(_costs(told["given"], told["found"]))
    if told["given"] is None:
        say(console, f"the given mapping cannot be: {told['given_cannot_be']}")
    mapping = {name: value for name, value in told["mapping"].items() if name != NODES}
    choices = ", ".join(f"{name} {value}" for name, value in mapping.items())
    n, n_all = best.metrics["n_simulations"], told["n_simulations"]
    confirmation = (
        f"found with {n:.0f} simulations, of {n_all} in all; simulated again: "
        f"{told['simulated_again']}; actor engine: {told['actor_engine']}"
    )
    say(console, f"in place of mesh above: {choices}\n{confirmation}")


def _costs(given: Mapping[str, float] | None, found: Mapping[str, float]) -> Table:
    """Both side by side; dashes for a given one that cannot be."""
    table = Table(title="mapping of the best design")
    for name in ("", "given", "found", "found / given"):
        table.add_column(name, justify="right" if name else "left")
    for name in FIGURES:
        scale, unit = UNITS[name]
        before, after = given[name] if given else None, found[name]
        ratio = f"{after / before:.2f}" if before else NONE
        cells = NONE if before is None else f"{scale * before:.4g}", f"{scale * after:.4g}", ratio
        table.add_row(f"{name.rpartition('_')[0]} ({unit})", *cells)
    return table
