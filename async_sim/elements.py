"""Memories of a processing element: the bits that its room for neurons implies."""

from async_sim.application import Application
from async_sim.hardware import Hardware
from async_sim.silicon import Silicon, fifo, logic, memory, neuron_bits


def element_parts(application: Application, hardware: Hardware, layer: int) -> dict[str, Silicon]:
    """One core of a layer, by part; room that stays empty costs as much as room in use.

    A core with figures of its own adds to them what packets come through.
    """
    bits = memory_bits(application, hardware, layer)
    fifos = {"AER FIFOs": fifo(hardware.depth, hardware.n_channels)}
    core = application.core(layer)
    if core is not None:
        return {"destinations": memory(bits["destinations"])} | fifos | dict(core.silicon)
    return {name: memory(n) for name, n in bits.items()} | fifos | {"logic": logic()}


def memory_bits(application: Application, hardware: Hardware, layer: int) -> dict[str, int]:
    """Bits of each memory of a core.

    * weights: each of a dense neuron's own; kernels of the channels that fit, shared;
    * neurons: what each keeps;
    * destinations: for each neuron, every core that it may feed, as columns and rows to go, each
      with a sign, and the number by which the core knows the neuron.
    """
    room, mesh = hardware.neurons_per_core, hardware.mesh
    weights = sum(
        link.connection.n_weights(room) for link in application.links if link.target == layer
    )
    entry = 2 + bits_of(mesh.width) + bits_of(mesh.height) + bits_of(application.layer_sizes[layer])
    return {
        "weights": weights * application.weight_bits,
        "neurons": room * neuron_bits(),
        "destinations": room * entry * most_destinations(application, hardware, layer),
    }


def most_destinations(application: Application, hardware: Hardware, layer: int) -> int:
    """Cores that one neuron of a layer may feed, at most."""
    fed: dict[int, int] = {}
    for link in application.links:
        if link.source == layer:
            fed[link.target] = fed.get(link.target, 0) + link.connection.most_targets
    return sum(min(n, hardware.cores[target]) for target, n in fed.items())


def bits_of(n: int) -> int:
    """Bits that tell n things apart: the logarithm to base 2, rounded up."""
    return (n - 1).bit_length()
