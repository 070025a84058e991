"""What the simulator runs, from the spikes that a network of blocks has fired."""

from typing import TypedDict

from async_sim.application import Application, Link
from async_sim.connections import POOL, Connection
from snn.spike_graph import SpikeLink, SpikeRecord


class Element(TypedDict):
    """Times of a processing element, and bits of a weight, as `Application` has them."""

    update_ps: int
    decode_ps: int
    synapse_ps: int
    weight_bits: int


def application_of_record(name: str, record: SpikeRecord, element: Element) -> Application:
    """Make the application of a network, with the frames that were recorded.

    Raises:
        ValueError: In one line: if no neuron ever fires, or a layer is none that the hardware has.
    """
    graph = record.graph
    return Application(
        name=name,
        layer_names=graph.layer_names,
        links=tuple(Link(one.source, one.target, connection_of(one)) for one in graph.links),
        trace=record.trace,
        n_samples=record.n_samples,
        **element,
    )


def connection_of(link: SpikeLink) -> Connection:
    """What the simulator calls a link of a network.

    Raises:
        ValueError: If it is a pooling that the hardware has not.
    """
    if link.kind == "pooling":
        if (link.kernel, link.stride, link.padding) != (POOL, POOL, 0):
            raise ValueError(
                f"the hardware pools {POOL}x{POOL} places, not {link.kernel}x{link.kernel} with "
                f"a stride of {link.stride} and a padding of {link.padding}"
            )
        return Connection("pooling", link.shape, link.shape[2])
    if link.kind in ("convolution", "average"):
        channels = link.out_shape[2]
        form = (link.kernel, link.padding, link.stride)
        return Connection(link.kind, link.shape, channels, *form)
    return Connection(link.kind, link.shape, link.out_shape[2])
