"""Golden cases and random configurations of the network-on-chip."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from async_sim.mesh import Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Packets
from async_sim.result import Result
from async_sim.routing import ROUTINGS
from async_sim.timing import RouterTiming, StageTiming

HERE = Path(__file__).parent / "golden" / "noc"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "noc" / "goldens"  # beside the project
NAMES = (
    "h00_zero_load",
    "h01_single_flow",
    "h03_slow_sink",
    "h10_uniform8_rr",
    "h12_uniform8_age",
    "h22_hotspot6_age",
    "h41_depth1",
)


def golden_file(name: str) -> Path | None:
    """Where a golden case lies; None if this machine does not have it."""
    files = [folder / f"{name}.npz" for folder in (HERE, SHARED)]
    return next((file for file in files if file.exists()), None)


def golden_case(file: Path) -> tuple[Network, Packets, Result]:
    """What is simulated, and what must come of it."""
    case = np.load(file)
    meta = json.loads(str(case["meta"]))
    names = ("src", "dst", "vc", "release_ps", "fanout")
    result = Result(
        case["t_inj_ps"],
        case["t_del_ps"],
        case["fires"],
        case["wait_ps"],
        case["max_occ"],
        meta["t_end"],
    )
    return _golden_network(meta), Packets(*(case[name] for name in names)), result


def _golden_network(meta: dict[str, Any]) -> Network:
    params = meta["params"]
    return Network(
        Mesh(meta["W"], meta["H"]),
        meta["V"],
        params["depth"],
        params["depth_pe"],
        list(ARBITRATIONS)[params["arb"]],
        list(ROUTINGS)[params["route"]],
        params["t_dec"],
        params["t_syn"],
        timing=RouterTiming(*(StageTiming(*params[k]) for k in ("iu", "sa", "ou", "src", "sink"))),
    )


def random_case(seed: int) -> tuple[Network, Packets]:
    """Any small network under any load."""
    random = np.random.default_rng(seed)
    network = _random_network(random)
    n_packets, n_nodes = int(random.integers(0, 200)), network.mesh.n_nodes
    spread_ps = int(random.choice([1, 2_000, 100_000, 2_000_000]))
    source = random.integers(0, n_nodes, n_packets)
    release_ps = random.integers(0, spread_ps, n_packets)
    order = np.lexsort((release_ps, source))
    return network, Packets(
        source[order],
        random.integers(0, max(1, n_nodes // int(random.integers(1, 4))), n_packets),
        random.integers(0, network.n_channels, n_packets),
        release_ps[order],
        random.integers(0, 20, n_packets),
    )


def _random_network(random: np.random.Generator) -> Network:
    longest_ps = int(random.choice([3, 100, 5_000]))

    def stage() -> StageTiming:
        forward_ps, backward_ps = random.integers(1, longest_ps, 2).tolist()
        return StageTiming(forward_ps, backward_ps)

    return Network(
        Mesh(*random.integers(1, 5, 2).tolist()),
        int(random.integers(1, 9)),
        int(random.integers(1, 10)),
        int(random.integers(1, 10)),
        str(random.choice(list(ARBITRATIONS))),
        str(random.choice(list(ROUTINGS))),
        int(random.choice([0, 1, 7_777])),
        int(random.choice([0, 333])),
        int(random.choice([0, 1, 1_234])),
        RouterTiming(*(stage() for _ in range(5))),
    )
