"""Visits of the compiled engine: fire a controller if it can before the window ends."""

from async_sim.compilation import Row, at, inlined, lowest_bit
from async_sim.network import AGE, ROUND_ROBIN
from async_sim.queues import CHANNEL_MASK, Constants, queue_credit, waiting_at
from async_sim.stages import (
    depth_below,
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
def first_switch(w: Tables, k: Constants, unit: Row) -> tuple[int, int]:
    """Which token of a switch allocator goes first, and when, as far as is known."""
    rest, time, best, oldest = unit.mask, NEVER, 0, 0
    while rest:
        number = lowest_bit(rest)
        rest &= rest - 1
        stash = at(w.stashes, unit.first + number)
        arrival, channel = stash.arrival, stash.token & CHANNEL_MASK
        free = max(arrival, at(w.lanes, unit.lane + channel).credit, unit.ready)
        if free < time or (
            free == time and goes_first(k, unit.turn, number, best, arrival, oldest)
        ):
            time, best, oldest = free, number, arrival
    return time, best


@inlined
def first_input(w: Tables, k: Constants, unit: Row) -> tuple[int, int]:
    """The same of an input unit."""
    rest, time, best, oldest = unit.mask, NEVER, 0, 0
    while rest:
        channel = lowest_bit(rest)
        rest &= rest - 1
        queue = at(w.queues, unit.first + channel)
        arrival = waiting_at(w, k, unit.first + channel, queue.popped).arrival
        free = max(arrival, queue.credit, unit.ready)
        if free < time or (
            free == time and goes_first(k, unit.turn, channel, best, arrival, oldest)
        ):
            time, best, oldest = free, channel, arrival
    return time, best


@inlined
def first_output(w: Tables, k: Constants, unit: Row) -> tuple[int, int]:
    """The same of an output unit."""
    rest, time, best, oldest = unit.mask, NEVER, 0, 0
    depth = depth_below(k, unit.port)
    while rest:
        channel = lowest_bit(rest)
        rest &= rest - 1
        arrival = at(w.lanes, unit.lane + channel).arrival
        free = max(arrival, queue_credit(w, k, unit.first + channel, depth), unit.ready)
        if free < time or (
            free == time and goes_first(k, unit.turn, channel, best, arrival, oldest)
        ):
            time, best, oldest = free, channel, arrival
    return time, best


@inlined
def first_sink(w: Tables, k: Constants, unit: Row) -> tuple[int, int]:
    """The same of a sink."""
    rest, time, best, oldest = unit.mask, NEVER, 0, 0
    while rest:
        channel = lowest_bit(rest)
        rest &= rest - 1
        number = unit.first + channel
        arrival = waiting_at(w, k, number, at(w.queues, number).popped).arrival
        free = max(arrival, unit.ready)
        if free < time or (
            free == time and goes_first(k, unit.turn, channel, best, arrival, oldest)
        ):
            time, best, oldest = free, channel, arrival
    return time, best


@inlined
def visit_switch(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire a switch allocator."""
    unit, end = at(w.units, c), (now + 1) << k.shift
    time, best = first_switch(w, k, unit)
    if time < end:
        fire_switch(w, k, c, best, time, now)
        if unit.mask == 0:
            return
        time, _ = first_switch(w, k, unit)
    if time < NEVER:
        schedule(w, k.shift, unit, c, time, now)


@inlined
def visit_input(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire an input unit."""
    unit, end = at(w.units, c), (now + 1) << k.shift
    time, best = first_input(w, k, unit)
    if time < end:
        fire_input(w, k, c, best, time, now)
        if unit.mask == 0:
            return
        time, _ = first_input(w, k, unit)
    if time < NEVER:
        schedule(w, k.shift, unit, c, time, now)


@inlined
def visit_output(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire an output unit."""
    unit, end = at(w.units, c), (now + 1) << k.shift
    time, best = first_output(w, k, unit)
    if time < end:
        fire_output(w, k, c, best, time, now)
        if unit.mask == 0:
            return
        time, _ = first_output(w, k, unit)
    if time < NEVER:
        schedule(w, k.shift, unit, c, time, now)


@inlined
def visit_sink(w: Tables, k: Constants, c: int, now: int) -> None:
    """Fire a sink."""
    unit, end = at(w.units, c), (now + 1) << k.shift
    time, best = first_sink(w, k, unit)
    if time < end:
        fire_sink(w, k, c, best, time, now)
        if unit.mask == 0:
            return
        time, _ = first_sink(w, k, unit)
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
