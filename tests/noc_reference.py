"""The rules of the network-on-chip, word for word: messages, two phases per instant, credits.

Slow, and shares nothing with the engines but the mesh and the routing. It checks at every instant
that no credit is lost, and visits the controllers of an instant in any order it is told to.
"""

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field

import numpy as np

from async_sim.mesh import (
    LOCAL,
    N_CONTROLLERS,
    N_PORTS,
    OPPOSITE,
    OUTPUT,
    SINK,
    SOURCE,
    SWITCH,
)  # fmt: skip
from async_sim.network import ARBITRATIONS, FIXED, ROUND_ROBIN, Network
from async_sim.packets import Packets
from async_sim.result import Result, n_stashes
from async_sim.routing import ROUTINGS, choice_keys, next_port
from async_sim.timing import STAGES

REQUEST, ACKNOWLEDGE, WAKE = range(3)
Members = tuple[int, ...]


@dataclass
class Controller:
    stashes: list[deque[tuple[int, Members]]]  # (arrival, packets that travel together)
    credits: list[int]
    ready: int = 0
    turn: int = 0
    fires: int = 0
    wait: int = 0
    population: int = 0  # integral over time of the tokens in all stashes
    since: int = 0
    peaks: list[int] = field(default_factory=list)


class Reference:
    def __init__(self, network: Network, packets: Packets, rng: np.random.Generator | None) -> None:
        self.network, self.packets, self.rng = network, packets, rng
        self.n = network.n_channels
        self.stages = [
            getattr(network.timing, STAGES[unit // N_PORTS + (unit == SINK)])
            for unit in range(N_CONTROLLERS)
        ]
        self.keys = choice_keys(np.arange(len(packets)))
        self.injected, self.delivered = np.full((2, len(packets)), -1)
        self.times: list[int] = []
        self.messages: dict[int, list[tuple[int, int, int, Members]]] = defaultdict(list)
        self.under_way: dict[tuple[int, int], int] = defaultdict(int)  # of a lane, both directions
        self.controllers = [
            self._controller(unit)
            for _ in range(network.mesh.n_nodes)
            for unit in range(N_CONTROLLERS)
        ]

    def _controller(self, unit: int) -> Controller:
        n_in = 1 if unit == SOURCE else self.n * (N_PORTS if SWITCH <= unit < OUTPUT else 1)
        lanes = [] if unit == SINK else [self._depth(unit)] * self.n
        return Controller([deque() for _ in range(n_in)], lanes, peaks=[0] * n_in)

    def _depth(self, unit: int) -> int:
        if unit == OUTPUT + LOCAL:
            return self.network.sink_depth
        return self.network.depth if unit >= OUTPUT else 1

    def run(self) -> Result:
        for members in self.groups():
            source = int(self.packets.source[members[0]]) * N_CONTROLLERS + SOURCE
            self.post(int(self.packets.release_ps[members[0]]), (REQUEST, source, 0, members))
        while self.times:
            now = heapq.heappop(self.times)
            touched = {message[1] for message in self.messages[now]}
            for message in self.messages.pop(now):
                self.deliver(now, *message)
            order = sorted(touched) if self.rng is None else self.rng.permutation(list(touched))
            for controller in order:
                self.evaluate(int(controller), now)
            for controller in touched:
                self.check_credits(int(controller))
        return self.result()

    def groups(self) -> list[Members]:
        if self.packets.following is None:
            return [(packet,) for packet in range(len(self.packets))]
        found: list[Members] = []
        for source in range(self.network.mesh.n_nodes):
            mine = np.flatnonzero(self.packets.source == source).tolist()
            while mine:
                n = int(self.packets.following[mine[0]]) + 1
                found.append(tuple(mine[:n]))
                mine = mine[n:]
        return found

    def post(self, time: int, message: tuple[int, int, int, Members]) -> None:
        if time not in self.messages:
            heapq.heappush(self.times, time)
        self.messages[time].append(message)

    def deliver(self, now: int, kind: int, controller: int, channel: int, members: Members) -> None:
        me = self.controllers[controller]
        self.integrate(me, now)
        if kind == REQUEST:
            me.stashes[channel].append((now, members))
            me.peaks[channel] = max(me.peaks[channel], len(me.stashes[channel]))
        elif kind == ACKNOWLEDGE:
            me.credits[channel] += 1
            self.under_way[controller, channel] -= 1

    def integrate(self, me: Controller, now: int) -> None:
        me.population += sum(map(len, me.stashes)) * (now - me.since)
        me.since = now

    def lane(self, unit: int, channel: int, members: Members) -> int:
        return int(self.packets.channel[members[0]]) if unit == SOURCE else channel % self.n

    def evaluate(self, controller: int, now: int) -> None:
        me, unit = self.controllers[controller], controller % N_CONTROLLERS
        if me.ready > now:
            return
        able = [
            i
            for i, stash in enumerate(me.stashes)
            if stash and (unit == SINK or me.credits[self.lane(unit, i, stash[0][1])] > 0)
        ]
        if not able:
            return
        arbitration = ARBITRATIONS[self.network.arbitration]
        if arbitration == FIXED:
            channel = able[0]
        elif arbitration == ROUND_ROBIN:
            channel = min(able, key=lambda i: (i - me.turn) % len(me.stashes))
        else:
            channel = min(able, key=lambda i: (me.stashes[i][0][0], i))
        self.fire(controller, channel, now)

    def fire(self, controller: int, channel: int, now: int) -> None:
        me, unit = self.controllers[controller], controller % N_CONTROLLERS
        self.integrate(me, now)
        arrival, members = me.stashes[channel][0]
        branch = self.branch(controller, channel, members)
        rest = members[len(branch) :]
        if rest:
            me.stashes[channel][0] = arrival, rest
        else:
            me.stashes[channel].popleft()
        me.fires, me.turn = me.fires + 1, (channel + 1) % len(me.stashes)
        me.wait += 0 if unit == SOURCE or rest else now - arrival
        stage, lane = self.stages[unit], self.lane(unit, channel, members)
        busy = stage.cycle_ps
        if unit == SINK:
            (packet,) = members
            self.delivered[packet] = now
            busy = max(busy, self.network.service_ps(int(self.packets.n_synapses[packet])))
        else:
            me.credits[lane] -= 1
            self.under_way[controller, lane] += 1
            to, to_channel, wire = self.ahead(controller, channel, branch)
            self.post(now + stage.forward_ps + wire, (REQUEST, to, to_channel, branch))
        if unit == SOURCE:
            self.injected[list(members)] = now
        elif not rest:
            upstream, wire = self.behind(controller, channel)
            self.post(now + stage.backward_ps + wire, (ACKNOWLEDGE, upstream, lane, ()))
        me.ready = now + busy
        self.post(me.ready, (WAKE, controller, 0, ()))

    def branch(self, controller: int, channel: int, members: Members) -> Members:
        """Those that go on with the first one; an input unit parts what its ports part."""
        if controller % N_CONTROLLERS >= SWITCH:
            return members
        ways = [self.ahead(controller, channel, (packet,)) for packet in members]
        n = next((i for i, way in enumerate(ways) if way != ways[0]), len(ways))
        return members[:n]

    def ahead(self, controller: int, channel: int, members: Members) -> tuple[int, int, int]:
        """The next controller, its channel, and the time on the wire."""
        node, unit = divmod(controller, N_CONTROLLERS)
        here, lane, packet = controller - unit, self.lane(unit, channel, members), members[0]
        if unit == SOURCE:
            return here + LOCAL, lane, 0
        if unit < SWITCH:
            mesh, p = self.network.mesh, self.packets
            (x, y), (to_x, to_y) = mesh.at(node), mesh.at(int(p.destination[packet]))
            source_x, routing = int(p.source[packet]) % mesh.width, ROUTINGS[self.network.routing]
            to = next_port(routing, x, y, source_x, to_x, to_y, self.keys[packet])
            return here + SWITCH + to, unit * self.n + lane, 0
        if unit < OUTPUT:
            return controller - SWITCH + OUTPUT, lane, 0
        if unit == OUTPUT + LOCAL:
            return here + SINK, lane, 0
        other = self.network.mesh.neighbour(node, unit - OUTPUT)
        assert other is not None
        return other * N_CONTROLLERS + OPPOSITE[unit - OUTPUT], lane, self.network.link_ps

    def behind(self, controller: int, channel: int) -> tuple[int, int]:
        """The controller that a channel comes from, and the time on the wire."""
        node, unit = divmod(controller, N_CONTROLLERS)
        here = controller - unit
        if unit == SINK:
            return here + OUTPUT + LOCAL, 0
        if unit >= OUTPUT:
            return controller - OUTPUT + SWITCH, 0
        if unit >= SWITCH:
            return here + channel // self.n, 0
        if unit == LOCAL:
            return here + SOURCE, 0
        other = self.network.mesh.neighbour(node, unit)
        assert other is not None
        return other * N_CONTROLLERS + OUTPUT + OPPOSITE[unit], self.network.link_ps

    def check_credits(self, controller: int) -> None:
        """Credits left, and tokens and acknowledgements on their way, are always the depth."""
        unit = controller % N_CONTROLLERS
        for lane, credit in enumerate(self.controllers[controller].credits):
            assert credit >= 0
            assert credit + self.under_way[controller, lane] == self._depth(unit)
        if unit < SOURCE:
            allowed = self.network.depth if unit < SWITCH else 1
            assert all(len(stash) <= allowed for stash in self.controllers[controller].stashes)

    def result(self) -> Result:
        shape = self.network.mesh.n_nodes, N_CONTROLLERS
        peaks = []
        for at, controller in enumerate(self.controllers):
            is_source = at % N_CONTROLLERS == SOURCE
            peaks += [0] if is_source else controller.peaks
        return Result(
            self.injected,
            self.delivered,
            np.array([one.fires for one in self.controllers]).reshape(shape),
            np.array([one.wait for one in self.controllers]).reshape(shape),
            np.array(peaks).reshape(-1, n_stashes(self.n)),
            max(one.ready for one in self.controllers[SINK::N_CONTROLLERS]),
        )


def simulate(network: Network, packets: Packets, rng: np.random.Generator | None = None) -> Result:
    return Reference(network, packets, rng).run()
