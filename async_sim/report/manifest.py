"""The manifest of a run: what was simulated and what came of it, as hashes, to be held to later."""

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from async_sim.mesh import Mesh
from async_sim.network import Network
from async_sim.packets import Packets
from async_sim.report.options import Options, parse, prepared
from async_sim.result import Result
from async_sim.steps import Run
from async_sim.timing import LONGEST_PS, RouterTiming, StageTiming
from async_sim.workloads import Workload
from configs.mistakes import shown

FORMAT = 1
ENGINE_VERSION = 1  # rises whenever an engine gives another result for the same network and packets
PACKAGES = ("numpy", "numba")
CHANGES_NOTHING = ("out", "trace", "trace_steps", "threads")  # keys of a run that no result sees


class ManifestError(ValueError):
    """A manifest that cannot be used; the message is one line."""


@dataclass(frozen=True)
class Manifest:
    """What a run's ``manifest.json`` holds.

    Attributes:
        arguments: Of `python -m async_sim.run`, which the workload is built from again.
        network: What was simulated, in full: independent of today's files in ``configs``.
        traffic: SHA-256 of the packets of each time step.
        steps: Length in ps of each, and SHA-256 of each array of its `Result`.
    """

    arguments: tuple[str, ...]
    engine: str
    network: Network
    traffic: tuple[str, ...]
    steps: tuple[dict[str, Any], ...]

    def workload(self, path: str | None = None) -> Workload:
        """Build or read the workload again.

        Args:
            path: Where its file lies now, if elsewhere than at the run.

        Raises:
            UsageError: If it cannot be read, or does not fit.
        """
        changed = (f"workload={path}",) if path else ()
        kept = [one for one in self.arguments if not (path and one.startswith("workload="))]
        return prepared(parse((*kept, *changed)))[1]


def manifest_of(run: Run, options: Options, arguments: Sequence[str]) -> dict[str, Any]:
    """A manifest as plain data.

    Args:
        arguments: The command line of the run.
    """
    network = asdict(run.network)
    kept = [one for one in arguments if one.partition("=")[0] not in CHANGES_NOTHING]
    lengths = zip(run.results, run.step_ps.tolist(), strict=True)
    return {
        "format": FORMAT,
        "engine_version": ENGINE_VERSION,
        "engine": options.engine,
        "arguments": kept,
        "network": network,
        "network_sha256": hash_of(network),
        "traffic_sha256": [traffic_hash(packets) for packets in run.packets],
        "steps": [step_hashes(result, step_ps) for result, step_ps in lengths],
        "made_with": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
    }


def hash_of(data: object) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def traffic_hash(packets: Packets) -> str:
    """SHA-256 of packets: all that is sent, and when."""
    whole = hashlib.sha256()
    for one in fields(packets):
        if getattr(packets, one.name) is None:  # no multicast groups
            continue
        values = np.asarray(getattr(packets, one.name))
        whole.update(f"{one.name} {values.shape};".encode())
        whole.update(np.ascontiguousarray(values, "<i8").tobytes())
    return whole.hexdigest()


def step_hashes(result: Result, step_ps: int) -> dict[str, Any]:
    """Length of a step, and SHA-256 of each array of its result."""
    hashes = {
        one.name: hashlib.sha256(
            np.ascontiguousarray(getattr(result, one.name), "<i8").tobytes()
        ).hexdigest()
        for one in fields(result)
        if one.name != "end_ps"
    }
    return {"step_ps": int(step_ps), "end_ps": int(result.end_ps), "sha256": hashes}


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ManifestError: If it is missing, damaged or of another version.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        return _checked(content)
    except OSError as error:
        told = (error.strerror or "cannot be read").lower()
        raise ManifestError(f"{path}: {told}") from error
    except KeyError as error:
        raise ManifestError(f"{path}: is damaged: '{error.args[0]}' is missing") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(f"{path}: is no JSON file, or a damaged one") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ManifestError(f"{path}: {error}") from error


def _checked(content: Any) -> Manifest:  # noqa: ANN401 (whatever the file holds)
    if not isinstance(content, dict) or "format" not in content:
        raise ValueError("is no manifest of a run")
    for name, ours in (("format", FORMAT), ("engine_version", ENGINE_VERSION)):
        if content[name] != ours:
            raise ValueError(f"its {name} is {shown(content[name])}, ours is {ours}")
    if hash_of(content["network"]) != content["network_sha256"]:
        raise ValueError("is damaged: its network is not that of its network_sha256")
    _check_lists(content)
    return Manifest(
        tuple(str(one) for one in content["arguments"]),
        str(content["engine"]),
        _network(content["network"]),
        tuple(content["traffic_sha256"]),
        tuple(content["steps"]),
    )


def _check_lists(content: dict[str, Any]) -> None:
    for name in ("arguments", "steps", "traffic_sha256"):
        if not isinstance(content[name], list):
            raise TypeError(f"is damaged: {name} needs a list, got {shown(content[name])}")
    n_steps, n_hashes = len(content["steps"]), len(content["traffic_sha256"])
    if n_steps != n_hashes:
        raise ValueError(f"is damaged: {n_steps} steps, but traffic of {n_hashes}")
    for step in content["steps"]:
        if not (isinstance(step, dict) and isinstance(step["sha256"], dict)):
            raise TypeError(f"is damaged: a step needs an object, got {shown(step)}")


def flat(data: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested keys as ``timing.sink.forward_ps``."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = before + key
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def _network(data: dict[str, Any]) -> Network:
    for name, value in flat(data).items():
        if isinstance(value, float) or (isinstance(value, int) and value > LONGEST_PS):
            raise ValueError(
                f"network.{name} needs a whole number up to {LONGEST_PS}, got {shown(value)}"
            )
    timing = {name: StageTiming(**stage) for name, stage in data["timing"].items()}
    rest = {"mesh": Mesh(**data["mesh"]), "timing": RouterTiming(**timing)}
    return Network(**data | rest)
