"""Designs that have been judged, and what tells them apart."""

from dataclasses import dataclass
from functools import cached_property

from async_sim.hardware import Hardware
from envs.ancoef_design import choices_of
from envs.space import Choice, Choices

JOINT = " + "  # between the moves of a leap, in their names


@dataclass(frozen=True)
class Place:
    """A design that has been evaluated.

    Attributes:
        features: None if the design cannot be.
        excess: How far it is beyond the bounds, in shares of them; 0 within all.
        latency_s: As measured; 0 if it was not.
    """

    hardware: Hardware
    reward: float
    features: dict[str, float] | None
    excess: float = 0.0
    latency_s: float = 0.0

    def admits(self, after: "Place") -> bool:
        """Whether a walker may go on from there: never from within the bounds to beyond them."""
        return after.features is not None and (not after.excess or self.excess > 0)

    def gain(self, after: "Place") -> float:
        """What a move adds to the reward; beyond the bounds, how much nearer to them it leads."""
        if after.features is not None and (self.excess or after.excess):
            return self.excess - after.excess
        return after.reward - self.reward

    def promises(self, after: "Place") -> bool:
        """Whether a move there gains something, and a walker may go on from there."""
        return self.admits(after) and self.gain(after) > 0

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """The design as it is proposed."""
        return choices_of(self.hardware)

    @cached_property
    def key(self) -> str:
        """What tells designs apart."""
        return key_of(self.choices)


def key_of(choices: Choices) -> str:
    """What tells designs apart."""
    return "|".join(str(value) for value in choices.values())
