"""The engines by name: one network, one result, whichever runs it."""

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec

from async_sim.compilation import STORE
from async_sim.events import Events
from async_sim.mesh import N_CONTROLLERS
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.result import Result
from async_sim.tick import TICK_PS
from async_sim.tick_memory import finest_tick_ps
from configs.catalog import UnknownNameError

Engine = Callable[[Network, Packets], Result]
Tracer = Callable[[Network, Packets], tuple[Result, Events]]
ENGINES = {
    "actor": "async_sim.actors",
    "compiled": "async_sim.compiled",
    "tick": "async_sim.tick",
}
TRACERS = ("compiled", "actor")
COMPILED = {"compiled": "simulate_windows", "tick": "run_ticks"}  # what is compiled of them
ALL = "all"
MOST_VISITS = 10**12  # of a controller in a tick: about seven minutes


class InexactError(ValueError):
    """An engine that cannot give the exact result; the message is one line."""


def load_engine(name: str) -> Engine:
    """Import an engine.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    simulate: Engine = import_module(ENGINES[name]).simulate
    return simulate


def load_tracer(name: str) -> Tracer:
    """Import the part of an engine that notes every fire.

    Raises:
        UnknownNameError: If there is no engine of that name, or it notes none.
    """
    if name not in TRACERS:
        raise UnknownNameError("engine that traces", name, TRACERS)
    tracer: Tracer = import_module(ENGINES[name]).simulate_traced
    return tracer


def announce(name: str) -> None:
    """Say on stderr that an engine has to be compiled first, if so."""
    if name in COMPILED:
        STORE.announce(COMPILED[name])


def chosen(name: str) -> list[str]:
    """The engine of a name, or all of them.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if name not in (*ENGINES, ALL):
        raise UnknownNameError("engine", name, (*ENGINES, ALL))
    return list(ENGINES) if name == ALL else [name]


def why_not(name: str, network: Network, packets: Packets) -> str | None:
    """Say why an engine cannot give the exact result; None if it can."""
    if find_spec(ENGINES[name]) is None:
        return "not built"
    return _why_no_ticks(network, packets) if name == "tick" else None


def check_exact(name: str, network: Network, steps: Iterable[Packets]) -> None:
    """Refuse an engine that cannot give the exact result of every time step.

    Raises:
        InexactError: With the first such step.
    """
    for i, packets in enumerate(steps):
        reason = why_not(name, network, packets)
        if reason:
            raise InexactError(f"engine {name}, time step {i}: {reason}")


def _why_no_ticks(network: Network, packets: Packets) -> str | None:
    finest = finest_tick_ps(network, packets)
    if finest % TICK_PS:
        return f"a tick of {TICK_PS} ps does not divide all times; {finest} ps would"
    n_ticks = int(packets.release_ps.max(initial=0)) // TICK_PS
    if n_ticks * network.mesh.n_nodes * N_CONTROLLERS > MOST_VISITS:
        return f"the last packet is released after {n_ticks} ticks, too many to go through"
    return None
