"""One search's part in a store that several share: what others know is taken, the rest given."""

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

from configs.versions import versions_of
from envs.evaluation import Evaluation
from envs.space import Choices
from envs.store import digest

PACKAGES = ("coexplore", "numpy", "scikit-learn", "scipy", "spikingjelly", "torch")
POLL_S = 0.2  # how often to look for what another process evaluates
MOST_CLAIMS = 256  # at once: a server has room for some thousand of all its users

Compute = Callable[[dict[str, Choices]], Iterator[tuple[str, Evaluation]]]


class Shared(Protocol):
    """Where searches share (envs.shared_store).

    Attributes:
        told: Its address.
    """

    told: str

    def find(self, keys: list[str]) -> dict[str, Evaluation]:
        """Return the evaluations that are known, by key."""
        ...

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Keep an evaluation, unless there is one."""
        ...

    def claimed(self, keys: list[str]) -> set[str]:
        """Claim keys; return those that no other process has."""
        ...

    def release(self, key: str) -> None:
        """Give up a claim."""
        ...


class Sharing:
    """Takes evaluations from a shared store, and gives it those that are made here.

    The key in the store covers what a figure is known to depend on, the versions of packages and
    the kind of processor too. Where these make the figures the same to the last digit, the search
    is the same whatever is known; trained networks may differ in it between processors of a kind.

    Args:
        is_taking: Whether known evaluations are taken; a search that keeps files of every design
            makes its own.
        made_with: What figures depend on besides the versions of packages and the processor: the
            source of a user's own classes, the GPU.

    Attributes:
        n_taken: Evaluations that others had made.
        n_given: Evaluations made here.
    """

    def __init__(
        self,
        shared: Shared,
        *,
        is_taking: bool = True,
        made_with: Mapping[str, str] | None = None,
    ) -> None:
        self._shared = shared
        self._is_taking = is_taking
        self._further = dict(made_with or {})
        self.n_taken = 0
        self.n_given = 0

    @property
    def told(self) -> str:
        """What the search had of it."""
        return (
            f"store {self._shared.told}: {self.n_taken} designs were taken from it, "
            f"{self.n_given} given"
        )

    def outcomes(
        self, missing: Mapping[str, Choices], context: object, compute: Compute
    ) -> Iterator[tuple[str, Evaluation]]:
        """Yield the evaluation of every missing design, under its key in the search.

        A design that another process is evaluating is waited for. Who takes an evaluation has to
        keep it before asking for the next one: then it is kept also if the store is lost.

        Args:
            context: Plain data on which the outcomes depend, besides the choices.
        """
        names = {self._key(choices, context): key for key, choices in missing.items()}
        waiting = dict(names)
        while waiting:
            n_before = len(waiting)
            for name, found in self._taken([*waiting]):
                yield waiting.pop(name), found
            mine = self._claimed([*waiting])
            for name, found in self._taken([*mine]):  # another gave it just before the claim
                mine.remove(name)
                self._release(name)
                yield waiting.pop(name), found
            own = {name: missing[key] for name, key in waiting.items() if name in mine}
            for name, made in compute(own):
                yield waiting.pop(name), made
                self._give(name, made)
            if len(waiting) == n_before:
                time.sleep(POLL_S)

    def _taken(self, names: list[str]) -> Iterator[tuple[str, Evaluation]]:
        found = self._shared.find(names) if self._is_taking and names else {}
        self.n_taken += len(found)
        return iter(found.items())

    def _claimed(self, names: list[str]) -> set[str]:
        if not self._is_taking or not names:
            return set(names)
        for i in range(0, len(names), MOST_CLAIMS):  # others may have all of the first
            if mine := self._shared.claimed(names[i : i + MOST_CLAIMS]):
                return mine
        return set()

    def _give(self, name: str, evaluation: Evaluation) -> None:
        self._shared.put(name, evaluation)
        self._release(name)
        self.n_given += 1

    def _release(self, name: str) -> None:
        if self._is_taking:
            self._shared.release(name)

    def _key(self, choices: Choices, context: object) -> str:
        return digest({"choices": dict(choices), "context": context, "made_with": self._made_with})

    @cached_property
    def _made_with(self) -> dict[str, str]:
        return {"processor": platform.machine(), **self._further, **versions_of(PACKAGES)}
