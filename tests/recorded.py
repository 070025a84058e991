"""What tests read from recorded spikes."""

import numpy as np
from numpy.typing import NDArray

from snn.spike_graph import SpikeRecord


def fired(record: SpikeRecord, layer: int) -> NDArray[np.bool_]:
    """(images * time steps, height, width, channels) of a layer, from the trace alone."""
    trace = record.trace
    whole = np.zeros((trace.n_timesteps, trace.n_neurons), np.bool_)
    whole[trace.timestep, trace.neuron] = True
    start, end = trace.layer_starts[layer : layer + 2]
    return whole[:, start:end].reshape(-1, *record.graph.layers[layer].shape)
