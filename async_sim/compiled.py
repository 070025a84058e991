"""The compiled engine: conservative windows, and chains of idle stages run at once.

No message takes less than the shortest latency, so that whatever happens within a window of that
length is decided by messages of earlier windows: the controllers of a window may be visited in any
order, without a heap. A stage with a single predecessor that is idle when its token comes will
certainly fire there and then, so it is run at once, ahead of its time; only switch allocators,
where ways merge, have to be waited for.
"""

import numpy as np
from numpy.typing import NDArray

from async_sim import memory as lay
from async_sim.compilation import compiled, entry
from async_sim.events import Events
from async_sim.memory import (
    AFTER,
    ARBITRATION,
    BEFORE,
    CHANNELS,
    CURSOR,
    DEPTH,
    DUE,
    FIRES,
    HEADS,
    INPUT_CREDIT,
    INPUT_PS,
    LAST,
    LINK_PS,
    MASK,
    N_FACTS,
    N_USED,
    NEIGHBOUR,
    NEVER,
    NODES,
    NOW,
    OUTPUT_ARRIVAL,
    OUTPUT_PS,
    OUTPUT_TOKEN,
    QUEUE,
    READY,
    RING_BITS,
    RINGS,
    ROUTING,
    SHIFT,
    SINK_DEPTH,
    SINK_PS,
    SLOTS,
    SOURCE_PS,
    SWITCH_ARRIVAL,
    SWITCH_CREDIT,
    SWITCH_PS,
    SWITCH_TOKEN,
    TURN,
    USED,
    WAIT,
    WORD_BITS,
    WORDS,
    X,
    Y,
)
from async_sim.mesh import LOCAL, N_CONTROLLERS, N_PORTS, OPPOSITE, OUTPUT, SINK, SOURCE, SWITCH
from async_sim.network import AGE, ROUND_ROBIN, Network
from async_sim.packets import Packets
from async_sim.result import DeadlockError, Result
from async_sim.routing import next_port

Memory = NDArray[np.int64]
"""Arguments: ``m`` all that changes, ``k`` the network's constants, ``t`` facts of packets."""


@compiled
def schedule(m: Memory, k: Memory, node: int, unit: int, time: int) -> None:
    """Have a controller visited in the window of ``time``, unless it is due before."""
    now = m[NOW]
    window = min(max(time >> k[SHIFT], now), now + SLOTS - 1)
    at = k[NODES] + node * k[WORDS] + unit
    due = m[at + DUE]
    if due >= 0:
        if due <= window:
            return
        unlink(m, k, node, unit)
    head = HEADS + (window & (SLOTS - 1))
    first, me = m[head], node * N_CONTROLLERS + unit
    m[at + AFTER], m[at + BEFORE], m[at + DUE] = first, -1, window
    if first >= 0:
        m[k[NODES] + first // N_CONTROLLERS * k[WORDS] + first % N_CONTROLLERS + BEFORE] = me
    m[head] = me
    slot = head - HEADS
    m[USED + slot // WORD_BITS] |= 1 << slot % WORD_BITS
    m[lay.N_DUE] += 1


@compiled
def unlink(m: Memory, k: Memory, node: int, unit: int) -> None:
    """Take a controller out of the wheel."""
    at = k[NODES] + node * k[WORDS] + unit
    after, before = m[at + AFTER], m[at + BEFORE]
    if before >= 0:
        m[k[NODES] + before // N_CONTROLLERS * k[WORDS] + before % N_CONTROLLERS + AFTER] = after
    else:
        slot = m[at + DUE] & (SLOTS - 1)
        m[HEADS + slot] = after
        if after < 0:
            m[USED + slot // WORD_BITS] &= ~(1 << slot % WORD_BITS)
    if after >= 0:
        m[k[NODES] + after // N_CONTROLLERS * k[WORDS] + after % N_CONTROLLERS + BEFORE] = before
    m[at + DUE] = -1
    m[lay.N_DUE] -= 1


@compiled
def next_window(m: Memory) -> int:
    """The first window from the present one on in which a controller is due."""
    slot = m[NOW] & (SLOTS - 1)
    word, ahead = slot // WORD_BITS, -(slot % WORD_BITS)
    rest = m[USED + word] >> -ahead << -ahead
    while rest == 0:
        word = (word + 1) % N_USED
        rest, ahead = m[USED + word], ahead + WORD_BITS
    while rest & 1 == 0:
        rest, ahead = rest >> 1, ahead + 1
    return m[NOW] + ahead


@compiled
def queue_credit(m: Memory, k: Memory, queue: int, depth: int) -> int:
    """When the next token may be sent into a queue; `NEVER` while that is not known."""
    behind = m[queue] - depth  # the token whose place it takes
    if behind < 0:
        return 0
    if m[queue + lay.POPPED] <= behind:
        return NEVER
    return m[queue + RINGS + 3 * (behind & ((1 << k[RING_BITS]) - 1)) + lay.RETURN]


@compiled
def queue_of(k: Memory, base: int, port: int, channel: int) -> int:
    """Address of the FIFO of an input unit's channel; port 5 is the sink."""
    return base + k[QUEUE] + (port * k[CHANNELS] + channel) * k[lay.QUEUE_WORDS]


@compiled
def pop(m: Memory, k: Memory, queue: int, time: int, back_ps: int) -> None:
    """Take the first token of a queue at ``time``, and note how full the queue was."""
    mask, n = (1 << k[RING_BITS]) - 1, m[queue + lay.POPPED]
    oldest, arrival = m[queue + lay.OLDEST], m[queue + RINGS + 3 * (n & mask) + lay.ARRIVAL]
    while oldest < n and m[queue + RINGS + 3 * (oldest & mask) + lay.RETURN] - back_ps < arrival:
        oldest += 1
    m[queue + lay.OLDEST] = oldest
    m[queue + lay.PEAK] = max(m[queue + lay.PEAK], n - oldest + 1)
    m[queue + lay.POPPED] = n + 1
    m[queue + RINGS + 3 * (n & mask) + lay.RETURN] = time + back_ps


@compiled
def push(m: Memory, k: Memory, queue: int, packet: int, arrival: int) -> None:
    """Send a token into a queue."""
    at = queue + RINGS + 3 * (m[queue] & ((1 << k[RING_BITS]) - 1))
    m[at], m[at + lay.ARRIVAL] = packet, arrival
    m[queue] += 1


@compiled
def note(m: Memory, t: Memory, node: int, unit: int, packet: int, arrival: int, time: int) -> None:
    """Write a fire down, if this run is traced."""
    at = m[lay.EVENT]
    if at:
        t[at], t[at + 1] = node * N_CONTROLLERS + unit, packet
        t[at + 2], t[at + 3] = arrival, time
        m[lay.EVENT] = at + lay.EVENT_WORDS


@compiled
def wake_source(m: Memory, k: Memory, t: Memory, node: int) -> None:
    """Schedule a source for its next packet, if it is known when that may go."""
    base = k[NODES] + node * k[WORDS]
    packet = m[base + CURSOR]
    if packet < m[base + LAST]:
        queue = queue_of(k, base, LOCAL, t[packet * N_FACTS + lay.CHANNEL])
        credit = queue_credit(m, k, queue, k[DEPTH])
        if credit < NEVER:
            time = max(m[base + READY + SOURCE], t[packet * N_FACTS + lay.RELEASE], credit)
            schedule(m, k, node, SOURCE, time)


@compiled
def visit_source(m: Memory, k: Memory, t: Memory, node: int, end: int) -> None:
    """Fire a source if it can before ``end``."""
    base = k[NODES] + node * k[WORDS]
    packet = m[base + CURSOR]
    if packet >= m[base + LAST]:
        return
    queue = queue_of(k, base, LOCAL, t[packet * N_FACTS + lay.CHANNEL])
    credit = queue_credit(m, k, queue, k[DEPTH])
    if credit >= NEVER:
        return
    time = max(m[base + READY + SOURCE], t[packet * N_FACTS + lay.RELEASE], credit)
    if time >= end:
        schedule(m, k, node, SOURCE, time)
        return
    m[base + CURSOR] = packet + 1
    m[base + READY + SOURCE] = time + k[SOURCE_PS] + k[SOURCE_PS + 1]
    m[base + FIRES + SOURCE] += 1
    t[packet * N_FACTS + lay.INJECTED] = time
    note(m, t, node, SOURCE, packet, t[packet * N_FACTS + lay.RELEASE], time)
    enter_input(m, k, t, node, LOCAL, packet, time + k[SOURCE_PS])
    wake_source(m, k, t, node)


@compiled
def enter_input(
    m: Memory, k: Memory, t: Memory, node: int, port: int, packet: int, time: int
) -> None:
    """A token comes to an input unit."""
    base = k[NODES] + node * k[WORDS]
    channel = t[packet * N_FACTS + lay.CHANNEL]
    queue = queue_of(k, base, port, channel)
    push(m, k, queue, packet, time)
    credit = m[base + INPUT_CREDIT + port * k[CHANNELS] + channel]
    ready, mask = m[base + READY + port], m[base + MASK + port]
    m[base + MASK + port] = mask | 1 << channel
    if mask == 0 and ready <= time and credit <= time:
        fire_input(m, k, t, node, port, channel, time)
    elif credit < NEVER:
        schedule(m, k, node, port, max(ready, credit, time))


@compiled
def fire_input(
    m: Memory, k: Memory, t: Memory, node: int, port: int, channel: int, time: int
) -> None:
    """Pass the first token of a channel from an input unit on to the switch it wants."""
    base, n = k[NODES] + node * k[WORDS], k[CHANNELS]
    queue = queue_of(k, base, port, channel)
    at = queue + RINGS + 3 * (m[queue + lay.POPPED] & ((1 << k[RING_BITS]) - 1))
    packet, arrival = m[at], m[at + lay.ARRIVAL]
    back = k[INPUT_PS + 1] + (k[LINK_PS] if port != LOCAL else 0)
    pop(m, k, queue, time, back)
    if m[queue] == m[queue + lay.POPPED]:
        m[base + MASK + port] &= ~(1 << channel)
    m[base + FIRES + port] += 1
    m[base + WAIT + port] += time - arrival
    m[base + TURN + port] = channel + 1
    note(m, t, node, port, packet, arrival, time)
    m[base + READY + port] = time + k[INPUT_PS] + k[INPUT_PS + 1]
    f = packet * N_FACTS
    to = next_port(
        k[ROUTING], m[base + X], m[base + Y], t[f + lay.SOURCE_X], t[f + lay.TO_X], t[f + lay.TO_Y],
        t[f + lay.KEY],
    )  # fmt: skip
    stash, came = port * n + channel, time + k[INPUT_PS]
    m[base + INPUT_CREDIT + stash] = NEVER
    m[base + k[SWITCH_TOKEN] + to * N_PORTS * n + stash] = packet
    m[base + k[SWITCH_ARRIVAL] + to * N_PORTS * n + stash] = came
    m[base + MASK + SWITCH + to] |= 1 << stash
    credit = m[base + k[SWITCH_CREDIT] + to * n + channel]
    if credit < NEVER:
        schedule(m, k, node, SWITCH + to, max(m[base + READY + SWITCH + to], credit, came))
    if port == LOCAL:
        wake_source(m, k, t, node)
    else:
        wake_output(m, k, m[base + NEIGHBOUR + port], OPPOSITE[port], channel)


@compiled
def below(m: Memory, k: Memory, base: int, port: int, channel: int) -> int:
    """The queue that an output unit feeds."""
    if port == LOCAL:
        return queue_of(k, base, N_PORTS, channel)
    other = k[NODES] + m[base + NEIGHBOUR + port] * k[WORDS]
    return queue_of(k, other, OPPOSITE[port], channel)


@compiled
def wake_output(m: Memory, k: Memory, node: int, port: int, channel: int) -> None:
    """A credit came back to an output unit."""
    base = k[NODES] + node * k[WORDS]
    if m[base + MASK + OUTPUT + port] >> channel & 1:
        depth = k[SINK_DEPTH] if port == LOCAL else k[DEPTH]
        credit = queue_credit(m, k, below(m, k, base, port, channel), depth)
        if credit < NEVER:
            arrival = m[base + k[OUTPUT_ARRIVAL] + port * k[CHANNELS] + channel]
            schedule(
                m, k, node, OUTPUT + port, max(m[base + READY + OUTPUT + port], credit, arrival)
            )


@compiled
def fire_switch(
    m: Memory, k: Memory, t: Memory, node: int, port: int, stash: int, time: int
) -> None:
    """Grant a token its output port."""
    base, n, unit = k[NODES] + node * k[WORDS], k[CHANNELS], SWITCH + port
    slot = port * N_PORTS * n + stash
    packet = m[base + k[SWITCH_TOKEN] + slot]
    m[base + FIRES + unit] += 1
    m[base + WAIT + unit] += time - m[base + k[SWITCH_ARRIVAL] + slot]
    m[base + READY + unit] = time + k[SWITCH_PS] + k[SWITCH_PS + 1]
    m[base + TURN + unit] = stash + 1
    note(m, t, node, unit, packet, m[base + k[SWITCH_ARRIVAL] + slot], time)
    m[base + MASK + unit] &= ~(1 << stash)
    from_port = stash // n
    channel, back = stash - from_port * n, time + k[SWITCH_PS + 1]
    m[base + k[SWITCH_CREDIT] + port * n + channel] = NEVER
    m[base + INPUT_CREDIT + stash] = back
    if m[base + MASK + from_port] >> channel & 1:  # the next of this channel was waiting for it
        queue = queue_of(k, base, from_port, channel)
        at = queue + RINGS + 3 * (m[queue + lay.POPPED] & ((1 << k[RING_BITS]) - 1))
        due = max(m[base + READY + from_port], back, m[at + lay.ARRIVAL])
        schedule(m, k, node, from_port, due)
    enter_output(m, k, t, node, port, packet, channel, time + k[SWITCH_PS])


@compiled
def enter_output(
    m: Memory, k: Memory, t: Memory, node: int, port: int, packet: int, channel: int, time: int
) -> None:
    """A token comes to an output unit."""
    base, unit = k[NODES] + node * k[WORDS], OUTPUT + port
    depth = k[SINK_DEPTH] if port == LOCAL else k[DEPTH]
    credit = queue_credit(m, k, below(m, k, base, port, channel), depth)
    ready, mask = m[base + READY + unit], m[base + MASK + unit]
    m[base + k[OUTPUT_TOKEN] + port * k[CHANNELS] + channel] = packet
    m[base + k[OUTPUT_ARRIVAL] + port * k[CHANNELS] + channel] = time
    m[base + MASK + unit] = mask | 1 << channel
    if mask == 0 and ready <= time and credit <= time:
        fire_output(m, k, t, node, port, channel, time)
    elif credit < NEVER:
        schedule(m, k, node, unit, max(ready, credit, time))


@compiled
def fire_output(
    m: Memory, k: Memory, t: Memory, node: int, port: int, channel: int, time: int
) -> None:
    """Send a token over the link, or to the sink."""
    base, unit = k[NODES] + node * k[WORDS], OUTPUT + port
    slot = port * k[CHANNELS] + channel
    packet = m[base + k[OUTPUT_TOKEN] + slot]
    m[base + FIRES + unit] += 1
    m[base + WAIT + unit] += time - m[base + k[OUTPUT_ARRIVAL] + slot]
    m[base + READY + unit] = time + k[OUTPUT_PS] + k[OUTPUT_PS + 1]
    m[base + TURN + unit] = channel + 1
    note(m, t, node, unit, packet, m[base + k[OUTPUT_ARRIVAL] + slot], time)
    m[base + MASK + unit] &= ~(1 << channel)
    back = time + k[OUTPUT_PS + 1]
    m[base + k[SWITCH_CREDIT] + slot] = back
    if m[base + MASK + SWITCH + port]:
        wake_switch(m, k, node, port, channel, back)
    came = time + k[OUTPUT_PS]
    if port == LOCAL:
        enter_sink(m, k, t, node, packet, channel, came)
    else:
        other = m[base + NEIGHBOUR + port]
        enter_input(m, k, t, other, OPPOSITE[port], packet, came + k[LINK_PS])


@compiled
def wake_switch(m: Memory, k: Memory, node: int, port: int, channel: int, credit: int) -> None:
    """A credit of one channel came back to a switch allocator."""
    base, n = k[NODES] + node * k[WORDS], k[CHANNELS]
    mask, first = m[base + MASK + SWITCH + port], NEVER
    at = base + k[SWITCH_ARRIVAL] + port * N_PORTS * n
    for stash in range(channel, N_PORTS * n, n):
        if mask >> stash & 1:
            first = min(first, m[at + stash])
    if first < NEVER:
        schedule(m, k, node, SWITCH + port, max(m[base + READY + SWITCH + port], credit, first))


@compiled
def enter_sink(
    m: Memory, k: Memory, t: Memory, node: int, packet: int, channel: int, time: int
) -> None:
    """A token comes to a sink."""
    base = k[NODES] + node * k[WORDS]
    push(m, k, queue_of(k, base, N_PORTS, channel), packet, time)
    ready, mask = m[base + READY + SINK], m[base + MASK + SINK]
    m[base + MASK + SINK] = mask | 1 << channel
    if mask == 0 and ready <= time:
        fire_sink(m, k, t, node, channel, time)
    else:
        schedule(m, k, node, SINK, max(ready, time))


@compiled
def fire_sink(m: Memory, k: Memory, t: Memory, node: int, channel: int, time: int) -> None:
    """A processing element takes a spike."""
    base = k[NODES] + node * k[WORDS]
    queue = queue_of(k, base, N_PORTS, channel)
    at = queue + RINGS + 3 * (m[queue + lay.POPPED] & ((1 << k[RING_BITS]) - 1))
    packet, arrival = m[at], m[at + lay.ARRIVAL]
    pop(m, k, queue, time, k[SINK_PS + 1])
    if m[queue] == m[queue + lay.POPPED]:
        m[base + MASK + SINK] &= ~(1 << channel)
    busy = max(t[packet * N_FACTS + lay.SERVICE], k[SINK_PS] + k[SINK_PS + 1])
    m[base + FIRES + SINK] += 1
    m[base + WAIT + SINK] += time - arrival
    m[base + READY + SINK] = time + busy
    m[base + TURN + SINK] = channel + 1
    note(m, t, node, SINK, packet, arrival, time)
    t[packet * N_FACTS + lay.DELIVERED] = time
    wake_output(m, k, node, LOCAL, channel)


@compiled
def goes_first(
    arbitration: int, turn: int, stash: int, best: int, arrival: int, oldest: int
) -> bool:
    """Whether a candidate goes before the best so far; candidates come in rising order."""
    if best < 0:
        return True
    if arbitration == AGE:
        return arrival < oldest
    return arbitration == ROUND_ROBIN and best < turn <= stash


@compiled
def first_switch(m: Memory, k: Memory, base: int, port: int) -> int:
    """When the first token of a switch allocator may go, as far as is known."""
    n = k[CHANNELS]
    rest, at = m[base + MASK + SWITCH + port], base + k[SWITCH_ARRIVAL] + port * N_PORTS * n
    returned, time, channel = base + k[SWITCH_CREDIT] + port * n, NEVER, 0
    while rest:
        if rest & 1:
            time = min(time, max(m[at], m[returned + channel]))
        rest >>= 1
        at += 1
        channel = channel + 1 if channel + 1 < n else 0
    return time


@compiled
def visit_switch(m: Memory, k: Memory, t: Memory, node: int, port: int, end: int) -> None:
    """Fire a switch allocator if it can before ``end``; else have it come again."""
    base, n, unit = k[NODES] + node * k[WORDS], k[CHANNELS], SWITCH + port
    time = first_switch(m, k, base, port)
    if time >= NEVER:
        return
    time = max(time, m[base + READY + unit])
    if time >= end:
        schedule(m, k, node, unit, time)
        return
    rest, at = m[base + MASK + unit], base + k[SWITCH_ARRIVAL] + port * N_PORTS * n
    returned, turn = base + k[SWITCH_CREDIT] + port * n, m[base + TURN + unit]
    best, oldest, stash, channel = -1, NEVER, 0, 0
    while rest:
        if (
            rest & 1
            and max(m[at + stash], m[returned + channel]) <= time
            and goes_first(k[ARBITRATION], turn, stash, best, m[at + stash], oldest)
        ):
            best, oldest = stash, m[at + stash]
        rest >>= 1
        stash += 1
        channel = channel + 1 if channel + 1 < n else 0
    fire_switch(m, k, t, node, port, best, time)
    if m[base + MASK + unit]:
        again = first_switch(m, k, base, port)
        if again < NEVER:
            schedule(m, k, node, unit, max(again, m[base + READY + unit]))


@compiled
def head_of(m: Memory, k: Memory, base: int, unit: int, channel: int) -> tuple[int, int]:
    """Arrival of the first token of a channel, and when it may go."""
    if OUTPUT <= unit < SOURCE:
        port = unit - OUTPUT
        depth = k[SINK_DEPTH] if port == LOCAL else k[DEPTH]
        arrival = m[base + k[OUTPUT_ARRIVAL] + port * k[CHANNELS] + channel]
        credit = queue_credit(m, k, below(m, k, base, port, channel), depth)
        return arrival, max(arrival, credit)
    queue = queue_of(k, base, N_PORTS if unit == SINK else unit, channel)
    at = queue + RINGS + 3 * (m[queue + lay.POPPED] & ((1 << k[RING_BITS]) - 1))
    arrival = m[at + lay.ARRIVAL]
    if unit == SINK:
        return arrival, arrival
    return arrival, max(arrival, m[base + INPUT_CREDIT + unit * k[CHANNELS] + channel])


@compiled
def first_of(m: Memory, k: Memory, base: int, unit: int) -> int:
    """When the first token of a unit's channels may go, as far as is known."""
    rest, time, channel = m[base + MASK + unit], NEVER, 0
    while rest:
        if rest & 1:
            time = min(time, head_of(m, k, base, unit, channel)[1])
        rest >>= 1
        channel += 1
    return time


@compiled
def visit_unit(m: Memory, k: Memory, t: Memory, node: int, unit: int, end: int) -> None:
    """Fire an input unit, output unit or sink if it can before ``end``."""
    base = k[NODES] + node * k[WORDS]
    time = first_of(m, k, base, unit)
    if time >= NEVER:
        return
    time = max(time, m[base + READY + unit])
    if time >= end:
        schedule(m, k, node, unit, time)
        return
    rest, turn = m[base + MASK + unit], m[base + TURN + unit]
    best, oldest, channel = -1, NEVER, 0
    while rest:
        if rest & 1:
            arrival, free = head_of(m, k, base, unit, channel)
            if free <= time and goes_first(k[ARBITRATION], turn, channel, best, arrival, oldest):
                best, oldest = channel, arrival
        rest >>= 1
        channel += 1
    if unit == SINK:
        fire_sink(m, k, t, node, best, time)
    elif unit >= OUTPUT:
        fire_output(m, k, t, node, unit - OUTPUT, best, time)
    else:
        fire_input(m, k, t, node, unit, best, time)
    if m[base + MASK + unit]:
        again = first_of(m, k, base, unit)
        if again < NEVER:
            schedule(m, k, node, unit, max(again, m[base + READY + unit]))


@entry
def simulate_windows(m: Memory, k: Memory, t: Memory) -> None:
    """Run until nothing is due any more."""
    for node in range(k[lay.N_NODES]):
        wake_source(m, k, t, node)
    while m[lay.N_DUE] > 0:
        window = next_window(m)
        slot = window & (SLOTS - 1)
        m[NOW] = window
        end = (window + 1) << k[SHIFT]
        while m[HEADS + slot] >= 0:
            controller = m[HEADS + slot]
            node = controller // N_CONTROLLERS
            unit = controller - node * N_CONTROLLERS
            unlink(m, k, node, unit)
            if SWITCH <= unit < OUTPUT:
                visit_switch(m, k, t, node, unit - SWITCH, end)
            elif unit == SOURCE:
                visit_source(m, k, t, node, end)
            else:
                visit_unit(m, k, t, node, unit, end)


def simulate(network: Network, packets: Packets) -> Result:
    """Run one time step to its end.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever.
    """
    return _run(network, packets, is_traced=False)[0]


def name_deadlock(network: Network, packets: Packets) -> None:
    """Run the case with actors, who know whom they wait for.

    Raises:
        DeadlockError: With the controllers that wait for each other.
    """
    from async_sim.actors import simulate as simulate_actors  # noqa: PLC0415 (hardly ever needed)

    simulate_actors(network, packets)
    raise DeadlockError("tokens wait for each other")


def simulate_traced(network: Network, packets: Packets) -> tuple[Result, Events]:
    """The same, and every fire of every controller.

    Raises:
        ValueError: If a packet does not fit the network.
        DeadlockError: If tokens wait for each other for ever.
    """
    result, order, words = _run(network, packets, is_traced=True)
    controller, packet, arrival, fire = words.reshape(-1, lay.EVENT_WORDS).T
    return result, Events.sorted(controller, order[packet], arrival, fire)


def _run(network: Network, packets: Packets, *, is_traced: bool) -> tuple[Result, Memory, Memory]:
    packets.check(network.mesh, network.n_channels)
    order = np.argsort(packets.source, kind="stable")
    m, k, t = lay.build(network, packets, order, is_traced=is_traced)
    simulate_windows(m, k, t)
    result = lay.read(network, m, k, t, np.argsort(order, kind="stable"))
    if (result.delivered_ps < 0).any():
        name_deadlock(network, packets)
    return result, order, t[N_FACTS * len(packets) :]
