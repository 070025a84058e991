"""Connects controllers, and tells each of them so in its first message."""

from dataclasses import dataclass, field

from async_sim.controller import AsyncCtrl
from async_sim.deadlock import check_finished
from async_sim.kernel import BEGINNING_PS, Clock
from async_sim.messages import InitMsg, Input, Lane, Output, ReqMsg, Token
from async_sim.timing import StageTiming

OUTSIDE = Input(None, 0, None)


@dataclass
class _Ends:
    """What is known so far of one controller's neighbours."""

    timing: StageTiming
    inputs: list[Input]
    outputs: list[list[Output]]
    depths: list[int]

    def message(self, arbitration: str) -> InitMsg:
        lanes = (Lane(tuple(o), depth) for o, depth in zip(self.outputs, self.depths, strict=True))
        return InitMsg(tuple(self.inputs), tuple(lanes), self.timing, arbitration)


@dataclass
class Wiring:
    """The controllers of a system and the channels between them.

    Input channels that nothing is connected to are fed from outside; lanes without a receiver are
    those of controllers that tokens end at.
    """

    kernel: Clock
    arbitration: str = "round-robin"
    _ends: dict[AsyncCtrl, _Ends] = field(default_factory=dict)

    def place(
        self, controller: AsyncCtrl, timing: StageTiming, n_channels: int = 1, n_lanes: int = 1
    ) -> None:
        """Add a controller."""
        outputs: list[list[Output]] = [[] for _ in range(n_lanes)]
        self._ends[controller] = _Ends(timing, [OUTSIDE] * n_channels, outputs, [1] * n_lanes)

    def connect(
        self,
        sender: AsyncCtrl,
        receiver: AsyncCtrl,
        depth: int = 1,
        at: tuple[int, int] = (0, 0),
        wire_ps: int = 0,
    ) -> None:
        """Lead a lane of one controller to an input channel of another.

        Args:
            sender: Has one credit counter per lane; of several outputs of a lane the last ``depth``
                given is that of all.
            receiver: Holds up to ``depth`` tokens in that channel.
            depth: Tokens that may be unacknowledged.
            at: Lane of the sender, and channel of the receiver.
            wire_ps: Time on the wire, in both directions.
        """
        lane, channel = at
        start, end = self._ends[sender], self._ends[receiver]
        start.outputs[lane].append(Output(receiver.inbox, channel, wire_ps))
        start.depths[lane] = depth
        end.inputs[channel] = Input(sender.inbox, lane, depth, wire_ps)

    def feed(self, controller: AsyncCtrl, time_ps: int, token: Token, channel: int = 0) -> None:
        """Have a token come from outside."""
        self.kernel.post(time_ps, controller.inbox, ReqMsg(channel, token))

    def run(self) -> None:
        """Initialise all controllers just before time 0, and run until nothing moves any more."""
        for controller, ends in self._ends.items():
            message = ends.message(self.arbitration)
            self.kernel.post(BEGINNING_PS + 1, controller.inbox, message)
        self.kernel.run()
        check_finished(list(self._ends))
