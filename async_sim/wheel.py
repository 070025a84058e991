"""The wheel of the compiled engine: which controllers are due in which of the next windows.

A slot per window heads a doubly linked list of controllers, each of which is in one list at most; a
bit per slot says whether it is used. Row -1 of the controllers belongs to nobody: it stands for the
end of every list, so that to link one takes no decision.
"""

from async_sim.compilation import Row, at, compiled, inlined, lowest_bit
from async_sim.tables import Tables

SLOTS = 1 << 9  # windows that it looks ahead
WORD_BITS = 32
N_WORDS = SLOTS // WORD_BITS
N_EVENTS, USED, HEADS = 0, 1, 1 + N_WORDS  # rows of the table
N_ROWS = HEADS + SLOTS
NONE = -1


@inlined
def schedule(w: Tables, shift: int, unit: Row, number: int, time: int, now: int) -> None:
    """Have a controller visited in the window of ``time``, unless it is due before.

    What lies too far ahead is visited in the last slot, in vain, and scheduled again.
    """
    window = min(max(time >> shift, now), now + SLOTS - 1)
    if unit.due < 0 or unit.due > window:
        move(w.units, w.wheel, unit, number, window)


@compiled
def move(units: Row, wheel: Row, unit: Row, number: int, window: int) -> None:
    """Put a controller into the list of a window."""
    if unit.due >= 0:
        unlink(units, wheel, unit)
    slot = window & (SLOTS - 1)
    head = at(wheel, HEADS + slot)
    first = head.n
    unit.after, unit.before, unit.due = first, NONE, window
    at(units, first).before = number
    at(wheel, USED + slot // WORD_BITS).n |= 1 << (slot & (WORD_BITS - 1))
    head.n = number


@compiled
def unlink(units: Row, wheel: Row, unit: Row) -> None:
    """Take a controller out of its list."""
    if unit.before >= 0:
        at(units, unit.before).after = unit.after
    else:
        set_head(wheel, unit.due & (SLOTS - 1), unit.after)
    at(units, unit.after).before = unit.before
    unit.due = NONE


@inlined
def set_head(wheel: Row, slot: int, first: int) -> None:
    """Have a list begin with another controller, or none."""
    at(wheel, HEADS + slot).n = first
    is_empty = 1 if first == NONE else 0
    at(wheel, USED + slot // WORD_BITS).n &= ~(is_empty << (slot & (WORD_BITS - 1)))


@inlined
def take_first(w: Tables, now: int) -> int:
    """Take the first controller out of the present window's list; below 0, there is none."""
    slot = now & (SLOTS - 1)
    number = at(w.wheel, HEADS + slot).n
    if number >= 0:
        unit = at(w.units, number)
        unit.due = NONE
        after = unit.after
        set_head(w.wheel, slot, after)
        at(w.units, after).before = NONE
    return number


@inlined
def next_window(w: Tables, now: int) -> int:
    """The first window from the present one on in which a controller is due; below 0, none."""
    slot = now & (SLOTS - 1)
    word, ahead = slot // WORD_BITS, -(slot & (WORD_BITS - 1))
    rest = at(w.wheel, USED + word).n >> -ahead << -ahead
    while rest == 0:
        ahead += WORD_BITS
        if ahead > SLOTS:
            return NONE
        word = (word + 1) & (N_WORDS - 1)
        rest = at(w.wheel, USED + word).n
    return now + ahead + lowest_bit(rest)
