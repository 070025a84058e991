"""Arbitrate: who goes first where several packets wait, and which way they go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from async_sim.application import Application
from async_sim.hardware import Hardware
from envs.moves.move import Limits, Move


@dataclass(frozen=True)
class NextPolicy:
    """The next of some policies, in a circle."""

    name: str
    field: Literal["arbitration", "routing"]
    policies: tuple[str, ...]

    def is_possible(self, hardware: Hardware, application: Application) -> bool:
        """Whether there is another one."""
        del application
        return bool(self._next(hardware) != getattr(hardware, self.field))

    def apply(
        self, hardware: Hardware, application: Application, generator: np.random.Generator
    ) -> Hardware:
        """Change the policy alone."""
        del application, generator
        return replace(hardware, **{self.field: self._next(hardware)})  # type: ignore[arg-type]

    def _next(self, hardware: Hardware) -> str:
        return following(self.policies, getattr(hardware, self.field))


def following(policies: Sequence[str], policy: str) -> str:
    """The one behind a policy, in a circle; the first behind one that is not listed."""
    index = policies.index(policy) + 1 if policy in policies else 0
    return policies[index % len(policies)]


def moves(limits: Limits) -> tuple[Move, ...]:
    """The moves of this family."""
    return (
        NextPolicy("arbitrate.policy", "arbitration", limits.arbitrations),
        NextPolicy("arbitrate.routing", "routing", limits.routings),
    )
