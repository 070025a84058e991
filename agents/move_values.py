"""What moves are worth: the estimate of Q that an agent learns, whatever its form."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from envs.ancoef_features import Features

Reals = NDArray[np.float64]


class Values(Protocol):
    """Estimates Q(features, move)."""

    def of(self, features: Features) -> Reals:
        """Value of each move, (moves,); infinite for one that was never made anywhere."""
        ...

    def learn(self, features: Features, move: int, target: float) -> None:
        """Bring the value of a move nearer to a target."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return everything learnt, as plain data."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what was learnt."""
        ...
