"""Visits of the compiled engine: fire a controller if it can before the window ends.

``kind`` is a number that the compiler knows at each call, so that of every choice by kind one
branch is left.
"""

from async_sim.chains import depth_below
from async_sim.compilation import Row, at, inlined, lowest_bit
from async_sim.mesh import INPUT, N_CONTROLLERS, OUTPUT, SINK, SOURCE, SWITCH
from async_sim.network import AGE, ROUND_ROBIN
from async_sim.queues import CHANNEL_MASK, Constants, queue_credit, waiting_at
from async_sim.stages import (
    fire_input,
    fire_output,
    fire_sink,
    fire_source,
    fire_switch,
    source_time,
)
from async_sim.tables import NEVER, Tables
from async_sim.wheel import schedule


@inlined
def goes_first(k: Constants, turn: int, number: int, best: int, arrival: int, oldest: int) -> bool:
    """Whether a candidate goes before the best so far; candidates come in rising order."""
    if k.arbitration == AGE:
        return arrival < oldest
    return k.arbitration == ROUND_ROBIN and best < turn <= number


@inlined
def head_of(w: Tables, k: Constants, unit: Row, kind: int, number: int) -> tuple[int, int]:
    """Arrival of the first token of a channel, and when its credit comes."""
    if kind == SWITCH:
        stash = at(w.stashes, unit.first + number)
        return stash.arrival, at(w.lanes, unit.lane + (stash.token & CHANNEL_MASK)).credit
    queue = unit.first + number
    if kind == OUTPUT:
        credit = queue_credit(w, k, queue, depth_below(k, unit.port))
        return at(w.lanes, unit.lane + number).arrival, credit
    arrival = waiting_at(w, k, queue, at(w.queues, queue).popped).arrival
    return arrival, at(w.queues, queue).credit if kind == INPUT else 0


@inlined
def first_of(w: Tables, k: Constants, unit: Row, kind: int) -> tuple[int, int]:
    """When the next token of a controller may go, as far as is known, and of which channel."""
    rest, time, best, oldest = unit.mask, NEVER, 0, 0
    while rest:
        number = lowest_bit(rest)
        rest &= rest - 1
        arrival, credit = head_of(w, k, unit, kind, number)
        free = max(arrival, credit, unit.ready)
        if free < time or (
            free == time and goes_first(k, unit.turn, number, best, arrival, oldest)
        ):
            time, best, oldest = free, number, arrival
    return time, best


@inlined
def fire(w: Tables, k: Constants, c: int, kind: int, number: int, time: int, now: int) -> None:
    """Pass the first token of a channel on."""
    if kind == SWITCH:
        fire_switch(w, k, c, number, time, now)
    elif kind == INPUT:
        fire_input(w, k, c, number, time, now)
    elif kind == OUTPUT:
        fire_output(w, k, c, number, time, now)
    else:
        fire_sink(w, k, c, number, time, now)


@inlined
def visit_unit(w: Tables, k: Constants, c: int, kind: int, now: int) -> None:
    """Fire a controller that is no source, and have it come again if more waits."""
    unit, end = at(w.units, c), (now + 1) << k.shift
    time, best = first_of(w, k, unit, kind)
    if time < end:
        fire(w, k, c, kind, best, time, now)
        if unit.mask == 0:
            return
        time, _ = first_of(w, k, unit, kind)
    if time < NEVER:
        schedule(w, k.shift, unit, c, time, now)


@inlined
def visit_source(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire a source."""
    source, end = at(w.units, c), (now + 1) << k.shift
    if source.first < source.lane:
        time = source_time(w, k, source, source.first)
        if time < end:
            fire_source(w, k, c, time, now)
        elif time < NEVER:
            schedule(w, k.shift, source, c, time, now)
        else:
            source.mask = 1


@inlined
def visit(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire a controller if it can before the window ends; else have it come again."""
    unit = c % N_CONTROLLERS
    if unit >= SOURCE:
        if unit == SINK:
            visit_unit(w, k, c, SINK, now)
        else:
            visit_source(w, k, c, now)
    elif unit >= OUTPUT:
        visit_unit(w, k, c, OUTPUT, now)
    elif unit >= SWITCH:
        visit_unit(w, k, c, SWITCH, now)
    else:
        visit_unit(w, k, c, INPUT, now)
