"""Table II of ANCoEF: an event-driven simulator's run time beside that of one that ticks.

CanMore and TrueAsync are not public. Our tick engine stands for the first; for the second stand
our compiled engine and our actors, which give the same result to the picosecond.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from rich.console import Console
from rich.table import Table

from agents.exits import NOT_REACHED
from agents.flow_arguments import own_values
from agents.narrow_table import narrow_table
from agents.reproduction import Experiment, Figure, Outcome
from async_sim.engines import Engine, load_engine
from async_sim.network import Network
from async_sim.steps import simulate_steps
from async_sim.workloads import Workload, built, workload_of
from configs import catalog

ANCHOR = catalog.read("anchor", "ancoef_table2")
N_CHANNELS = 4  # of the paper's router (sec. III-C)
STEPS = {"smoke": 2, "small": 100, "paper": 100}  # at most; the actors take the fewest
ACTOR_STEPS = 20  # actors fire some ten thousand times a second: more would take minutes
ROUNDS = 3
REMARKS = (
    "Processor time on one core here, on 40 threads there, and spikes of another network.",
    (
        "CanMore and TrueAsync are not public: our tick engine stands for the one, our actors, "
        "which are definition and not speed, and our compiled events for the other."
    ),
)


@dataclass(frozen=True)
class Times:
    """Processor time for the same time steps, and whether the engines agree on every handshake.

    Attributes:
        ticks_s: Of the tick engine, a step.
        compiled_s: Of the compiled engine, a step.
        few_ticks_s: Of the tick engine, of those steps that the actors take too ...
        actors_s: ... and of the actors.
    """

    ticks_s: float
    compiled_s: float
    few_ticks_s: float
    actors_s: float
    are_equal: bool


@cache
def times_of(name: str, n_steps: int) -> Times:
    """Measure a workload.

    Args:
        n_steps: Time steps at most, of those that the workload has.
    """
    network, workload = _case(name, n_steps)
    few = replace(workload, steps=workload.steps[:ACTOR_STEPS])
    ticks_s, ticks = _timed(network, workload, load_engine("tick"), ROUNDS)
    few_ticks_s, _ = _timed(network, few, load_engine("tick"), ROUNDS)
    compiled_s, compiled = _timed(network, workload, load_engine("compiled"), ROUNDS)
    actors_s, actors = _timed(network, few, load_engine("actor"), 1)
    are_equal = ticks == compiled and actors == compiled[: len(few.steps)]
    return Times(ticks_s, compiled_s, few_ticks_s, actors_s, are_equal)


def _case(name: str, n_steps: int) -> tuple[Network, Workload]:
    content = catalog.read("workload", name)
    workload = workload_of(*built(name), N_CHANNELS)
    network = Network(
        workload.mesh, decode_ps=content["decode_ps"], synapse_ps=content["synapse_ps"]
    )
    return network, replace(workload, steps=workload.steps[:n_steps])


def _timed(
    network: Network, workload: Workload, engine: Engine, rounds: int
) -> tuple[float, list[str]]:
    """Processor seconds a step, the least of some rounds, and the digests of all steps."""
    simulate_steps(network, replace(workload, steps=workload.steps[:1]), engine)  # compiles
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        digests = simulate_steps(network, workload, engine).digests
        found.append((time.process_time() - begin) / len(workload.steps))
    return min(found), digests


def run(arguments: Sequence[str]) -> int:
    """Measure and print the table; 1 if a ratio is below the printed one, or results differ.

    Raises:
        UsageError: If there is no such size.
    """
    n_steps = _n_steps(arguments)
    found = {name: times_of(name, n_steps) for name in ANCHOR["runs"]}
    console = Console()
    console.print(_table(found))
    figures = outcome(arguments).figures
    is_reached = all(one.is_met for one in figures)
    console.print(
        "results of all engines: "
        + ("equal" if all(one.are_equal for one in found.values()) else "DIFFERENT")
    )
    return 0 if is_reached else NOT_REACHED


def outcome(arguments: Sequence[str]) -> Outcome:
    """Ratios of run times, which are measured once in a process.

    Raises:
        UsageError: If there is no such size.
    """
    n_steps = _n_steps(arguments)
    figures = [one for name in ANCHOR["runs"] for one in _figures(name, times_of(name, n_steps))]
    return Outcome(
        figures,
        {"time steps at most": n_steps, "of the actors": ACTOR_STEPS, "channels": N_CHANNELS},
        REMARKS,
    )


def _n_steps(arguments: Sequence[str]) -> int:
    # every table takes a run_dir; this one keeps nothing there
    return STEPS[own_values(arguments)["search"]]


def _figures(name: str, one: Times) -> list[Figure]:
    printed = ANCHOR["runs"][name]["speedup"]
    return [
        Figure(f"{name}: ticks over compiled events", "x", printed, one.ticks_s / one.compiled_s,
               least=printed),
        Figure(f"{name}: ticks over actors", "x", printed, one.few_ticks_s / one.actors_s,
               least=printed),
        Figure(f"{name}: engines with equal results", "", None, 3 if one.are_equal else 0,
               least=3),
    ]  # fmt: skip


def _table(found: dict[str, Times]) -> Table:
    table = narrow_table(
        "ANCoEF, Table II: thread hours printed, processor ms a time step here",
        ("", "ticks", "actors", "x", "our\nticks", "our\nactors", "x", "our\ncompiled", "x"),
    )
    for name, one in found.items():
        printed = ANCHOR["runs"][name]
        table.add_row(
            name,
            f"{printed['ticks_thread_h']:g}", f"{printed['actors_thread_h']:g}",
            f"{printed['speedup']:g}", f"{1e3 * one.ticks_s:.3g}", f"{1e3 * one.actors_s:.3g}",
            f"{one.few_ticks_s / one.actors_s:.2g}", f"{1e3 * one.compiled_s:.3g}",
            f"{one.ticks_s / one.compiled_s:.3g}",
        )  # fmt: skip
    return table


ANCOEF_TABLE2 = Experiment("ancoef_table2", ANCHOR["source"], run, outcome)
