"""The weights that a run kept of its most accurate designs, and which designs those are.

A folder ``weights`` holds a file per design, named by the design, and an index: the designs by
falling accuracy. Needs no torch: it knows where weights are, not what is in them.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.fields import fits
from configs.whole_file import replace_text
from envs.design import Design
from envs.evaluation import Evaluation, Metrics
from envs.space import Choices
from envs.store import digest

FOLDER = "weights"
INDEX = "index.json"
NAME_LENGTH = 16


class KeptWeightsError(ValueError):
    """Weights that are not where they should be; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A design whose weights a run kept.

    Attributes:
        build: What the design depends on besides its choices: the images and the classes.
    """

    choices: Choices
    metrics: Metrics
    build: dict[str, Any]
    path: Path


def weight_file(folder: Path, design: Design) -> Path:
    """Where the weights of a design lie, or are to be written."""
    return folder / f"{digest(design.to_json())[:NAME_LENGTH]}.pt"


def fingerprint(path: Path) -> str:
    """Digest of a file of weights, or of the index of a folder of them."""
    file = path / INDEX if path.is_dir() else path
    return hashlib.sha256(file.read_bytes()).hexdigest()


def most_accurate(evaluations: Iterable[Evaluation], n: int) -> list[Evaluation]:
    """The ``n`` best feasible designs by accuracy; of equal ones those that come first."""
    feasible = [one for one in evaluations if one.infeasible is None]
    return sorted(feasible, key=lambda one: -one.metrics["accuracy"])[:n]


def write_index(
    folder: Path, build: Callable[[Choices], Design], best: Iterable[Evaluation]
) -> None:
    """Write which designs are kept, the most accurate first, whole or not at all."""
    entries = [
        {
            "file": weight_file(folder, build(one.choices)).name,
            "choices": dict(one.choices),
            "metrics": dict(one.metrics),
        }
        for one in best
    ]
    content = {"build": getattr(build, "context", {}), "designs": entries}
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / INDEX, json.dumps(content, indent=2) + "\n")


def kept_weights(run: Path) -> list[Kept]:
    """What a run kept, the most accurate first.

    Raises:
        KeptWeightsError: If it kept nothing, or its index cannot be read.
    """
    path = run / FOLDER / INDEX
    if not path.is_file():
        raise KeptWeightsError(
            f"{run} kept no weights (there is no {path}); a run keeps them with "
            "experiment=pnas or env.keep_weights=N"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        build = dict(content["build"])
        return [
            Kept(_choices(one), _metrics(one), build, path.parent / _checked(one["file"]))
            for one in content["designs"]
        ]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise KeptWeightsError(f"{path} cannot be read: {error!r}") from error


def _choices(one: dict[str, Any]) -> Choices:
    """The choices of a design.

    Raises:
        ValueError: If one of them is neither a number nor a name.
    """
    found = dict(one["choices"])
    if not all(isinstance(value, str) or fits(value, float) for value in found.values()):
        raise ValueError("choices are damaged")
    return found


def _metrics(one: dict[str, Any]) -> Metrics:
    """What was measured of a design.

    Raises:
        ValueError: If one of them is no number, or the accuracy is missing.
    """
    found = dict(one["metrics"])
    if "accuracy" not in found or not all(fits(value, float) for value in found.values()):
        raise ValueError("metrics are damaged")
    return found


def _checked(name: str) -> str:
    """The name of a file of the folder itself.

    Raises:
        ValueError: If it is that of anything else.
    """
    if name in ("", "..") or name != Path(name).name or not name.isprintable():
        raise ValueError(f"{name!r} is no file of weights")
    return name


def kept_at(run: Path, rank: int) -> Kept:
    """The design of a rank, 1 being the most accurate.

    Raises:
        KeptWeightsError: If there are not so many, or its weights are gone.
    """
    found = kept_weights(run)
    if rank > len(found):
        raise KeptWeightsError(f"{run} kept the weights of {len(found)} designs, not of {rank}")
    if not found[rank - 1].path.is_file():
        raise KeptWeightsError(f"{found[rank - 1].path} is missing")
    return found[rank - 1]
