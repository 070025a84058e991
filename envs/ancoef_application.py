"""The application that hardware is searched for, by name or from a file, and its fingerprint."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from async_sim.application import Application
from configs import catalog

SUFFIX = ".npz"


def check_source(source: str) -> str:
    """Refuse what is neither a workload's name nor the path of a file of recorded spikes.

    Raises:
        UnknownNameError: With the nearest name.
    """
    if not source.endswith(SUFFIX) and source not in catalog.names("workload"):
        raise catalog.UnknownNameError("workload", source, catalog.names("workload"))
    return source


def application_of(source: str) -> Application:
    """Load an application once, however often it is asked for.

    Raises:
        ValueError: In one line: if there is no such file, it cannot be read, or no neuron of it
            ever fires.
    """
    check_source(source)
    if not source.endswith(SUFFIX):
        return _of_workload(source)
    path = Path(source)
    if not path.is_file():
        raise ValueError(f"env.application: there is no file {source}")
    return _of_file(source, path.stat().st_mtime_ns)


@cache
def _of_workload(name: str) -> Application:
    return Application.of_workload(name)


@lru_cache(maxsize=8)
def _of_file(source: str, _changed_ns: int) -> Application:
    return Application.load(Path(source))


def fingerprint(application: Application) -> str:
    """SHA-256 of all that an application says, in hexadecimal."""
    return hashlib.sha256(b"".join(_parts(application))).hexdigest()


def _parts(application: Application) -> Iterator[bytes]:
    trace = application.trace
    plain = {
        "sizes": list(application.layer_sizes),
        "links": [[one.source, one.target, asdict(one.connection)] for one in application.links],
        "n_samples": application.n_samples,
        "n_timesteps": trace.n_timesteps,
        "times_ps": [application.update_ps, application.decode_ps, application.synapse_ps],
        "weight_bits": application.weight_bits,
    }
    yield json.dumps(plain, sort_keys=True).encode()
    for one in (trace.timestep, trace.neuron):
        yield np.ascontiguousarray(one, np.int64).tobytes()
