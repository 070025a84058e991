"""Fires of all time steps of a run in an ``.npz`` file."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from async_sim.events import Events
from async_sim.mesh import N_CONTROLLERS, Mesh

FORMAT = 1


class EventFileError(ValueError):
    """A file that holds no fires; the message is one line."""


def write_events(path: Path, mesh: Mesh, steps: Sequence[Events]) -> None:
    """Write the fires of each step: the arrays of `Events`, and the step of each fire."""
    arrays = {
        one.name: np.concatenate([getattr(events, one.name) for events in steps])
        for one in fields(Events)
    }
    arrays["step"] = np.repeat(np.arange(len(steps)), [len(events) for events in steps])
    meta = {"format": FORMAT, "W": mesh.width, "H": mesh.height, "n_steps": len(steps)}
    np.savez_compressed(path, meta=json.dumps(meta), **arrays)  # type: ignore[arg-type]


def read_events(path: Path) -> tuple[Mesh, list[Events]]:
    """Read them.

    Raises:
        EventFileError: If the file is missing, damaged or of another version.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _checked(json.loads(str(arrays["meta"])), arrays)
    except OSError as error:
        raise EventFileError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except KeyError as error:
        raise EventFileError(f"{path}: '{error.args[0]}' is missing") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, AttributeError) as error:
        raise EventFileError(f"{path}: is not an .npz file, or a damaged one") from error
    except (ValueError, TypeError) as error:
        told = "needs an .npz file" if "pickle" in str(error) else str(error).splitlines()[0]
        raise EventFileError(f"{path}: holds no fires: {told}") from error


def _checked(
    meta: dict[str, int], arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]
) -> tuple[Mesh, list[Events]]:
    if meta["format"] != FORMAT:
        raise ValueError(f"format {meta['format']} instead of {FORMAT}")
    mesh, step = Mesh(meta["W"], meta["H"]), arrays["step"]
    columns = [arrays[one.name] for one in fields(Events)]
    for column in (step, *columns):
        if column.dtype != np.int64 or column.shape != (len(step),):
            raise ValueError("its arrays need whole numbers, as many in each")
    last = mesh.n_nodes * N_CONTROLLERS
    if len(step) and not (0 <= columns[0].min() <= columns[0].max() < last):
        raise ValueError("a controller is not in the mesh")
    if len(step) and not (0 <= step.min() <= step.max() < meta["n_steps"]):
        raise ValueError("a fire is in none of its time steps")
    order = np.argsort(step, kind="stable")
    cuts = np.searchsorted(step[order], np.arange(1, meta["n_steps"]))
    parts = [np.split(column[order], cuts) for column in columns]
    return mesh, [Events(*some) for some in zip(*parts, strict=True)]
