"""What a network of blocks fires on some images, as plain data for the simulator."""

import numpy as np
import torch
from numpy.typing import NDArray

from snn.block_modules import BlockModules
from snn.spike_graph import SpikeRecord
from snn.spikes import SpikeTrace
from snn.supernet_modules import SupernetModules


@torch.no_grad()
def record_spikes(module: BlockModules, images: torch.Tensor) -> SpikeRecord:
    """Run images (B, C, H, W), or frames (B, T, C, H, W), through a network at rest.

    The first layer is that of the stem's neurons: what goes into the stem are pixels or counts of
    events, which are no spikes, so hardware for spikes begins behind its convolution. Images are
    taken as the network is to see them (`Dataset.scaled`).

    Returns:
        One layer per layer of the network's graph, neurons in row, column, channel order; images
        one behind the other, each with all its time steps.

    Raises:
        ValueError: If it is a supernet, or there is no image.
    """
    if isinstance(module, SupernetModules):
        raise ValueError("a supernet is many networks; record one of them")  # noqa: TRY004 (it can)
    if not len(images):
        raise ValueError("spikes need at least one image")
    graph, kept = module.network.graph, dict[str, NDArray[np.bool_]]()

    def keep(name: str, spikes: torch.Tensor) -> None:
        last = spikes.movedim(2, -1) if spikes.ndim > 3 else spikes  # noqa: PLR2004 (T, B, C, H, W)
        by_image = last.transpose(0, 1).flatten(0, 1).flatten(1)  # (B * T, neurons)
        kept[name] = (by_image > 0).cpu().numpy()

    hooks = [
        layer.register_forward_hook(lambda _m, _i, spikes, name=name: keep(name, spikes))
        for name, layer in module.spiking_layers.items()
    ]
    try:
        module.eval()(images.to(next(module.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    trace = SpikeTrace.from_dense([kept[name] for name in graph.layer_names])
    return SpikeRecord(graph, trace, len(images))
