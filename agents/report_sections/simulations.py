"""Chosen designs on asynchronous hardware, simulated again: recordings are the same every time."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.hardware_run import Simulated, differences, simulated
from agents.report_sections.runs import Chosen, ReportRun
from async_sim.result import DeadlockError
from envs.ancoef_application import application_of
from envs.ancoef_design import hardware_of
from envs.ancoef_settings import AncoefSettings
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.joint_evaluator import JointEvaluator
from envs.space import Choices

Simulator = Callable[[Choices], Simulated]


@dataclass(frozen=True)
class Seen:
    """A chosen design and its simulation."""

    chosen: Chosen
    simulated: Simulated


def simulations_of(run: ReportRun, n: int) -> tuple[list[Seen], str]:
    """The first chosen designs, simulated; and, where that cannot be, why."""
    simulator = _simulator(run) if n else None
    if simulator is None:
        return [], ""
    found: list[Seen] = []
    for one in run.chosen[:n]:
        try:
            seen = simulator(one.design.evaluation.choices)
        except (ValueError, OSError, DeadlockError) as error:
            return found, f"{one.label} could not be simulated again: {str(error).splitlines()[0]}"
        changed = differences(seen, {**seen.figures, **one.design.evaluation.metrics})
        if changed:
            return found, f"{one.label} takes something else by now: {changed[0]}"
        found.append(Seen(one, seen))
    return found, ""


def _simulator(run: ReportRun) -> Simulator | None:
    """How designs of a run are simulated; None if it simulates none."""
    evaluator, env = run.problem.evaluator, run.settings.env
    if isinstance(evaluator, JointEvaluator):
        placed = replace(evaluator, place=run.path)
        return lambda choices: Simulated(*placed.simulation(choices))
    if isinstance(evaluator, CoexploreEvaluator):
        return _coexplored(replace(evaluator, place=run.path))
    if isinstance(env, AncoefSettings) and env.evaluator == "real":
        return lambda choices: _of_application(env.application, choices)
    return None


def _of_application(name: str, choices: Choices) -> Simulated:
    application = application_of(name)
    return simulated(application, hardware_of(choices, application))


def _coexplored(evaluator: CoexploreEvaluator) -> Simulator:
    """The best hardware of each network, on the spikes that the search has kept."""

    def simulate(choices: Choices) -> Simulated:
        application = evaluator.recorded(choices)
        return simulated(
            application, hardware_of(evaluator.design_of(choices)["design"], application)
        )

    return simulate


def warn(why: str) -> None:
    """Say on stderr what the page will lack."""
    if why:
        sys.stderr.write(f"warning: {why}\n")
