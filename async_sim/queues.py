"""First-in first-out queues of the compiled engine, and the credits that they return."""

from typing import NamedTuple

from async_sim.compilation import Row, at, inlined
from async_sim.tables import NEVER, Tables


class Constants(NamedTuple):
    """Of a network and a run; by value, so that no store into a table can change them."""

    channels: int
    depth: int
    sink_depth: int
    ring_bits: int
    shift: int  # windows last 2 ** shift ps
    arbitration: int
    routing: int
    link_ps: int
    input_ps: int  # forward
    input_back_ps: int
    switch_ps: int
    switch_back_ps: int
    output_ps: int
    output_back_ps: int
    source_ps: int
    source_back_ps: int
    sink_ps: int
    sink_back_ps: int
    decode_ps: int
    synapse_ps: int
    width: int
    n_nodes: int
    is_traced: int
    has_groups: int


N_CONSTANTS = len(Constants._fields)

# a token: its packet, what is left of its group or what odd-even routing asks for, destination and
# virtual channel
PACKET_BIT, EXTRA_BIT, Y_BIT, X_BIT = 32, 18, 11, 4
EXTRA_MASK, SIDE_MASK, CHANNEL_MASK = (1 << 14) - 1, (1 << 7) - 1, (1 << 4) - 1


@inlined
def n_behind(k: Constants, token: int) -> int:
    """Packets of its group that a token stands for, beside its own."""
    return token >> EXTRA_BIT & EXTRA_MASK if k.has_groups else 0


@inlined
def with_behind(token: int, n: int) -> int:
    """A token that stands for so many others."""
    return (token & ~(EXTRA_MASK << EXTRA_BIT)) | n << EXTRA_BIT


@inlined
def return_of(w: Tables, k: Constants, queue: int, n: int) -> Row:
    """When the place of a queue's n-th token is free again."""
    return at(w.returns, (queue << k.ring_bits) + (n & ((1 << k.ring_bits) - 1)))


@inlined
def waiting_at(w: Tables, k: Constants, queue: int, n: int) -> Row:
    """A queue's n-th token and its arrival."""
    return at(w.waiting, (queue << k.ring_bits) + (n & ((1 << k.ring_bits) - 1)))


@inlined
def queue_credit(w: Tables, k: Constants, number: int, depth: int) -> int:
    """When the next token may be sent into a queue; `NEVER` while that is not known."""
    queue = at(w.queues, number)
    behind = queue.pushed - depth  # the token whose place it takes
    if behind < 0:
        return 0
    if queue.popped <= behind:
        return NEVER
    return return_of(w, k, number, behind).ps


@inlined
def push(w: Tables, k: Constants, number: int, token: int, arrival: int) -> None:
    """Put a token into a queue, where it will wait."""
    queue = at(w.queues, number)
    place = waiting_at(w, k, number, queue.pushed)
    place.token, place.arrival = token, arrival
    queue.pushed += 1


@inlined
def pass_through(w: Tables, k: Constants, number: int, back_ps: int) -> None:
    """Push a token into an empty queue, and pop it at once."""
    queue = at(w.queues, number)
    n = queue.pushed
    queue.pushed = queue.popped = n + 1
    queue.oldest, queue.peak = n, max(queue.peak, 1)
    return_of(w, k, number, n).ps = back_ps


@inlined
def pop(w: Tables, k: Constants, number: int, time: int, back_ps: int) -> bool:
    """Take the first token of a queue, note how full it was; whether it is empty now."""
    queue = at(w.queues, number)
    n, oldest = queue.popped, queue.oldest
    arrival = waiting_at(w, k, number, n).arrival
    while oldest < n and return_of(w, k, number, oldest).ps - back_ps < arrival:
        oldest += 1
    queue.oldest, queue.peak = oldest, max(queue.peak, n - oldest + 1)
    queue.popped = n + 1
    return_of(w, k, number, n).ps = time + back_ps
    return queue.pushed == n + 1
