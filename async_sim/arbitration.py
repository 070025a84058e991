"""Who goes first where several tokens wait."""

from collections.abc import Callable

from async_sim.network import ARBITRATIONS
from configs.catalog import UnknownNameError

ArrivalOf = Callable[[int], int]
Arbiter = Callable[[list[int], int, ArrivalOf], int]
"""Picks one of several channels, given the one whose turn it is and when their tokens came."""


def round_robin(candidates: list[int], turn: int, _: ArrivalOf) -> int:
    """The first one from ``turn`` on, in a circle."""
    return min([c for c in candidates if c >= turn] or candidates)


def fixed(candidates: list[int], _turn: int, _: ArrivalOf) -> int:
    """The lowest; the others may starve."""
    return min(candidates)


def age(candidates: list[int], _turn: int, arrival_of: ArrivalOf) -> int:
    """Who has waited longest at this controller; the lowest of those that came together."""
    return min(sorted(candidates), key=arrival_of)


ARBITERS: dict[str, Arbiter] = {"round-robin": round_robin, "fixed": fixed, "age": age}


def load_arbiter(name: str) -> Arbiter:
    """Find an arbiter.

    Raises:
        UnknownNameError: If there is none of that name.
    """
    if name not in ARBITERS:
        raise UnknownNameError("arbitration", name, ARBITRATIONS)
    return ARBITERS[name]
