"""What controllers say to each other: the only way in which one learns of another."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from async_sim.timing import StageTiming


@dataclass(frozen=True, slots=True)
class Token:
    """A packet of one flit under way.

    Attributes:
        number: Of the packet.
        source: Node that sent it.
        destination: Node that it is for.
        channel: Virtual channel, kept all the way.
        n_synapses: Synapses that the spike feeds at its destination.
        key: Decides where the routing leaves a choice.
        value: Free for what units of a user's own compute.
        others: Packets of its multicast group that travel with it so far, as tokens.
    """

    number: int
    source: int = 0
    destination: int = 0
    channel: int = 0
    n_synapses: int = 0
    key: int = 0
    value: int = 0
    others: tuple["Token", ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A channel as its receiver sees it: where acknowledgements go, and how many tokens may wait.

    Attributes:
        inbox: Of the sender; None if tokens come from outside, unacknowledged.
        lane: Of the sender.
        depth: Tokens that may wait at once; None if there is no bound.
        wire_ps: Time of an acknowledgement on the wire.
    """

    inbox: Any
    lane: int
    depth: int | None
    wire_ps: int = 0


class Output(NamedTuple):
    """A channel as its sender sees it: whom to send to, under which number it knows us."""

    inbox: Any
    channel: int
    wire_ps: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """Outputs that share one credit counter, which begins at ``depth``."""

    outputs: tuple[Output, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class InitMsg:
    """The first message to a controller: who its neighbours are."""

    inputs: tuple[Input, ...]
    lanes: tuple[Lane, ...]
    timing: StageTiming
    arbitration: str


@dataclass(slots=True)  # not frozen, since one is made for every token and link: four times faster
class ReqMsg:
    """A token comes to an input channel."""

    channel: int
    token: Token


class AckMsg(NamedTuple):
    """A token of a lane was taken by its receiver."""

    lane: int


class WakeMsg(NamedTuple):
    """To oneself: be evaluated at this instant."""


WAKE = WakeMsg()
