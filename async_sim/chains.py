"""Tokens that come to a stage of the compiled engine, and chains of idle stages run at once.

``c`` is a controller's number and ``unit`` its row; ``now`` is the present window.
"""

from async_sim.compilation import Row, at, compiled, inlined
from async_sim.mesh import LOCAL, SWITCH
from async_sim.queues import (
    CHANNEL_MASK,
    EXTRA_BIT,
    EXTRA_MASK,
    PACKET_BIT,
    SIDE_MASK,
    X_BIT,
    Y_BIT,
    Constants,
    n_behind,
    pass_through,
    push,
    queue_credit,
)
from async_sim.routing import next_port
from async_sim.tables import NEVER, Tables
from async_sim.wheel import N_EVENTS, schedule


@compiled
def note(w: Tables, c: int, token: int, arrival: int, time: int) -> None:
    """Write a fire down."""
    n = at(w.wheel, N_EVENTS)
    event = at(w.events, n.n)
    event.controller, event.packet = c, token >> PACKET_BIT
    event.arrival, event.fire = arrival, time
    n.n += 1


@inlined
def fired(unit: Row, time: int, waited: int, busy: int, channel: int) -> None:
    """Count a handshake."""
    unit.fires += 1
    unit.wait += waited
    unit.ready = time + busy
    unit.turn = channel + 1


@inlined
def port_of(routing: int, unit: Row, token: int) -> int:
    """The port by which a token leaves a node."""
    extra = token >> EXTRA_BIT & EXTRA_MASK
    to_x, to_y = token >> X_BIT & SIDE_MASK, token >> Y_BIT & SIDE_MASK
    return next_port(routing, unit.x, unit.y, extra >> 1, to_x, to_y, extra & 1)


@inlined
def depth_below(k: Constants, port: int) -> int:
    """Places in the queue that an output unit feeds."""
    return k.sink_depth if port == LOCAL else k.depth


@inlined
def enter_input(w: Tables, k: Constants, c: int, token: int, time: int, now: int) -> None:
    """A token comes to an input unit."""
    unit, channel = at(w.units, c), token & CHANNEL_MASK
    number = unit.first + channel
    queue = at(w.queues, number)
    is_idle = unit.mask == 0 and unit.ready <= time and queue.credit <= time
    if is_idle and n_behind(k, token) == 0:  # a group may have to be parted
        back = k.input_back_ps + (k.link_ps if unit.port != LOCAL else 0)
        pass_through(w, k, number, time + back)
        if k.is_traced:
            note(w, c, token, time, time)
        pass_on(w, k, c, token, time, 0, now)
    else:
        push(w, k, number, token, time)
        unit.mask |= 1 << channel
        if queue.credit < NEVER:
            schedule(w, k.shift, unit, c, max(unit.ready, queue.credit, time), now)


@inlined
def pass_on(w: Tables, k: Constants, c: int, token: int, time: int, waited: int, now: int) -> None:
    """Hand a token that leaves an input unit to the switch allocator that it wants."""
    unit, channel = at(w.units, c), token & CHANNEL_MASK
    fired(unit, time, waited, k.input_ps + k.input_back_ps, channel)
    at(w.queues, unit.first + channel).credit = NEVER
    to, came, n = port_of(k.routing, unit, token), time + k.input_ps, k.channels
    s = c - unit.port + SWITCH + to
    switch, number = at(w.units, s), unit.port * n + channel
    stash = at(w.stashes, switch.first + number)
    stash.token, stash.arrival = token, came
    switch.mask |= 1 << number
    credit = at(w.lanes, switch.lane + channel).credit
    if credit < NEVER:
        schedule(w, k.shift, switch, s, max(switch.ready, credit, came), now)


@inlined
def enter_output(w: Tables, k: Constants, c: int, token: int, time: int, now: int) -> None:
    """A token comes to an output unit."""
    unit, channel = at(w.units, c), token & CHANNEL_MASK
    credit = queue_credit(w, k, unit.first + channel, depth_below(k, unit.port))
    if unit.mask == 0 and unit.ready <= time and credit <= time:
        at(w.lanes, unit.lane + channel).credit = time + k.output_back_ps
        send(w, k, c, token, time, time, now)
    else:
        lane = at(w.lanes, unit.lane + channel)
        lane.token, lane.arrival = token, time
        unit.mask |= 1 << channel
        if credit < NEVER:
            schedule(w, k.shift, unit, c, max(unit.ready, credit, time), now)


@inlined
def send(w: Tables, k: Constants, c: int, token: int, arrival: int, time: int, now: int) -> None:
    """Pass a token over the link, or to the sink."""
    unit = at(w.units, c)
    fired(unit, time, time - arrival, k.output_ps + k.output_back_ps, token & CHANNEL_MASK)
    if k.is_traced:
        note(w, c, token, arrival, time)
    if unit.port == LOCAL:
        enter_sink(w, k, unit.peer, token, time + k.output_ps, now)
    else:
        enter_input(w, k, unit.peer, token, time + k.output_ps + k.link_ps, now)


@inlined
def enter_sink(w: Tables, k: Constants, c: int, token: int, time: int, now: int) -> None:
    """A token comes to a sink."""
    unit, channel = at(w.units, c), token & CHANNEL_MASK
    if unit.mask == 0 and unit.ready <= time:
        pass_through(w, k, unit.first + channel, time + k.sink_back_ps)
        take(w, k, c, token, time, time)
    else:
        push(w, k, unit.first + channel, token, time)
        unit.mask |= 1 << channel
        schedule(w, k.shift, unit, c, max(unit.ready, time), now)


@inlined
def take(w: Tables, k: Constants, c: int, token: int, arrival: int, time: int) -> None:
    """A processing element takes a spike."""
    taken = at(w.taken, token >> PACKET_BIT)
    taken.delivered = time
    fired(at(w.units, c), time, time - arrival, taken.busy, token & CHANNEL_MASK)
    if k.is_traced:
        note(w, c, token, arrival, time)
