"""A search space as a list of decisions, read from data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.catalog import suggestion

Choice = int | float | str
Choices = Mapping[str, Choice]


@dataclass(frozen=True, slots=True)
class SumRule:
    """A rule of a decision: its choice plus that of the decision ``plus`` is at least ``total``."""

    plus: str
    total: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to choose.

    Attributes:
        group: architecture, quantization, device, circuit or mapping; what a switch freezes.
        choices: What an action stands for, in the order in which the space lists it.
        given: The choice taken when the group is frozen.
    """

    name: str
    group: str
    choices: tuple[Choice, ...]
    given: Choice
    at_least: SumRule | None = None

    def __post_init__(self) -> None:
        if not self.choices or len(set(self.choices)) < len(self.choices):
            raise ValueError(f"{self.name}: needs choices, each once, got {list(self.choices)}")
        self.index(self.given)

    def index(self, choice: Choice) -> int:
        """Return the action that stands for a choice.

        Raises:
            ValueError: If it is not one of the choices.
        """
        if choice not in self.choices:
            allowed = [str(known) for known in self.choices]
            raise ValueError(
                f"{self.name}: no choice {choice!r}; {suggestion(str(choice), allowed)}"
            )
        return self.choices.index(choice)


@dataclass(frozen=True)
class SearchSpace:
    """Decisions in the order they are taken; frozen groups take their given choice.

    An action list holds one index per *open* decision. The order of choices is that of the data,
    so that adding a file renumbers nothing.
    """

    decisions: tuple[Decision, ...]
    frozen_groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        names = [decision.name for decision in self.decisions]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the search space has two decisions called '{name}'")
        if not self.open:
            raise ValueError("every group is frozen: nothing is left to search; open a switch")
        for step, decision in enumerate(self.open):
            if not self._mask_table[step][1].any(axis=1).all():
                raise ValueError(f"{decision.name}: no choice can satisfy {decision.at_least}")
        for decision in self.decisions:
            if decision.group in self.frozen_groups:
                self._check_given(decision)

    @classmethod
    def from_data(cls, blocks: Iterable[Mapping[str, Any]]) -> "SearchSpace":
        """Read blocks of ``for_each`` names and ``decisions``, as in ``configs/env/nacim.yaml``."""
        return cls(
            tuple(
                _decision(prefix, name, body)
                for block in blocks
                for prefix in block["for_each"]
                for name, body in block["decisions"].items()
            )
        )

    def reachable(self, name: str) -> tuple[Choice, ...]:
        """Choices that a decision can take: one if it is frozen, none if there is no such one."""
        for decision in self.decisions:
            if decision.name == name:
                frozen = decision.group in self.frozen_groups
                return (decision.given,) if frozen else decision.choices
        return ()

    def freeze(self, groups: Iterable[str]) -> "SearchSpace":
        """Return the space in which ``groups`` take their given choices."""
        return replace(self, frozen_groups=self.frozen_groups | frozenset(groups))

    @cached_property
    def open(self) -> tuple[Decision, ...]:
        """The decisions an agent takes."""
        return tuple(d for d in self.decisions if d.group not in self.frozen_groups)

    @property
    def n_decisions(self) -> int:
        """T, the number of open decisions."""
        return len(self.open)

    @cached_property
    def n_choices(self) -> NDArray[np.int64]:
        """Number of choices of each open decision, shape ``(T,)``."""
        return np.array([len(decision.choices) for decision in self.open], np.int64)

    @cached_property
    def width(self) -> int:
        """K, the largest number of choices of any open decision."""
        return int(self.n_choices.max())

    def mask(self, step: int, actions: Sequence[int]) -> NDArray[np.int8]:
        """Allowed actions at a step, given those before it: 1 or 0, shape ``(K,)``; read-only."""
        partner, table = self._mask_table[step]
        row: NDArray[np.int8] = table[actions[partner] if partner >= 0 else 0]
        return row

    @property
    def mask_tables(self) -> tuple[tuple[int, NDArray[np.int8]], ...]:
        """Per step: the step it depends on (-1: none) and one mask row per choice taken there."""
        return self._mask_table

    def check(self, actions: Sequence[int]) -> None:
        """Refuse actions that stand for no choices, whatever the rules say of them.

        Raises:
            ValueError: If an action is out of range, or the number of actions is wrong.
        """
        if len(actions) != self.n_decisions:
            raise ValueError(f"{len(actions)} actions for {self.n_decisions} open decisions")
        for decision, action in zip(self.open, actions, strict=True):
            if not 0 <= action < len(decision.choices):
                last = len(decision.choices) - 1
                raise ValueError(f"{decision.name}: choice {action} is not one of 0..{last}")

    def decode(self, actions: Sequence[int]) -> dict[str, Choice]:
        """Return the choice of every decision, frozen ones too.

        Raises:
            ValueError: If an action is out of range, or the number of actions is wrong.
        """
        self.check(actions)
        choices: dict[str, Choice] = {d.name: d.given for d in self.decisions}
        choices |= {d.name: d.choices[a] for d, a in zip(self.open, actions, strict=True)}
        return choices

    def encode(self, choices: Choices) -> tuple[int, ...]:
        """Return the actions that lead to ``choices``; the inverse of `decode`."""
        return tuple(decision.index(choices[decision.name]) for decision in self.open)

    def contains(self, actions: Sequence[int]) -> bool:
        """Whether the actions are in range and no mask forbids one."""
        if len(actions) != self.n_decisions:
            return False
        in_range = all(0 <= a < n for a, n in zip(actions, self.n_choices, strict=True))
        return in_range and all(self.mask(t, actions)[a] for t, a in enumerate(actions))

    def sample(self, random: np.random.Generator) -> tuple[int, ...]:
        """Draw a design, each decision uniformly over what its mask allows."""
        actions: list[int] = []
        for step in range(self.n_decisions):
            actions.append(int(random.choice(np.flatnonzero(self.mask(step, actions)))))
        return tuple(actions)

    @cached_property
    def _mask_table(self) -> tuple[tuple[int, NDArray[np.int8]], ...]:
        return tuple(self._masks_of(step) for step in range(self.n_decisions))

    def _masks_of(self, step: int) -> tuple[int, NDArray[np.int8]]:
        decision = self.open[step]
        partner = self._partner(decision)
        if partner is None:
            return -1, self._rows(decision, [None])
        if partner.group in self.frozen_groups:
            return -1, self._rows(decision, [partner.given])
        partner_step = self.open.index(partner)
        if partner_step >= step:
            raise ValueError(f"{decision.name}: at_least must name an earlier decision")
        return partner_step, self._rows(decision, partner.choices)

    def _check_given(self, decision: Decision) -> None:
        """Refuse a given choice that breaks a rule, whatever the partner may still choose."""
        partner, rule = self._partner(decision), decision.at_least
        if partner is None or rule is None:
            return
        is_frozen = partner.group in self.frozen_groups
        others = [partner.given] if is_frozen else partner.choices
        if not any(_is_allowed(decision.given, other, rule) for other in others):
            raise ValueError(
                f"{decision.name}: {decision.given} is given, but with {rule.plus} "
                f"({others[-1]}) it must add up to {rule.total} or more"
            )

    def _partner(self, decision: Decision) -> Decision | None:
        if decision.at_least is None:
            return None
        plus = decision.at_least.plus
        partner = next((d for d in self.decisions if d.name == plus), None)
        if partner is None:
            raise ValueError(f"{decision.name}: at_least names no decision '{plus}'")
        names = [c for c in (*decision.choices, *partner.choices) if isinstance(c, str)]
        if names:
            raise ValueError(f"{decision.name}: at_least adds numbers, but '{names[0]}' is none")
        return partner

    def _rows(self, decision: Decision, partners: Iterable[Choice | None]) -> NDArray[np.int8]:
        rows = [
            [_is_allowed(choice, partner, decision.at_least) for choice in decision.choices]
            for partner in partners
        ]
        table = np.zeros((len(rows), self.width), np.int8)
        table[:, : len(decision.choices)] = rows
        table.flags.writeable = False
        return table


def _is_allowed(choice: Choice, partner: Choice | None, rule: SumRule | None) -> bool:
    if rule is None:
        return True
    return float(choice) + float(partner or 0) >= rule.total


def _decision(prefix: str, name: str, body: Mapping[str, Any]) -> Decision:
    rule = body.get("at_least")
    return Decision(
        name=f"{prefix}.{name}",
        group=body["group"],
        choices=tuple(body["choices"]),
        given=body["choices"][0] if body.get("given") is None else body["given"],
        at_least=SumRule(f"{prefix}.{rule['plus']}", rule["total"]) if rule else None,
    )
