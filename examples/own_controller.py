"""A unit of one's own: a spike filter that adds up weights and fires at a threshold.

A token brings a weight and leaves only when the sum reaches the threshold, as a neuron's would;
adding takes longer the larger the weight is, and the handshake waits for it.
"""

from async_sim.controller import AsyncCtrl, CoupledCtrl
from async_sim.kernel import Kernel
from async_sim.messages import Token
from async_sim.timing import StageTiming
from async_sim.wiring import Wiring


class SpikeFilter(CoupledCtrl):
    """Passes on one token for every 10 units of weight."""

    potential = 0

    def delay(self, token: Token) -> int:
        """100 ps for each unit of weight."""
        return 100 * token.value

    def main(self, token: Token) -> Token | None:
        """Add the weight; fire at the threshold."""
        self.potential += token.value
        if self.potential < 10:
            return None
        self.potential -= 10
        return token


class Printer(AsyncCtrl):
    """Where tokens end."""

    def main(self, token: Token) -> None:
        """Say what came, and when."""
        print(f"{self.kernel.now_ps:6} ps: token {token.number} reaches the {self.name}")


kernel = Kernel()
neuron, printer = SpikeFilter(kernel, "neuron"), Printer(kernel, "printer")
wiring = Wiring(kernel)
wiring.place(neuron, StageTiming(forward_ps=1200, backward_ps=1500))
wiring.place(printer, StageTiming(forward_ps=1200, backward_ps=1500))
wiring.connect(neuron, printer, depth=2)
for number, weight in enumerate((4, 3, 5, 9, 1, 8)):
    wiring.feed(neuron, 1000 * number, Token(number, value=weight))
wiring.run()
print(
    f"the neuron took {neuron.known.n_fires} tokens, which waited {neuron.known.wait_ps} ps for it"
)
print(f"at the end {neuron.potential} units are left, and the lane is {neuron.state().value}")
