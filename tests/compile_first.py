"""Compiles the cost model or the simulator, unless that was done before.

python tests/compile_first.py cost_model
"""

import sys


def cost_model() -> None:
    """Price one design."""
    from envs.assembly import make_problem  # noqa: PLC0415 (the other needs none of it)
    from envs.default_settings import settings_of  # noqa: PLC0415

    make_problem(settings_of("nacim", {}))


def simulator() -> None:
    """Simulate one network-on-chip."""
    from noc_random import random_case  # noqa: PLC0415

    from async_sim import compiled, tick  # noqa: PLC0415

    network, packets = random_case(0)
    compiled.simulate(network, packets)
    tick.simulate(network, packets)


if __name__ == "__main__":
    {"cost_model": cost_model, "simulator": simulator}[sys.argv[1]]()
