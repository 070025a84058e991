"""Designs that were not proposed before, drawn ever more evenly until they are new."""

from collections.abc import Callable, Container, Sequence

from agents.base import Actions

WARMTH = 0.25  # more temperature at each redrawing
Draw = Callable[[Sequence[int], float], list[Actions]]


def distinct(draw: Draw, n: int, known: Container[Actions], n_redraws: int) -> list[Actions]:
    """Draw ``n`` designs; those that are known, or come twice, again.

    Args:
        draw: Called with the places to fill and the temperature of the policy.
        n_redraws: Attempts; what is known still after the last of them is proposed all the same.
    """
    made = draw(range(n), 1.0)
    for attempt in range(1, n_redraws + 1):
        places = _repeated(made, known)
        if not places:
            break
        for place, design in zip(places, draw(places, 1.0 + WARMTH * attempt), strict=True):
            made[place] = design
    return made


def _repeated(made: Sequence[Actions], known: Container[Actions]) -> list[int]:
    met: set[Actions] = set()
    places = []
    for place, design in enumerate(made):
        if design in known or design in met:
            places.append(place)
        met.add(design)
    return places
