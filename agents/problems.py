"""Settings -> problem, with every mistake as one line; loads nothing heavy."""

import sys
from collections.abc import Callable

from agents.coexploring import with_hardware_search
from agents.inner_search import inner_search
from agents.settings import RunSettings
from agents.usage import UsageError
from async_sim.compilation import STORE as SIMULATOR
from async_sim.engines import COMPILED
from envs.ancoef_settings import AncoefSettings
from envs.assembly import make_evaluator, make_problem, make_space
from envs.cell_evaluator import CellEvaluator
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.coexplore_settings import CoexploreSettings
from envs.evaluators import Evaluator
from envs.joint_evaluator import JointEvaluator
from envs.joint_settings import JointSettings
from envs.neuronas_settings import NeuronasSettings
from envs.problem import Problem
from envs.settings import NacimSettings, OwnEnvSettings, ToySettings
from envs.space import SearchSpace
from envs.spikenas_bench import BenchAccuracy
from envs.trained_accuracy import TrainedAccuracy
from hwmodels.chip import Circuit
from hwmodels.compiled import STORE
from hwmodels.rules import RULES


def _announce_compilation(settings: RunSettings) -> None:
    """Say that the first evaluation will take its time, where it is compiled and not stored."""
    if settings.env.evaluator != "real" or isinstance(settings.env, ToySettings | OwnEnvSettings):
        return
    is_digital = isinstance(settings.env, AncoefSettings | CoexploreSettings)
    if is_digital or isinstance(settings.env, JointSettings):
        SIMULATOR.announce(COMPILED["compiled"])
    if settings.hardware.model in RULES and not is_digital:
        STORE.announce()


def load_data(problem: Problem) -> None:
    """Have data and device for training designs ready, before any process needs them.

    Raises:
        UsageError: If data can neither be found nor downloaded, or there is no such device.
    """
    evaluator = problem.evaluator
    if isinstance(evaluator, CoexploreEvaluator | JointEvaluator):
        try:
            evaluator.check()
        except ValueError as error:
            raise UsageError(str(error).splitlines()[0]) from error
    check_training(evaluator)


def check_training(evaluator: Evaluator) -> None:
    """Have data and device ready where every design is trained by itself.

    Raises:
        UsageError: If data can neither be found nor downloaded, or there is no such device.
    """
    for stage in getattr(evaluator, "stages", ()):
        if isinstance(stage, TrainedAccuracy):
            try:
                stage.check()
            except ValueError as error:
                raise UsageError(str(error).splitlines()[0]) from error


def warn(problem: Problem) -> None:
    """Say on stderr what a search can do without, and the user may not know."""
    evaluator = problem.evaluator
    if isinstance(evaluator, CellEvaluator) and isinstance(evaluator.quality, BenchAccuracy):
        n_known, n_cells = evaluator.quality.n_known(evaluator.costs.cells.choices)
        if n_known < n_cells:
            sys.stderr.write(
                f"warning: spikenas_bench.path: the table has {n_known:,} of the {n_cells:,} cells "
                "that can be chosen; the others count as infeasible\n"
            )


def space_of(settings: RunSettings) -> SearchSpace:
    """Build the search space, before any cost model is compiled.

    Raises:
        UsageError: If what is given is no choice.
    """
    try:
        return make_space(settings)
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error


def problem_of(settings: RunSettings, check: Callable[[Evaluator], None] | None = None) -> Problem:
    """Build the problem.

    Args:
        check: Is given the evaluator of designs that are trained, before anything is compiled.

    Raises:
        UsageError: If the settings fit together nowhere.
    """
    try:
        _check_circuit(settings)
        evaluator = _early_evaluator(settings)
        if evaluator is not None and check is not None:
            check(evaluator)
        _announce_compilation(settings)
        return with_hardware_search(settings, make_problem(settings, evaluator))
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error


def _check_circuit(settings: RunSettings) -> None:
    """Find out now whether the given circuit can be, where all designs begin with it."""
    if isinstance(settings.env, NacimSettings | NeuronasSettings):
        try:
            Circuit(**settings.hardware.circuit.model_dump())
        except ValueError as error:
            raise UsageError(f"hardware.circuit.{error}") from error


def _early_evaluator(settings: RunSettings) -> Evaluator | None:
    """The evaluator, where its mistakes can be told before anything is compiled."""
    if isinstance(settings.env, CoexploreSettings):
        inner_search(settings)  # whose mistakes are
    return make_evaluator(settings) if isinstance(settings.env, NacimSettings) else None
