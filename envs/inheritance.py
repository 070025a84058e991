"""Designs that begin with the weights of an ancestor, which is the same for all of them.

What a design is worth so depends on the design and the ancestor, but not on what was evaluated
before it, in which order, or by how many workers. Needs no torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from envs.design import Design
from envs.space import Choices, SearchSpace

FILE = "ancestor.pt"


@dataclass(frozen=True)
class Inheritance:
    """What a design begins with, and what is left for it to learn.

    Attributes:
        ancestor: The largest network of the space, in the formats and on the device that are given.
        ancestor_epochs: How long it is trained.
        seed: Of the ancestor; that of the search plays no part.
        epochs: How long a design is trained that begins with its weights.
        learning_rate_ratio: Learning rate of such a design, over that of the ancestor.
        folder: Where the ancestor is kept, once trained; changes no result.
    """

    ancestor: Design
    ancestor_epochs: int
    seed: int
    epochs: int
    learning_rate_ratio: float
    folder: str | None = None

    @property
    def context(self) -> dict[str, Any]:
        """Plain data on which outcomes depend."""
        return {
            "ancestor": self.ancestor.to_json(),
            "ancestor_epochs": self.ancestor_epochs,
            "seed": self.seed,
            "epochs": self.epochs,
            "learning_rate_ratio": self.learning_rate_ratio,
        }

    def ancestor_recipe(self, recipe: dict[str, Any]) -> dict[str, Any]:
        """How the ancestor is trained."""
        return recipe | {"epochs": self.ancestor_epochs}

    def heir_recipe(self, recipe: dict[str, Any]) -> dict[str, Any]:
        """How a design is trained that begins with its weights, which know variation already."""
        rate = recipe["learning_rate"] * self.learning_rate_ratio
        return recipe | {"epochs": self.epochs, "learning_rate": rate, "noise_ramp": 0.0}


def ancestor_of(space: SearchSpace, build: Callable[[Choices], Design]) -> Design:
    """The largest network that the space can reach; all else is as given.

    Raises:
        ValueError: If what is given is no design.
    """
    largest = {
        one.name: max(space.reachable(one.name)) if one.group == "architecture" else one.given
        for one in space.decisions
    }
    return build(largest)
