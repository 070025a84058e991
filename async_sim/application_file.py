"""Files of applications: what is read is checked, and refused in one line."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from async_sim.array_files import facts_of, integers, read_arrays
from async_sim.connections import Connection, Kind
from async_sim.timing import LONGEST_PS
from async_sim.workloads import MOST_STEPS, written_to
from configs.mistakes import validated
from snn.spikes import SpikeTrace

MOST_NEURONS = 10_000_000
Count = Annotated[int, Field(ge=1, le=MOST_NEURONS)]
Time = Annotated[int, Field(ge=0, le=LONGEST_PS)]


class ApplicationError(ValueError):
    """A file that holds no application; the message is one line."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Connection(_Model):
    kind: Kind
    shape: Annotated[list[Count], Field(min_length=3, max_length=3)]
    channels: Count
    kernel: Count
    padding: Annotated[int, Field(ge=0, le=MOST_NEURONS)]
    stride: Count

    def made(self) -> Connection:
        height, width, channels = self.shape
        rest = self.model_dump(exclude={"shape"})
        return Connection(shape=(height, width, channels), **rest)


class _Link(_Model):
    source: Annotated[int, Field(ge=0)]
    target: Annotated[int, Field(ge=0)]
    connection: _Connection


class _Facts(_Model):
    """What lies beside the spikes."""

    name: str
    layer_names: list[str]
    layer_sizes: Annotated[list[Count], Field(min_length=1)]
    links: list[_Link]
    n_timesteps: Annotated[int, Field(ge=1, le=MOST_STEPS)]
    n_samples: Count
    update_ps: Time
    decode_ps: Time
    synapse_ps: Time
    weight_bits: Annotated[int, Field(ge=1, le=64)]


Link = tuple[int, int, Connection]


def write_application(
    path: Path, facts: dict[str, Any], links: list[Link], trace: SpikeTrace
) -> Path:
    """Write an application as an .npz file.

    Returns:
        The file's path, which ends in ``.npz``.
    """
    path = written_to(path)
    facts = facts | {
        "layer_sizes": list(trace.layer_sizes),
        "n_timesteps": trace.n_timesteps,
        "links": [_plain(*link) for link in links],
    }
    np.savez_compressed(path, meta=json.dumps(facts), timestep=trace.timestep, neuron=trace.neuron)
    return path


def read_application(path: Path) -> tuple[dict[str, Any], list[Link], SpikeTrace]:
    """The facts, links and spikes of a file.

    Raises:
        ValueError: If it holds no application; NumPy, zlib and others raise theirs.
    """
    arrays = read_arrays(path)
    found = validated(_Facts, facts_of(arrays["meta"]))
    if sum(found.layer_sizes) > MOST_NEURONS:
        raise ValueError(f"{sum(found.layer_sizes)} neurons are more than {MOST_NEURONS}")
    links = [(link.source, link.target, link.connection.made()) for link in found.links]
    timestep, neuron = (integers(arrays, name, 1) for name in ("timestep", "neuron"))
    trace = SpikeTrace(tuple(found.layer_sizes), found.n_timesteps, timestep, neuron)
    facts = found.model_dump(exclude={"links", "layer_sizes", "n_timesteps"})
    return facts | {"layer_names": tuple(found.layer_names)}, links, trace


def _plain(source: int, target: int, connection: Connection) -> dict[str, Any]:
    names = ("kind", "shape", "channels", "kernel", "padding", "stride")
    found = {name: getattr(connection, name) for name in names}
    return {"source": source, "target": target, "connection": found}
