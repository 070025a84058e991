"""Random networks in every engine: `python benchmarks/noc_fuzz.py N [FIRST_SEED]`.

Ends with 1 at the first difference, and prints the seed; `make nightly` runs 20,000.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import noc_reference
from noc_random import any_case

from async_sim import tick
from async_sim.engines import ENGINES, load_engine, why_not
from async_sim.tick_memory import finest_tick_ps

REFERENCE_EVERY = 20  # the reference is slow


def disagreements(seed: int, engines: Iterable[str]) -> list[str]:
    """Where the engines differ from the compiled one on the case of a seed."""
    network, packets = any_case(seed)
    expected = load_engine("compiled")(network, packets)
    found = []
    for name in engines:
        if name == "tick":
            result = tick.simulate(network, packets, finest_tick_ps(network, packets))
        elif name == "reference":
            result = noc_reference.simulate(network, packets, np.random.default_rng(seed))
        else:
            result = load_engine(name)(network, packets)
        found += [f"{name}: {one}" for one in result.differences(expected)]
    return found


def built() -> list[str]:
    """Engines to be compared with the compiled one."""
    others = [name for name in ENGINES if name != "compiled"]
    return [name for name in others if name == "tick" or why_not(name, *any_case(0)) is None]


def main(n: int, first: int = 0) -> int:
    """Compare ``n`` cases."""
    engines = built()
    for seed in track(range(first, first + n), f"compiled against {', '.join(engines)}"):
        also = ["reference"] if seed % REFERENCE_EVERY == 0 else []
        found = disagreements(seed, engines + also)
        if found:
            print(f"seed {seed} differs: {any_case(seed)[0]}")
            print("\n".join(found))
            return 1
    print(f"{n} random networks, seeds from {first}: no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
