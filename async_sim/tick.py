"""The tick engine: time goes in steps, and every controller is looked at in every step.

It is what a simulator like CanMore does, here for comparison. One row of words tells from which
tick on each controller may have something to do, so that an idle one costs a comparison. Latencies,
service times and releases that a tick does not divide are rounded up to whole ticks; if it divides
them all, the result is that of the other engines, exactly.
"""

import numpy as np

from async_sim import tick_memory as lay
from async_sim.compilation import compiled, entry
from async_sim.mesh import (
    LOCAL,
    N_CONTROLLERS,
    OPPOSITE,
    OUTPUT,
    SINK,
    SOURCE,
    SWITCH,
    controller_name,
)
from async_sim.network import AGE, ROUND_ROBIN, Network
from async_sim.packets import Packets
from async_sim.result import DeadlockError, Result
from async_sim.routing import next_port
from async_sim.tick_memory import MASK, N_FACTS, NEIGHBOUR, NEVER, READY, Memory

TICK_PS = 100
"""Arguments: ``m`` all that changes, ``k`` constants, ``t`` packets, ``base`` a node's block."""


@compiled
def base_of(k: Memory, node: int) -> int:
    """Address of a node's block."""
    return k[lay.N_NODES] * N_CONTROLLERS + node * k[lay.WORDS]


@compiled
def send(
    m: Memory, k: Memory, node: int, unit: int, channel: int, token: int, arrival: int
) -> None:
    """Send a token to a controller."""
    base = base_of(k, node)
    stash = base + k[lay.STASHES + unit] + channel * k[lay.STASH_WORDS + unit]
    at = stash + lay.RING + 2 * (m[stash] & k[lay.STASH_MASK + unit])
    m[at], m[at + 1] = token, arrival
    m[stash] += 1
    m[base + MASK + unit] |= 1 << channel
    me = node * N_CONTROLLERS + unit
    m[me] = min(m[me], max(arrival, m[base + READY + unit]))


@compiled
def acknowledge(m: Memory, k: Memory, node: int, unit: int, channel: int, arrival: int) -> None:
    """Give a lane of a controller its place back."""
    base = base_of(k, node)
    lane = base + k[lay.LANES + unit] + channel * k[lay.LANE_WORDS + unit]
    m[lane + lay.PLACES + (m[lane + lay.ACKNOWLEDGED] & k[lay.LANE_MASK + unit])] = arrival
    m[lane + lay.ACKNOWLEDGED] += 1
    if m[base + MASK + unit] or unit == SOURCE:
        me = node * N_CONTROLLERS + unit
        m[me] = min(m[me], max(arrival, m[base + READY + unit]))


@compiled
def room(m: Memory, k: Memory, base: int, unit: int, channel: int) -> int:
    """When a lane may send its next token: when the one whose place it takes was acknowledged."""
    lane = base + k[lay.LANES + unit] + channel * k[lay.LANE_WORDS + unit]
    behind = m[lane] - k[lay.LANE_DEPTH + unit]  # below 0 are places that nobody has used yet
    return m[lane + lay.PLACES + (behind & k[lay.LANE_MASK + unit])]


@compiled
def take_place(m: Memory, k: Memory, base: int, unit: int, channel: int) -> None:
    """Use up a place of a lane, until it is acknowledged."""
    lane = base + k[lay.LANES + unit] + channel * k[lay.LANE_WORDS + unit]
    m[lane + lay.PLACES + (m[lane] & k[lay.LANE_MASK + unit])] = NEVER
    m[lane] += 1


@compiled
def pop(m: Memory, k: Memory, base: int, unit: int, channel: int, now: int) -> int:
    """Take the first token of a stash, and note how many were there and how long it waited."""
    mask = k[lay.STASH_MASK + unit]
    stash = base + k[lay.STASHES + unit] + channel * k[lay.STASH_WORDS + unit]
    seen, popped = m[stash + lay.SEEN], m[stash + lay.POPPED]
    while seen < m[stash] and m[stash + lay.RING + 2 * (seen & mask) + 1] <= now:
        seen += 1
    m[stash + lay.SEEN] = seen
    m[stash + lay.PEAK] = max(m[stash + lay.PEAK], seen - popped)
    at = stash + lay.RING + 2 * (popped & mask)
    m[stash + lay.POPPED] = popped + 1
    if popped + 1 == m[stash]:
        m[base + MASK + unit] &= ~(1 << channel)
    m[base + lay.WAIT + unit] += now - m[at + 1]
    return m[at]


@compiled
def head_at(m: Memory, k: Memory, base: int, unit: int, channel: int) -> int:
    """Address of the first token of a stash."""
    stash = base + k[lay.STASHES + unit] + channel * k[lay.STASH_WORDS + unit]
    return stash + lay.RING + 2 * (m[stash + lay.POPPED] & k[lay.STASH_MASK + unit])


@compiled
def port_of(m: Memory, k: Memory, t: Memory, base: int, packet: int) -> int:
    """The port by which a packet leaves a node."""
    f = packet * N_FACTS
    return next_port(
        k[lay.ROUTING], m[base + lay.X], m[base + lay.Y], t[f + lay.SOURCE_X], t[f + lay.TO_X],
        t[f + lay.TO_Y], t[f + lay.KEY],
    )  # fmt: skip


@compiled
def branch_of(m: Memory, k: Memory, t: Memory, base: int, token: int) -> int:
    """The part of a group that leaves a node by the port of its first packet, as a token."""
    packet, n = token >> lay.GROUP_BITS, 0
    port = port_of(m, k, t, base, packet)
    while n < token & lay.GROUP_MASK and port_of(m, k, t, base, packet + n + 1) == port:
        n += 1
    return packet << lay.GROUP_BITS | n


@compiled
def visit_source(m: Memory, k: Memory, t: Memory, node: int, now: int) -> None:
    """Inject the next packet if it is released and there is room for it."""
    base, me = base_of(k, node), node * N_CONTROLLERS + SOURCE
    packet = m[base + lay.NEXT]
    m[me] = NEVER
    if packet >= m[base + lay.LAST]:
        return
    f = packet * N_FACTS
    channel = t[f + lay.CHANNEL]
    free = room(m, k, base, SOURCE, channel)
    time = max(t[f + lay.RELEASE], m[base + READY + SOURCE], free)
    if time > now:
        m[me] = time
        return
    take_place(m, k, base, SOURCE, channel)
    m[base + lay.NEXT] = packet + 1 + t[f + lay.FOLLOWING]
    m[base + lay.FIRES + SOURCE] += 1
    token = packet << lay.GROUP_BITS | t[f + lay.FOLLOWING]
    for i in range(t[f + lay.FOLLOWING] + 1):
        t[f + i * N_FACTS + lay.INJECTED] = now
    m[base + READY + SOURCE] = now + k[lay.FORWARD + SOURCE] + k[lay.BACKWARD + SOURCE]
    m[me] = m[base + READY + SOURCE]
    send(m, k, node, LOCAL, channel, token, now + k[lay.FORWARD + SOURCE])


@compiled
def visit(m: Memory, k: Memory, t: Memory, node: int, unit: int, now: int) -> int:
    """Fire an input unit, switch allocator, output unit or sink if it can; 1 if it delivered."""
    base, n, me = base_of(k, node), k[lay.CHANNELS], node * N_CONTROLLERS + unit
    if m[base + READY + unit] > now:
        m[me] = m[base + READY + unit]
        return 0
    turn, kind, width = m[base + lay.TURN + unit], k[lay.ARBITRATION], k[lay.STASH_WORDS + unit]
    rest, later, best, oldest, best_lane = m[base + MASK + unit], NEVER, -1, NEVER, 0
    stash, channel, lane = base + k[lay.STASHES + unit], 0, 0
    while rest:
        if rest & 1:
            ring = stash + lay.RING
            arrival = m[ring + 2 * (m[stash + lay.POPPED] & k[lay.STASH_MASK + unit]) + 1]
            free = arrival if unit == SINK else max(arrival, room(m, k, base, unit, lane))
            if free > now:
                later = min(later, free)
            elif (
                best < 0
                or (kind == AGE and arrival < oldest)
                or (kind == ROUND_ROBIN and best < turn <= channel)
            ):
                best, oldest, best_lane = channel, arrival, lane
        rest >>= 1
        channel += 1
        stash += width
        lane = lane + 1 if lane + 1 < n else 0
    if best < 0:
        m[me] = later
        return 0
    fire(m, k, t, node, unit, best, best_lane, now)
    m[me] = m[base + READY + unit] if m[base + MASK + unit] else NEVER
    return 1 if unit == SINK else 0


@compiled
def fire(
    m: Memory, k: Memory, t: Memory, node: int, unit: int, channel: int, lane: int, now: int
) -> None:
    """Pass the first token of a channel on, and acknowledge it; ``lane`` is its virtual channel."""
    base = base_of(k, node)
    at = head_at(m, k, base, unit, channel)
    token = m[at]
    branch, is_last = token, True
    if unit < SWITCH and token & lay.GROUP_MASK:
        branch = branch_of(m, k, t, base, token)
        is_last = branch == token
    if is_last:
        pop(m, k, base, unit, channel, now)
    else:  # the rest stays, as one token behind the branch
        n = (branch & lay.GROUP_MASK) + 1
        m[at] = token + (n << lay.GROUP_BITS) - n
    f = (token >> lay.GROUP_BITS) * N_FACTS
    came, back = now + k[lay.FORWARD + unit], now + k[lay.BACKWARD + unit]
    busy = k[lay.FORWARD + unit] + k[lay.BACKWARD + unit]
    m[base + lay.FIRES + unit] += 1
    m[base + lay.TURN + unit] = channel + 1
    if unit == SINK:
        t[f + lay.DELIVERED] = now
        busy = max(busy, t[f + lay.SERVICE])
        acknowledge(m, k, node, OUTPUT + LOCAL, lane, back)
    else:
        take_place(m, k, base, unit, lane)
    m[base + READY + unit] = now + busy
    if unit < SWITCH:
        if not is_last:
            pass
        elif unit == LOCAL:
            acknowledge(m, k, node, SOURCE, lane, back)
        else:
            other = m[base + NEIGHBOUR + unit]
            acknowledge(m, k, other, OUTPUT + OPPOSITE[unit], lane, back + k[lay.LINK])
        to = port_of(m, k, t, base, token >> lay.GROUP_BITS)
        send(m, k, node, SWITCH + to, unit * k[lay.CHANNELS] + lane, branch, came)
    elif unit < OUTPUT:
        acknowledge(m, k, node, channel // k[lay.CHANNELS], lane, back)
        send(m, k, node, unit - SWITCH + OUTPUT, lane, token, came)
    elif unit < SOURCE:
        acknowledge(m, k, node, unit - OUTPUT + SWITCH, lane, back)
        if unit == OUTPUT + LOCAL:
            send(m, k, node, SINK, lane, token, came)
        else:
            other, port = m[base + NEIGHBOUR + unit - OUTPUT], OPPOSITE[unit - OUTPUT]
            send(m, k, other, port, lane, token, came + k[lay.LINK])


@entry
def run_ticks(m: Memory, k: Memory, t: Memory) -> int:
    """Go from tick to tick until all is delivered, or nothing is due; return the ticks gone."""
    n = k[lay.N_NODES] * N_CONTROLLERS
    missing, now = t.size // N_FACTS, 0
    while missing:
        n_busy = 0
        for controller in range(n):
            if m[controller] <= now:
                n_busy += 1
                node = controller // N_CONTROLLERS
                unit = controller - node * N_CONTROLLERS
                if unit == SOURCE:
                    visit_source(m, k, t, node, now)
                else:
                    missing -= visit(m, k, t, node, unit, now)
        if n_busy == 0 and now & 1023 == 0 and m[:n].min() >= NEVER:
            break
        now += 1
    return now


def simulate(network: Network, packets: Packets, tick_ps: int = TICK_PS) -> Result:
    """Run one time step to its end, tick by tick.

    Raises:
        ValueError: If a packet does not fit the network, or a tick lasts no time.
        DeadlockError: If tokens wait for each other for ever.
    """
    if tick_ps < 1:
        raise ValueError(f"a tick must last at least 1 ps, got {tick_ps}")
    network.check(packets)
    order = np.argsort(packets.source, kind="stable")
    m, k, t = lay.build(network, packets, order, tick_ps)
    run_ticks(m, k, t)
    result = lay.read(m, k, t, np.argsort(order, kind="stable"), tick_ps)
    if (result.delivered_ps < 0).any():
        raise DeadlockError(stuck(network, m, k))
    return result


def timing_errors(ticked: Result, exact: Result) -> tuple[float, float]:
    """By what ratios a coarse tick errs in the makespan, and in the mean flight of a packet."""
    flights = [(one.delivered_ps - one.injected_ps).mean() for one in (ticked, exact)]
    return ticked.end_ps / exact.end_ps - 1, float(flights[0] / flights[1] - 1)


def stuck(network: Network, m: Memory, k: Memory, most: int = 6) -> str:
    """Name the controllers that hold tokens which they cannot pass on."""
    held = lay.blocks(m, k)[:, MASK : MASK + N_CONTROLLERS]
    names = [controller_name(int(r), int(c), network.mesh) for r, c in np.argwhere(held != 0)]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"tokens wait for each other for ever in {', '.join(names[:most])}{more}"
