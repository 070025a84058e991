"""Children of designs, as evolution makes them; what a mask forbids is drawn anew."""

from collections.abc import Sequence

import numpy as np

from agents.base import Actions
from envs.space import SearchSpace


def mutated(
    space: SearchSpace, parent: Sequence[int], probability: float, random: np.random.Generator
) -> Actions:
    """A parent with each decision changed by a probability; one at least, if any can be."""
    changeable = np.flatnonzero(space.n_choices > 1)
    if not len(changeable):
        return tuple(parent)
    is_changed = random.random(len(parent)) < probability
    if not is_changed[changeable].any():
        is_changed[random.choice(changeable)] = True
    child = list(parent)
    for step in changeable[is_changed[changeable]]:
        n = int(space.n_choices[step])
        child[step] = (child[step] + int(random.integers(1, n))) % n
    return allowed(space, child, random)


def crossed(
    space: SearchSpace, one: Sequence[int], other: Sequence[int], random: np.random.Generator
) -> Actions:
    """Each decision of either parent, as likely."""
    is_others = random.integers(2, size=len(one)) > 0
    child = [b if takes else a for a, b, takes in zip(one, other, is_others, strict=True)]
    return allowed(space, child, random)


def allowed(space: SearchSpace, actions: Sequence[int], random: np.random.Generator) -> Actions:
    """The same actions, those that a mask forbids drawn from what it allows."""
    made: list[int] = []
    for step, action in enumerate(actions):
        mask = space.mask(step, made)
        made.append(int(action) if mask[action] else int(random.choice(np.flatnonzero(mask))))
    return tuple(made)
