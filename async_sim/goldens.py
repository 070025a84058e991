"""Golden cases: what goes into a simulation and exactly what must come out, as an ``.npz``."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from async_sim.array_files import facts_of, integers, read_arrays, told_of, whole
from async_sim.mesh import N_CONTROLLERS, N_PORTS, Mesh
from async_sim.network import ARBITRATIONS, Network
from async_sim.packets import Integers, Packets
from async_sim.result import Result, n_stashes
from async_sim.routing import ROUTINGS
from async_sim.timing import RouterTiming, StageTiming

INPUTS = ("src", "dst", "vc", "release_ps", "fanout")
STAGES = {
    "input_unit": "iu",
    "switch_allocator": "sa",
    "output_unit": "ou",
    "source": "src",
    "sink": "sink",
}


class GoldenFileError(ValueError):
    """A file that holds no golden case; the message is one line."""


@dataclass(frozen=True)
class Golden:
    """A case; ``expected`` maps the names of the file's arrays and figures to their values."""

    name: str
    network: Network
    packets: Packets
    expected: Mapping[str, Integers | int | str]


def read_golden(path: Path) -> Golden:
    """Read a case.

    Raises:
        GoldenFileError: If it cannot be read, or its arrays do not fit together.
    """
    with told_of(path, GoldenFileError):
        arrays = read_arrays(path)
        meta = _meta(arrays["meta"])
        network = _network(meta)
        packets = Packets(*(integers(arrays, name, 1) for name in INPUTS))
        packets.check(network.mesh, network.n_channels)
        expected = _expected(arrays, meta, network, len(packets))
    return Golden(str(meta.get("name", path.stem)), network, packets, expected)


def differences(expected: Mapping[str, Integers | int | str], result: Result) -> list[str]:
    """Say of each array that differs where it does so first."""
    delivered = np.ascontiguousarray(result.delivered_ps, "<i8").tobytes()
    found: dict[str, Integers | int | str] = {
        "t_inj_ps": result.injected_ps,
        "t_del_ps": result.delivered_ps,
        "fires": result.fires,
        "wait_ps": result.wait_ps,
        "link_flits": result.link_flits,
        "max_occ": result.max_occupancy,
        "t_end": result.end_ps,
        "sha_t_del": hashlib.sha256(delivered).hexdigest(),
    }
    return [
        f"{name}{where}" for name in found if (where := _difference(found[name], expected[name]))
    ]


def _difference(found: Any, expected: Any) -> str:  # noqa: ANN401 (arrays and figures alike)
    if not isinstance(found, np.ndarray):
        return "" if found == expected else f": {found} instead of {expected}"
    if found.shape != expected.shape:
        return f": shape {found.shape} instead of {expected.shape}"
    wrong = np.argwhere(found != expected)
    if not len(wrong):
        return ""
    first = tuple(int(i) for i in wrong[0])
    return f"{list(first)}: {found[first]} instead of {expected[first]}"


def _meta(text: NDArray[Any]) -> dict[str, Any]:
    meta = facts_of(text)
    if not isinstance(meta["params"], dict):
        raise TypeError("'meta' needs a JSON object with an object 'params'")
    return meta


def _network(meta: dict[str, Any]) -> Network:
    params = meta["params"]
    stages = {name: _stage(params, short) for name, short in STAGES.items()}
    return Network(
        Mesh(whole(meta, "W"), whole(meta, "H")),
        whole(meta, "V"),
        depth=whole(params, "depth"),
        sink_depth=whole(params, "depth_pe"),
        arbitration=_name(params, "arb", ARBITRATIONS),
        routing=_name(params, "route", ROUTINGS),
        decode_ps=whole(params, "t_dec"),
        synapse_ps=whole(params, "t_syn"),
        link_ps=whole({"t_link": 0, **params}, "t_link"),
        timing=RouterTiming(**stages),
    )


def _stage(params: dict[str, Any], name: str) -> StageTiming:
    value = params[name]
    if not isinstance(value, list) or len(value) != len(("forward", "backward")):
        raise ValueError(f"meta: '{name}' needs a forward and a backward latency, got {value!r}")
    try:
        return StageTiming(*value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"meta: '{name}': {error}") from None


def _name(params: dict[str, Any], key: str, names: Mapping[str, int]) -> str:
    code = whole(params, key)
    for name, number in names.items():
        if number == code:
            return name
    allowed = ", ".join(f"{number} ({name})" for name, number in names.items())
    raise ValueError(f"meta: '{key}' must be one of {allowed}, got {code}")


def _expected(
    arrays: Mapping[str, NDArray[Any]], meta: dict[str, Any], network: Network, n_packets: int
) -> dict[str, Integers | int | str]:
    n = network.mesh.n_nodes
    shapes: dict[str, tuple[int, ...]] = {
        "t_inj_ps": (n_packets,),
        "t_del_ps": (n_packets,),
        "fires": (n, N_CONTROLLERS),
        "wait_ps": (n, N_CONTROLLERS),
        "link_flits": (n, N_PORTS),
        "max_occ": (n, n_stashes(network.n_channels)),
    }
    found: dict[str, Integers | int | str] = {}
    for name, shape in shapes.items():
        values = integers(arrays, name, len(shape))
        if values.shape != shape:
            raise ValueError(f"'{name}' needs shape {shape}, got {values.shape}")
        found[name] = values
    return found | {"t_end": whole(meta, "t_end"), "sha_t_del": str(meta["sha_t_del"])}
