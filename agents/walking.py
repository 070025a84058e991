"""What agents have in common that reach designs by moves: walkers, and a memory of designs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.base import AgentError
from agents.foresight import Foresight, View
from agents.places import JOINT, Place, key_of
from async_sim.hardware import Hardware
from envs.ancoef_design import choices_of, hardware_of
from envs.ancoef_problem import AncoefProblem
from envs.evaluation import Evaluation
from envs.problem import Problem
from envs.space import Choice

MOST_KNOWN = 100  # designs met again on the way to a new one, which cost nothing
N_DRAWN = 3  # ways on forecasts beside the one that the agent chooses
MOST_TRIES = 8  # moves tried on forecasts for each one that may be made
Leap = tuple[tuple[int, float], ...]  # moves on the way to a new design, and the share of each
Gains = list[tuple[int, float]]  # moves, and what each promises
Choose = Callable[[Place, Sequence[int]], int]


@dataclass
class Walker:
    """Somebody on the way from design to design.

    Attributes:
        at: None before the first design is evaluated.
        leap: Moves by which it goes on, several if nothing between them is simulated ...
        goal: ... and where to; None while it waits to be asked.
        n_moves: Designs of this episode.
        reach: Most moves of a leap: twice as many after one that was worth it, else half.
    """

    at: Place | None = None
    leap: Leap = ()
    goal: Hardware | None = None
    n_moves: int = 0
    reach: int = 1


class MoveSearch(ABC):
    """Each proposal is the design after one more move of a walker; a design is never bought twice.

    Args:
        batch_size: Walkers, which are evaluated together and learn from each other.
        n_imagined: Moves that a walker tries on forecasts before each simulation; those that
            promise a gain make a leap. With 0 it goes move by move.
    """

    def __init__(
        self, problem: AncoefProblem, batch_size: int, seed: int, n_imagined: int = 0
    ) -> None:
        self.batch_size = batch_size
        self._problem = problem
        self._moves = problem.neighbourhood
        self._random = np.random.default_rng(seed)
        self._walkers: list[Walker] = []
        self._places: dict[str, Place] = {}
        self._tried: dict[str, set[int]] = {}
        self._origins: dict[str, tuple[str, str]] = {}
        self._best: Place | None = None
        self._heard: list[tuple[dict[str, float] | None, float, float]] = []
        self._n_imagined = n_imagined
        self._foresight = Foresight(problem)

    @abstractmethod
    def _choose(self, place: Place, allowed: Sequence[int]) -> int:
        """Return one of the allowed moves."""

    @abstractmethod
    def _arrived(self, walker: Walker, before: Place, leap: Leap, after: Place) -> None:
        """Learn from moves, and say where the walker goes on: set ``walker.at``."""

    @abstractmethod
    def _met_again(self, walker: Walker, before: Place, move: int, after: Place) -> None:
        """The same for a move to a known design, which cost nothing and teaches nothing."""

    def _imagined(self, before: Place, move: int, after: Place) -> None:
        """Learn from a move on forecasts; it is made if it gains."""
        del before, move, after

    def _curves(self) -> dict[str, float]:
        return {}

    def ask(self, n: int) -> list[dict[str, Choice]]:
        """Propose the next design of each of ``n`` walkers."""
        while len(self._walkers) < n:
            self._walkers.append(Walker(reach=self._n_imagined))
        return [self._proposed(walker) for walker in self._walkers[:n]]

    def judge(self, problem: Problem, evaluation: Evaluation) -> float:
        """The reward; the features, and how far bounds are broken, are kept for `tell`."""
        excess = 0.0 if evaluation.infeasible is None else _excess(problem, evaluation)
        is_possible = evaluation.infeasible is None or excess > 0
        seen = self._problem.bins.features(evaluation.metrics) if is_possible else None
        latency_s = float(evaluation.metrics.get("latency_s", 0.0))
        self._heard.append((seen, excess, latency_s))
        return problem.score(evaluation)

    def tell(
        self, proposals: Sequence[dict[str, Choice]], rewards: Sequence[float]
    ) -> dict[str, float]:
        """Learn from where the walkers have come."""
        del proposals  # the walkers know where they go
        heard, self._heard = self._heard, []
        unheard = self._problem.bins.features({}), 0.0, 0.0
        for i, reward in enumerate(rewards):
            walker = self._walkers[i]
            assert walker.goal is not None  # noqa: S101 (set by `ask`)
            seen = heard[i] if i < len(heard) else unheard
            self._take_in(walker, Place(walker.goal, reward, *seen))
        return self._curves()

    def state_dict(self) -> dict[str, Any]:
        """Return the designs seen, where the walkers are, and the state of the generator."""
        return {
            "random": self._random.bit_generator.state,
            "walkers": [
                (one.at.key if one.at else None, one.n_moves, one.reach) for one in self._walkers
            ],
            "places": {
                key: (one.choices, one.reward, one.features, one.excess, one.latency_s)
                for key, one in self._places.items()
            },
            "tried": {key: sorted(moves) for key, moves in self._tried.items()},
            "origins": dict(self._origins),
            "best": self._best.key if self._best else None,
            "foresight": self._foresight.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state that `state_dict` returned."""
        application = self._moves.application
        self._random.bit_generator.state = state["random"]
        self._places = {
            key: self._places.get(key) or Place(hardware_of(choices, application), *told)
            for key, (choices, *told) in state["places"].items()
        }
        self._walkers = [
            Walker(self._places[key] if key else None, n_moves=n, reach=reach)
            for key, n, reach in state["walkers"]
        ]
        self._tried = {key: set(moves) for key, moves in state["tried"].items()}
        self._origins = dict(state["origins"])
        self._best = self._places[state["best"]] if state["best"] else None
        self._foresight.load_state_dict(state["foresight"])
        self._heard = []

    def _proposed(self, walker: Walker) -> dict[str, Choice]:
        if walker.at is None:
            walker.goal = self._moves.start
        else:
            walker.leap, walker.goal = self._leap(walker) or self._next(walker)
        return choices_of(walker.goal)

    def _leap(self, walker: Walker) -> tuple[Leap, Hardware] | None:
        """Moves that promise most, and where they lead to; None if none promises anything.

        The agent chooses them. From the first design there are many ways, some of them to where
        no single move helps: there moves are also drawn evenly a few times.
        """
        here = walker.at
        if not self._n_imagined or here is None or not self._foresight.is_of(here):
            return None
        view = self._foresight.around(here)
        n_drawn = N_DRAWN if here.key == self._first().key else 0
        choosers = [self._choose, *[self._drawn] * n_drawn]
        rollouts = [self._rollout(view, walker.reach, choose) for choose in choosers]
        moves, goal = max(rollouts, key=lambda one: here.gain(one[1]))
        whole = here.gain(goal)
        leap = tuple((move, gain / whole) for move, gain in moves)
        return (leap, goal.hardware) if leap else None

    def _rollout(self, view: View, reach: int, choose: Choose) -> tuple[Gains, Place]:
        """Go on by forecasts: only moves that gain are made, and repeated as long as they do."""
        here, again = view.here, -1
        moves: Gains = []
        for _ in range(min(self._n_imagined, MOST_TRIES * reach)):
            if len(moves) == reach:
                break
            allowed = self._allowed(here)
            move = again if again in allowed else choose(here, allowed)
            after, again = view.place(self._after(move, here)[0]), -1
            if after.key in self._places:
                continue
            self._imagined(here, move, after)
            if here.promises(after):
                moves.append((move, here.gain(after)))
                here, again = after, move
        return moves, here

    def _drawn(self, place: Place, allowed: Sequence[int]) -> int:
        """One of the allowed moves, each as likely."""
        del place
        return int(self._random.choice(allowed))

    def _next(self, walker: Walker) -> tuple[Leap, Hardware]:
        """A move to a design that has not been seen; known ones are walked through for nothing."""
        for _ in range(MOST_KNOWN):
            before = walker.at
            assert before is not None  # noqa: S101 (asked by `_proposed`)
            move = self._choose(before, self._allowed(before))
            hardware, is_drawn = self._after(move, before)
            known = self._places.get(key_of(choices_of(hardware)))
            if known is None:
                break
            self._met_again(walker, before, move, known)
            if not is_drawn and (walker.at is before or known.reward == before.reward):
                self._tried.setdefault(before.key, set()).add(move)
        return ((move, 1.0),), hardware

    def _after(self, move: int, place: Place) -> tuple[Hardware, bool]:
        """The design after a move, and whether chance had a say, so that it may lead elsewhere."""
        state = self._random.bit_generator.state
        hardware = self._moves.after(move, place.hardware, self._random)
        return hardware, self._random.bit_generator.state != state

    def _first(self) -> Place:
        """The first design, which is evaluated before any other."""
        return self._places[key_of(choices_of(self._moves.start))]

    def _allowed(self, place: Place) -> list[int]:
        """Possible moves."""
        possible = [i for i, is_one in enumerate(self._moves.possible(place.hardware)) if is_one]
        if not possible:
            raise AgentError("agent: no move is possible; env.moves needs more of them")
        return possible

    def _take_in(self, walker: Walker, place: Place) -> None:
        before, leap = walker.at, walker.leap
        if before is not None and leap and place.key not in self._places:
            names = [self._moves.moves[move].name for move, _ in leap]
            self._origins[place.key] = before.key, JOINT.join(names)  # for the report
        self._places[place.key] = place
        if self._n_imagined:
            self._foresight.learn(place)
        walker.goal, walker.leap = None, ()
        best = self._best
        if best is None or (best.admits(place) and best.gain(place) > 0):
            self._best = place
        if before is None or not leap:
            walker.at = place
            return
        walker.n_moves += 1
        is_worth = before.promises(place)
        walker.reach = min(2 * walker.reach, self._n_imagined) if is_worth else 1 + len(leap) // 2
        self._arrived(walker, before, leap, place)


def _excess(problem: Problem, evaluation: Evaluation) -> float:
    """How far a simulated design is beyond the bounds, in all; 0 if something else is wrong."""
    bounds = getattr(problem.evaluator, "constraints", ())
    return float(sum(one.excess(evaluation.metrics) for one in bounds))
