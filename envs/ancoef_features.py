"""What an agent sees of a design: features of its congestion, in bins or scaled to [0, 1]."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from envs.evaluation import Metrics

Features = Mapping[str, float]  # `async_sim.execution.FEATURES` of a design, at least


@dataclass(frozen=True)
class Bins:
    """Edges of the bins of each feature, in rising order.

    Attributes:
        edges: By feature; a value on an edge belongs to the bin above it.
    """

    edges: Mapping[str, tuple[float, ...]]

    @property
    def n_bins(self) -> NDArray[np.int64]:
        """Of each feature, (features,)."""
        return np.array([len(edges) + 1 for edges in self.edges.values()], np.int64)

    def features(self, metrics: Metrics) -> dict[str, float]:
        """The features among some metrics; 0 for one that is not measured."""
        return {name: float(metrics.get(name, 0.0)) for name in self.edges}

    def binned(self, metrics: Metrics) -> NDArray[np.int64]:
        """Bin of each feature, (features,)."""
        found = [
            np.searchsorted(edges, metrics.get(name, 0.0), side="right")
            for name, edges in self.edges.items()
        ]
        return np.array(found, np.int64)

    def scaled(self, metrics: Metrics) -> NDArray[np.float32]:
        """Features in [0, 1): 1/2 at the middle edge, as value / (value + edge), (features,)."""
        found = []
        for name, edges in self.edges.items():
            value, middle = metrics.get(name, 0.0), edges[len(edges) // 2]
            found.append(value / (value + middle))
        return np.array(found, np.float32)
