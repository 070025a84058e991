"""Fires of the compiled engine, of tokens that waited, and whom they wake.

``c`` is a controller's number and ``unit`` its row; ``now`` is the present window.
"""

from async_sim.chains import (
    depth_below,
    enter_input,
    enter_output,
    fired,
    note,
    pass_on,
    port_of,
    send,
    take,
)
from async_sim.compilation import Row, at, compiled, inlined
from async_sim.mesh import LOCAL, N_PORTS, OUTPUT, SWITCH
from async_sim.queues import (
    CHANNEL_MASK,
    EXTRA_BIT,
    EXTRA_MASK,
    PACKET_BIT,
    Constants,
    n_behind,
    pop,
    queue_credit,
    waiting_at,
    with_behind,
)
from async_sim.tables import NEVER, Tables
from async_sim.wheel import schedule


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


@compiled
def n_alike(sent: Row, routing: int, unit: Row, token: int) -> int:
    """Packets of a group that leave a node by the port of the first one, beside that."""
    port, packet, n = port_of(routing, unit, token), token >> PACKET_BIT, 0
    n_all = token >> EXTRA_BIT & EXTRA_MASK
    while n < n_all and port_of(routing, unit, at(sent, packet + n + 1).token) == port:
        n += 1
    return n


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
def fire_sink(w: Tables, k: Constants, c: int, channel: int, time: int, now: int) -> None:
    """Take the first token of a channel of a sink."""
    unit = at(w.units, c)
    number = unit.first + channel
    place = waiting_at(w, k, number, at(w.queues, number).popped)
    take(w, k, c, place.token, place.arrival, time)
    if pop(w, k, number, time, k.sink_back_ps):
        unit.mask &= ~(1 << channel)
    wake_output(w, k, unit.peer, channel, now)


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
def wake_upstream(w: Tables, k: Constants, unit: Row, channel: int, now: int) -> None:
    """A token of an input unit was acknowledged."""
    if unit.port != LOCAL:
        wake_output(w, k, unit.peer, channel, now)
    elif at(w.units, unit.peer).mask:
        wake_source(w, k, unit.peer, now)


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
def wake_switch(w: Tables, k: Constants, c: int, channel: int, credit: int, now: int) -> None:
    """A credit of one channel came back to a switch allocator."""
    unit, first = at(w.units, c), NEVER
    for port in range(N_PORTS):
        number = port * k.channels + channel
        if unit.mask >> number & 1:
            first = min(first, at(w.stashes, unit.first + number).arrival)
    if first < NEVER:
        schedule(w, k.shift, unit, c, max(unit.ready, credit, first), now)
