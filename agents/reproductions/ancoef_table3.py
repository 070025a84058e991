"""Table III of ANCoEF: hardware found by Q-learning and by an evolution after ANAS, side by side.

Both search the same space for the least energy-delay product with the same number of simulations,
over several seeds. The paper's products are of spikes that it does not publish, so that only
ratios compare; its hours are simulations here. ``qlearning-learnt`` begins with the values of moves
that one search on another network has left: the paper's argument for reinforcement learning. It is
told beside Q-learning, with what the teaching took, and decides no exit code. Neither do
``qlearning-plain``, without forecasts, and ``annealing-forecast``, with them: they tell what is
due to forecasts, and what to Q-learning.
"""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from agents.anas_comparison import LEAST_SAVING, PUBLISHED, Comparison
from agents.anas_study import EDP, LEARNT, LEARNT_ON, Study, study_of
from agents.exits import INTERRUPTED, NOT_REACHED
from agents.narrow_table import narrow_table
from agents.reproduction import Experiment, Figure, Outcome
from agents.saying import say
from agents.trials import Trial, curves

REMARKS = (
    "The paper's spikes are not public: only ratios compare; its hours are simulations here.",
    "Asked is no larger EDP than ANAS's, with the least saving that the paper claims.",
)
Curves = Mapping[Trial, Sequence[float]]


def run(arguments: Sequence[str]) -> int:
    """Search, or go on searching, and print the table; 1 if Q-learning reaches not every claim.

    What was stopped while it learnt has compared nothing, and ends with that search's code.

    Raises:
        UsageError: If the arguments make no study.
    """
    study = study_of(arguments)
    try:
        code = study.learn()
        if code:
            sys.stderr.write("ancoef_table3: stopped; the same command goes on\n")
            return code
        found = curves(study.trials(), "edp_js", study.folder, study.n_workers)
    except KeyboardInterrupt:
        sys.stderr.write("ancoef_table3: interrupted; the same command goes on\n")
        return INTERRUPTED
    return _shown(study, found)


def _shown(study: Study, found: Curves) -> int:
    console = Console()
    console.print(_table(study, found))
    for workload in study.workloads:
        say(console, _claim_told(found, workload, "qlearning"))
        if LEARNT in study.agents:
            told = _claim_told(found, workload, LEARNT) + _cost_told(
                found, workload, study.n_taught
            )
            say(console, told)
    say(console, f"curves: {study.folder}")
    ours = [compared(found, workload, "qlearning") for workload in study.workloads]
    return 0 if all(one.is_reached for one in ours) else NOT_REACHED


def of_agent(found: Curves, workload: str, agent: str) -> list[Sequence[float]]:
    """Curves of an agent on a workload, in the order of the seeds."""
    chosen = [one for one in found if (one.problem, one.agent) == (workload, agent)]
    return [found[one] for one in sorted(chosen, key=lambda one: one.seed)]


def compared(found: Curves, workload: str, agent: str, n_taught: int = 0) -> Comparison:
    """An agent beside ANAS on a workload."""
    anas, own = (of_agent(found, workload, name) for name in ("anas", agent))
    return Comparison.of(anas, own, n_taught)


def outcome(arguments: Sequence[str]) -> Outcome:
    """Table III's ratios beside ours; searches that are there are not made again.

    Raises:
        UsageError: If the arguments make no study.
    """
    study = study_of(arguments)
    found = curves(study.trials(), "edp_js", study.folder, study.n_workers)
    figures = [one for name in study.workloads for one in _figures(found, name)]
    told = {"simulations of a search": study.budget, "seeds": study.n_seeds}
    return Outcome(
        figures,
        told | {"reward of EDP": list(EDP), "agents": list(study.agents)},
        REMARKS,
    )


def _figures(found: Curves, workload: str) -> list[Figure]:
    one = compared(found, workload, "qlearning")
    reduction, saving = PUBLISHED[workload]
    n_there, at_most = one.n_seeds - one.n_missed, "at most" if one.n_missed else ""
    return [
        Figure(f"{workload}: EDP of ANAS over Q-learning's", "x", reduction, one.reduction.value,
               least=1.0),
        Figure(f"{workload}: simulations of ANAS over those to its best", "x", saving,
               one.saving.value, note=at_most, least=LEAST_SAVING),
        Figure(f"{workload}: seeds that get to ANAS's best", "", None, n_there,
               least=one.n_seeds),
    ]  # fmt: skip


def _table(study: Study, found: Curves) -> Table:
    table = narrow_table(
        f"ANCoEF, Table III: {study.budget} simulations, {study.n_seeds} seeds, "
        "mean [95 % interval];\nsimulations to ANAS's best, and how many seeds never get there",
        ("", "agent", "EDP\npJ*s", "ANAS's EDP\nover it", "to ANAS's\nbest",
         "ANAS's\nover it", "seeds\nwithout"),
        n_names=2,
    )  # fmt: skip
    for workload in study.workloads:
        for agent in study.agents:
            one = compared(found, workload, agent)
            least, most = (">= ", "<= ") if one.n_missed else ("", "")
            table.add_row(
                workload, agent, _below(one.edp_js.told(1e12)), _below(one.reduction.told()),
                _below(least + one.n_needed.told()), _below(most + one.saving.told()),
                f"{one.n_missed}",
            )  # fmt: skip
    return table


def _below(told: str) -> str:
    """The interval below its mean: there are many columns."""
    return told.replace(" [", "\n[")


def _claim_told(found: Curves, workload: str, agent: str) -> str:
    one = compared(found, workload, agent)
    reduction, saving = PUBLISHED[workload]
    return (
        f"{workload}: {agent}'s EDP {one.reduction.told()} times smaller than ANAS's (paper "
        f"{reduction:.2f}; claim: at least 1), with {_most(one)}{one.saving.told()} times fewer "
        f"simulations (paper, in time: {saving}; claim: at least {LEAST_SAVING}): {one.verdict}"
    )


def _cost_told(found: Curves, workload: str, n_taught: int) -> str:
    one = compared(found, workload, LEARNT, n_taught)
    return (
        f"; were each search to pay for the {n_taught} simulations of {LEARNT_ON} that taught it, "
        f"which no column counts: {_most(one)}{one.saving.told()} times fewer"
    )


def _most(one: Comparison) -> str:
    return "at most " if one.n_missed else ""


ANCOEF_TABLE3 = Experiment("ancoef_table3", "ANCoEF, Table III", run, outcome)
