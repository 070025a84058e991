"""What a simulation yields: exact integers, the same from every engine."""

import hashlib
from dataclasses import dataclass, fields

import numpy as np

from async_sim.mesh import N_PORTS, OUTPUT
from async_sim.packets import Integers


@dataclass(frozen=True)
class Result:
    """Of n packets on R nodes with V virtual channels.

    Attributes:
        injected_ps: When each packet left its source, (n,).
        delivered_ps: When each left the FIFO of its sink, (n,).
        fires: Tokens that each controller passed on, (R, 17).
        wait_ps: Time that tokens waited in each controller's stash, (R, 17); none is counted in a
            source, where it is the injection less the release.
        max_occupancy: Largest number of tokens in each input channel, (R, 36 V + 1): of input unit
            p at p V + v, of switch allocator q at 5 V + 5 V q + p V + v, of output unit q at
            30 V + q V + v, of the source (not counted) at 35 V, of the sink at 35 V + 1 + v.
        end_ps: When the last sink is ready again.
    """

    injected_ps: Integers
    delivered_ps: Integers
    fires: Integers
    wait_ps: Integers
    max_occupancy: Integers
    end_ps: int

    @property
    def link_flits(self) -> Integers:
        """Tokens that left each node by each port, (R, 5)."""
        return self.fires[:, OUTPUT : OUTPUT + N_PORTS]

    @property
    def digest(self) -> str:
        """SHA-256 over all of it: two runs are the same if and only if their digests are."""
        whole = hashlib.sha256()
        for one in fields(self):
            whole.update(np.ascontiguousarray(getattr(self, one.name), "<i8").tobytes())
        return whole.hexdigest()

    def differences(self, other: "Result") -> list[str]:
        """Say where another result differs first, array by array."""
        found = []
        for one in fields(self):
            mine, theirs = np.asarray(getattr(self, one.name)), np.asarray(getattr(other, one.name))
            if mine.shape != theirs.shape:
                found.append(f"{one.name}: shape {mine.shape} instead of {theirs.shape}")
            elif not np.array_equal(mine, theirs):
                where = tuple(int(i) for i in np.argwhere(np.atleast_1d(mine != theirs))[0])
                values = np.atleast_1d(mine)[where], np.atleast_1d(theirs)[where]
                found.append(f"{one.name}{list(where)}: {values[0]} instead of {values[1]}")
        return found


def n_stashes(n_channels: int) -> int:
    """Input channels of a node."""
    return N_PORTS * n_channels * (1 + N_PORTS + 1) + 1 + n_channels


class DeadlockError(RuntimeError):
    """Tokens wait for each other for ever; the message names the controllers."""
