"""The ANCoEF problem: asynchronous hardware for a spiking network that does not change."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from async_sim.application import Application
from async_sim.hardware import Hardware
from envs.ancoef_application import application_of
from envs.ancoef_design import choices_of, hardware_of, least_cores, mesh_named
from envs.ancoef_evaluator import AncoefEvaluator, constant
from envs.ancoef_features import Bins
from envs.ancoef_settings import AncoefSettings, FlatSettings
from envs.evaluation import InfeasibleError
from envs.moves.families import moves_named
from envs.moves.move import Neighbourhood
from envs.objectives import Constraint
from envs.problem import Problem
from envs.space import Choice, Decision, SearchSpace

COSTS = ("latency_s", "energy_j", "area_m2")
SLACK = 4.0  # references of the hypervolume, in those of the first design
GROUPS = {  # ANCoEF's kinds of actions (sec. II-A)
    "neurons_per_core": "partition",
    "mesh": "alter",
    "placement": "map",
    "dealing": "balance",
    "arbitration": "arbitrate",
    "routing": "arbitrate",
    "depth": "alter",
    "n_channels": "alter",
}


@dataclass(frozen=True, kw_only=True)
class AncoefProblem(Problem):
    """A problem that is also searched by moves.

    Attributes:
        neighbourhood: The first design, and the moves from any one.
        bins: What an agent sees of a design.
        max_steps: Moves of an episode.
    """

    neighbourhood: Neighbourhood
    bins: Bins
    max_steps: int
    reward_form: Literal["delta", "absolute"] = "delta"
    obs_mode: Literal["discrete", "continuous"] = "discrete"

    @property
    def start(self) -> dict[str, Choice]:
        """The first design."""
        return choices_of(self.neighbourhood.start)

    @property
    def stop(self) -> int:
        """The action that ends an episode; those before it are moves."""
        return len(self.neighbourhood.moves)


def ancoef_problem(settings: AncoefSettings, problem: Problem) -> AncoefProblem:
    """Add the moves to a problem.

    Raises:
        ValueError: In one line: if there is no such application, or it fits no mesh of the space
            or the first design.
    """
    application = application_of(settings.application)
    check_fits(settings, application)
    moves = moves_named(settings.moves, settings.limits.as_limits())
    return AncoefProblem(
        **{field.name: getattr(problem, field.name) for field in fields(problem)},
        neighbourhood=Neighbourhood(application, start_of(settings, application), moves),
        bins=Bins({name: tuple(edges) for name, edges in settings.bins.items()}),
        max_steps=settings.max_steps,
        reward_form=settings.reward_form,
        obs_mode=settings.obs_mode,
    )


def ancoef_evaluator(
    settings: AncoefSettings, constraints: tuple[Constraint, ...]
) -> AncoefEvaluator:
    """Make what simulates designs."""
    return AncoefEvaluator(settings.application, settings.accuracy, settings.n_threads, constraints)


def flat_space(settings: FlatSettings, start: Mapping[str, Choice]) -> SearchSpace:
    """Whole designs as one choice for each decision."""
    lists = settings.model_dump().items()
    return SearchSpace(
        tuple(
            Decision(
                name,
                GROUPS[name],
                tuple(choices),
                start[name] if start[name] in choices else choices[0],
            )
            for name, choices in lists
        )
    )


def start_of(settings: AncoefSettings, application: Application) -> Hardware:
    """The first design.

    Raises:
        ValueError: If it cannot be.
    """
    try:
        return hardware_of(settings.start.model_dump(), application)
    except ValueError as error:
        raise ValueError(f"env.start: {application.name}: {error}") from error


def check_fits(settings: AncoefSettings, application: Application) -> None:
    """Refuse a network that is too large for every mesh of the space.

    Raises:
        ValueError: With the fewest cores that it needs, and the most that there are.
    """
    needed, largest = None, 0
    for room in settings.space.neurons_per_core:
        n_cores = least_cores(application, room)
        needed = n_cores if needed is None else min(needed, n_cores)
        for name in settings.space.mesh:
            n_nodes = _n_nodes(name, n_cores)
            if n_cores <= n_nodes:
                return
            largest = max(largest, n_nodes)
    raise ValueError(
        f"env.space: {application.name} fits no mesh: it needs at least {needed} cores of "
        f"{max(settings.space.neurons_per_core)} neurons, and the largest mesh has {largest} nodes"
    )


def _n_nodes(name: str, n_cores: int) -> int:
    try:
        return mesh_named(name, n_cores).n_nodes
    except ValueError:  # more nodes than any mesh has
        return 0


def first_costs(settings: AncoefSettings) -> dict[str, float]:
    """What the first design takes: targets and references are told in it.

    Raises:
        ValueError: If it cannot be.
    """
    if settings.evaluator == "constant":
        return {cost: constant().metrics[cost] for cost in COSTS}
    application = application_of(settings.application)
    check_fits(settings, application)
    first = choices_of(start_of(settings, application))
    try:
        metrics = ancoef_evaluator(settings, ())(first, 0)
    except InfeasibleError as error:
        raise ValueError(f"env.start: {error}") from error
    return {cost: metrics[cost] for cost in COSTS}
