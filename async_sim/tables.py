"""Tables of the compiled engine: a row per controller, queue, lane and packet.

A row of a controller fills one cache line. What a stage looks up when it is idle lies apart from
what it needs only while tokens wait.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NEVER = int(np.iinfo(np.int64).max) // 4
Table = NDArray[Any]

UNIT = np.dtype(
    [
        ("ready", "i8"),  # when the last handshake is over
        ("mask", "i8"),  # channels where tokens wait; of a source, whether it waits for credit
        ("wait", "i8"),
        ("due", "i8"),  # window in which it will be visited, or -1
        ("fires", "i4"),
        ("after", "i4"),  # neighbours in the wheel
        ("before", "i4"),
        ("peer", "i4"),  # upstream of an input unit and a sink, downstream of all others
        ("first", "i4"),  # queue of channel 0 (of an output unit: the one it feeds); of a switch
        # allocator its first stash; of a source its next packet
        ("lane", "i4"),  # of a switch allocator and its output unit; of a source its last packet
        ("x", "u1"),
        ("y", "u1"),
        ("turn", "u1"),
        ("port", "u1"),
    ],
    align=True,
)
QUEUE = np.dtype(
    [
        ("pushed", "i4"),
        ("popped", "i4"),
        ("oldest", "i4"),  # the first token that may still be there when the next one comes
        ("peak", "i4"),
        ("credit", "i8"),  # when the input unit may send the next one to a switch allocator
        ("_", "i8"),
    ],
    align=True,
)
RETURN = np.dtype([("ps", "i8")])  # of a queue's credits, by place in its ring
STASH = np.dtype([("token", "i8"), ("arrival", "i8")])
LANE = np.dtype([("token", "i8"), ("arrival", "i8"), ("credit", "i8"), ("_", "i8")])
SENT = np.dtype([("token", "i8"), ("release", "i8"), ("injected", "i8")])
TAKEN = np.dtype([("busy", "i8"), ("delivered", "i8")])
EVENT = np.dtype([("controller", "i8"), ("packet", "i8"), ("arrival", "i8"), ("fire", "i8")])
NUMBER = np.dtype([("n", "i8")])


class Tables(NamedTuple):
    """First rows of all tables."""

    units: Any
    queues: Any
    returns: Any  # ring of every queue
    waiting: Any  # likewise: tokens in it
    stashes: Any  # of switch allocators, port by port and channel by channel
    lanes: Any  # of output units
    sent: Any  # packets in the order of their sources
    taken: Any
    events: Any
    wheel: Any
