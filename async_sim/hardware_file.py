"""Files of designs: what a search has found, to be simulated again."""

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from async_sim.hardware import Hardware
from async_sim.mesh import LARGEST_SIDE, Mesh
from configs.mistakes import validated
from configs.whole_file import replace_text

Side = Annotated[int, Field(ge=1, le=LARGEST_SIDE)]
Number = Annotated[int, Field(ge=0, le=LARGEST_SIDE**2)]
Numbers = Annotated[list[Number], Field(min_length=1)]


class HardwareFileError(ValueError):
    """A file that holds no design; the message is one line."""


class _Design(BaseModel):
    """Fields of `async_sim.hardware.Hardware`, and what it was found for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    application: str
    mesh: Annotated[list[Side], Field(min_length=2, max_length=2)]
    neurons_per_core: Annotated[int, Field(ge=1)]
    cores: Numbers
    nodes: Numbers
    dealing: str
    arbitration: str
    routing: str
    depth: int
    n_channels: int


def write_hardware(path: Path, hardware: Hardware, application: str) -> None:
    """Write a design as JSON.

    Args:
        application: A file of ``configs/workload``, or the path of recorded spikes.
    """
    content = {"application": application, **hardware.to_json()}
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    replace_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_hardware(path: Path) -> tuple[Hardware, str]:
    """Read a design, and what application it was found for.

    Raises:
        HardwareFileError: In one line, if the file cannot be read or holds no design.
    """
    try:
        return _made(json.loads(path.read_text("utf-8")))
    except OSError as error:
        told = (error.strerror or "cannot be read").lower()
        raise HardwareFileError(f"{path}: {told}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HardwareFileError(f"{path}: is no JSON file, or a damaged one") from error
    except ValueError as error:
        raise HardwareFileError(f"{path}: {error}") from error


def _made(content: Any) -> tuple[Hardware, str]:  # noqa: ANN401 (whatever the file holds)
    if not isinstance(content, dict):
        raise ValueError("needs a JSON object")  # noqa: TRY004 (one kind of error)
    found = validated(_Design, content)
    rest = found.model_dump(exclude={"application", "mesh", "cores", "nodes"})
    mesh = Mesh(*found.mesh)
    return Hardware(mesh=mesh, cores=tuple(found.cores), nodes=tuple(found.nodes), **rest), (
        found.application
    )
