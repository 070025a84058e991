"""Stages of the compiled engine: what a fire does, and chains of idle stages run at once.

``c`` is a controller's number and ``unit`` its row; ``now`` is the present window.
"""

from async_sim.compilation import Row, at, compiled, inlined
from async_sim.mesh import LOCAL, N_PORTS, OUTPUT, SWITCH
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
    pop,
    push,
    queue_credit,
    waiting_at,
    with_behind,
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


@compiled
def n_alike(sent: Row, routing: int, unit: Row, token: int) -> int:
    """Packets of a group that leave a node by the port of the first one, beside that."""
    port, packet, n = port_of(routing, unit, token), token >> PACKET_BIT, 0
    n_all = token >> EXTRA_BIT & EXTRA_MASK
    while n < n_all and port_of(routing, unit, at(sent, packet + n + 1).token) == port:
        n += 1
    return n


@inlined
def fire_input(w: Tables, k: Constants, c: int, channel: int, time: int, now: int) -> None:
    """Take the first token of a channel of an input unit.

    Of a group, those that leave by the port of the first go; the token stays, and is not
    acknowledged, until the last of them went.
    """
    unit = at(w.units, c)
    number = unit.first + channel
    place = waiting_at(w, k, number, at(w.queues, number).popped)
    token, waited, n = place.token, time - place.arrival, n_behind(k, place.token)
    if k.is_traced:
        note(w, c, token, place.arrival, time)
    rest = n - n_alike(w.sent, k.routing, unit, token) if n else 0
    if rest:
        place.token = with_behind(at(w.sent, (token >> PACKET_BIT) + n - rest + 1).token, rest - 1)
        token, waited = with_behind(token, n - rest), 0
    else:
        back = k.input_back_ps + (k.link_ps if unit.port != LOCAL else 0)
        if pop(w, k, number, time, back):
            unit.mask &= ~(1 << channel)
    pass_on(w, k, c, token, time, waited, now)
    if rest == 0:
        wake_upstream(w, k, unit, channel, now)


@inlined
def wake_upstream(w: Tables, k: Constants, unit: Row, channel: int, now: int) -> None:
    """A token of an input unit was acknowledged."""
    if unit.port != LOCAL:
        wake_output(w, k, unit.peer, channel, now)
    elif at(w.units, unit.peer).mask:
        wake_source(w, k, unit.peer, now)


@inlined
def depth_below(k: Constants, port: int) -> int:
    """Places in the queue that an output unit feeds."""
    return k.sink_depth if port == LOCAL else k.depth


@inlined
def wake_output(w: Tables, k: Constants, c: int, channel: int, now: int) -> None:
    """A credit came back to an output unit."""
    unit = at(w.units, c)
    if unit.mask >> channel & 1:
        credit = queue_credit(w, k, unit.first + channel, depth_below(k, unit.port))
        if credit < NEVER:
            arrival = at(w.lanes, unit.lane + channel).arrival
            schedule(w, k.shift, unit, c, max(unit.ready, credit, arrival), now)


@inlined
def source_time(w: Tables, k: Constants, source: Row, packet: int) -> int:
    """When a source may send its next packet; `NEVER` while that is not known."""
    sent = at(w.sent, packet)
    queue = at(w.units, source.peer).first + (sent.token & CHANNEL_MASK)
    return max(source.ready, sent.release, queue_credit(w, k, queue, k.depth))


@inlined
def wake_source(w: Tables, k: Constants, c: int, now: int) -> None:
    """Schedule a source for its next packet, or have it wait for a credit."""
    source = at(w.units, c)
    source.mask = 0
    if source.first < source.lane:
        time = source_time(w, k, source, source.first)
        if time < NEVER:
            schedule(w, k.shift, source, c, time, now)
        else:
            source.mask = 1


@inlined
def fire_source(w: Tables, k: Constants, c: int, time: int, now: int) -> None:
    """Send the next packet of a source, or group of packets."""
    source = at(w.units, c)
    packet = source.first
    sent = at(w.sent, packet)
    n = 1 + n_behind(k, sent.token)
    for i in range(n):
        at(w.sent, packet + i).injected = time
    fired(source, time, 0, k.source_ps + k.source_back_ps, 0)
    source.first = packet + n
    if k.is_traced:
        note(w, c, sent.token, sent.release, time)
    enter_input(w, k, source.peer, sent.token, time + k.source_ps, now)
    wake_source(w, k, c, now)


@inlined
def fire_switch(w: Tables, k: Constants, c: int, number: int, time: int, now: int) -> None:
    """Grant a token its output port."""
    unit = at(w.units, c)
    stash = at(w.stashes, unit.first + number)
    token = stash.token
    channel = token & CHANNEL_MASK
    fired(unit, time, time - stash.arrival, k.switch_ps + k.switch_back_ps, number)
    if k.is_traced:
        note(w, c, token, stash.arrival, time)
    unit.mask &= ~(1 << number)
    at(w.lanes, unit.lane + channel).credit = NEVER
    i = c - unit.port - SWITCH + (number - channel) // k.channels
    before = at(w.units, i)
    queue, back = before.first + channel, time + k.switch_back_ps
    at(w.queues, queue).credit = back
    if before.mask >> channel & 1:  # the next of this channel was waiting for it
        arrival = waiting_at(w, k, queue, at(w.queues, queue).popped).arrival
        schedule(w, k.shift, before, i, max(before.ready, back, arrival), now)
    enter_output(w, k, unit.peer, token, time + k.switch_ps, now)


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
def fire_output(w: Tables, k: Constants, c: int, channel: int, time: int, now: int) -> None:
    """Send the token of a lane, and wake the switch allocator if others wait for the lane."""
    unit = at(w.units, c)
    lane = at(w.lanes, unit.lane + channel)
    lane.credit = time + k.output_back_ps
    unit.mask &= ~(1 << channel)
    switch = at(w.units, c - OUTPUT + SWITCH)
    if switch.mask:
        wake_switch(w, k, c - OUTPUT + SWITCH, channel, lane.credit, now)
    send(w, k, c, lane.token, lane.arrival, time, now)


@inlined
def wake_switch(w: Tables, k: Constants, c: int, channel: int, credit: int, now: int) -> None:
    """A credit of one channel came back to a switch allocator."""
    unit, first = at(w.units, c), NEVER
    for port in range(N_PORTS):
        number = port * k.channels + channel
        if unit.mask >> number & 1:
            first = min(first, at(w.stashes, unit.first + number).arrival)
    if first < NEVER:
        schedule(w, k.shift, unit, c, max(unit.ready, credit, first), now)


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


@inlined
def fire_sink(w: Tables, k: Constants, c: int, channel: int, time: int, now: int) -> None:
    """Take the first token of a channel of a sink."""
    unit = at(w.units, c)
    number = unit.first + channel
    place = waiting_at(w, k, number, at(w.queues, number).popped)
    take(w, k, c, place.token, place.arrival, time)
    if pop(w, k, number, time, k.sink_back_ps):
        unit.mask &= ~(1 << channel)
    wake_output(w, k, unit.peer, channel, now)
