"""All moves by name, in the order that a list gives them."""

from collections.abc import Sequence

from configs.catalog import UnknownNameError
from envs.moves import alter, arbitrate, balance, map, partition  # noqa: A004 (a family of ANCoEF)
from envs.moves.move import Limits, Move

FAMILIES = (partition, map, balance, arbitrate, alter)  # ANCoEF, sec. II-A


def all_moves(limits: Limits) -> dict[str, Move]:
    """Every move there is, family by family."""
    return {move.name: move for family in FAMILIES for move in family.moves(limits)}


def moves_named(names: Sequence[str], limits: Limits) -> tuple[Move, ...]:
    """Moves in the order of their names, which is that of an agent's actions.

    Raises:
        UnknownNameError: If there is none of a name.
        ValueError: If a name comes twice, or there is none.
    """
    known = all_moves(limits)
    for name in names:
        if name not in known:
            raise UnknownNameError("move", name, known)
    if not names or len(set(names)) < len(names):
        raise ValueError(f"needs moves, each once, got {', '.join(names) or 'none'}")
    return tuple(known[name] for name in names)
