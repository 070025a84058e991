"""By which moves a search came to its best design, and how often each kind of move helped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from agents.judged import Judged
from agents.places import JOINT, key_of

Origins = Mapping[str, tuple[str, str]]  # key of a design: that of the one before it, and the move


@dataclass(frozen=True)
class Step:
    """A move from one design to another, or several at once.

    Attributes:
        move: Its name; of an agent that makes none, what is different.
    """

    move: str
    before: Judged
    after: Judged

    @property
    def moves(self) -> list[str]:
        """Its moves one by one."""
        return self.move.split(JOINT)

    @property
    def told(self) -> str:
        """Its moves, those made several times in a row as one."""
        runs = [(move, len([*again])) for move, again in groupby(self.moves)]
        return JOINT.join(f"{move} x{n}" if n > 1 else move for move, n in runs)

    @property
    def is_better(self) -> bool:
        """Whether it led to a design of higher reward that can be."""
        return self.after.is_feasible and self.after.reward > self.before.reward

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        metrics = self.after.evaluation.metrics
        return {
            "evaluation": self.after.number,
            "from_evaluation": self.before.number,
            "move": self.move,
            "reward": self.after.reward,
            "edp_js": metrics.get("edp_js"),
            "infeasible": self.after.evaluation.infeasible,
        }


@dataclass(frozen=True)
class Tally:
    """A kind of move: how often it led to a new design, how often that was better.

    Attributes:
        n_made: Alone, so that a simulation tells what it gave.
        n_helped: Of these, those that led to a higher reward.
        n_in_leaps: Among other moves, by forecasts: what it gave there was never simulated.
        n_on_way: How often it is on the way to the best design.
    """

    move: str
    n_made: int
    n_helped: int
    n_in_leaps: int
    n_on_way: int


def origins_of(run_dir: Path) -> Origins:
    """The moves of a run, from its checkpoint; none of an agent that makes none."""
    from agents.observers import load_checkpoint  # noqa: PLC0415 (loads torch)

    content = load_checkpoint(run_dir / "checkpoint.pt") or {}
    agent = content.get("agent")
    return dict(agent.get("origins", {})) if isinstance(agent, dict) else {}


def steps_made(designs: Sequence[Judged], origins: Origins) -> list[Step]:
    """All moves that led to new designs, in the order in which these were evaluated."""
    known = {key_of(one.evaluation.choices): one for one in designs}
    found = []
    for key, after in known.items():
        before, move = origins.get(key, (None, ""))
        if before in known:
            found.append(Step(move, known[before], after))
    return found


def way_to(best: Judged, made: Sequence[Step]) -> list[Step]:
    """The moves from the first design to the best; none if the agent has noted none."""
    by_number = {one.after.number: one for one in made}
    way: list[Step] = []
    at = best
    while at.number in by_number:
        way.append(by_number[at.number])
        at = way[-1].before
    return way[::-1]


def improvements(designs: Sequence[Judged]) -> list[Step]:
    """From each design that was better than all before it to the next one."""
    found: list[Step] = []
    best: Judged | None = None
    for one in designs:
        if not one.is_feasible or (best and one.reward <= best.reward):
            continue
        if best:
            found.append(Step(_changes(best, one), best, one))
        best = one
    return found


def tallies(made: Sequence[Step], way: Sequence[Step]) -> list[Tally]:
    """How often each kind of move helped, that which was made alone most often first."""
    alone = [step for step in made if len(step.moves) == 1]
    n_made = Counter(step.move for step in alone)
    n_helped = Counter(step.move for step in alone if step.is_better)
    leapt = Counter(move for step in made if len(step.moves) > 1 for move in step.moves)
    on_way = Counter(move for step in way for move in step.moves)
    return [
        Tally(move, n_made[move], n_helped[move], leapt[move], on_way[move])
        for move in sorted(n_made | leapt, key=lambda one: (-n_made[one], -leapt[one], one))
    ]


def _changes(one: Judged, other: Judged) -> str:
    """The choices in which two designs differ."""
    mine, theirs = one.evaluation.choices, other.evaluation.choices
    return ", ".join(
        name if " " in str(value) else f"{name} {value}"
        for name, value in theirs.items()
        if mine.get(name) != value
    )
