"""Arguments of `python -m snn.describe`, checked."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from configs import catalog
from snn.cell_network import MOST_CELLS, CellNetwork
from snn.cells import Cell
from snn.macro import Macro
from snn.operation import operation_set

NUMBERS = tuple(one.name for one in fields(Macro) if one.type in {int, "int"})
OWN = ("ops", "macro", "cells", "weight_bits", "out")
LARGEST = 10**6
USUAL_CELLS = 2
WIDEST_WORD = 64  # that a weight may be stored in


class UsageError(ValueError):
    """What was typed cannot be done; the message is one line."""


@dataclass(frozen=True)
class Options:
    """What to describe, and where to draw it."""

    network: CellNetwork
    weight_bits: int
    out: Path


def parse(arguments: Sequence[str]) -> Options:
    """Read the arguments: cells first or last, keys anywhere.

    Raises:
        UsageError: With the first mistake.
    """
    settings = dict(_pair(argument) for argument in arguments if "=" in argument)
    typed = [argument for argument in arguments if "=" not in argument]
    names = settings.pop("ops", "neuronas")
    try:
        operation_set(names)
        if not typed:
            raise UsageError("needs a cell, such as 1,0,0,1,0,1, or an id of SpikeNAS-Bench")
        cells = [_cell(text, names) for text in typed]
        n_cells = whole("cells", settings.pop("cells", str(max(len(cells), USUAL_CELLS))))
        weight_bits = whole("weight_bits", settings.pop("weight_bits", "8"), WIDEST_WORD)
        out = Path(settings.pop("out", "."))
        name = settings.pop("macro", "cifar10")
        macro = Macro.preset(name, **{key: whole(key, text) for key, text in settings.items()})
        network = CellNetwork(_as_many(cells, n_cells), macro)
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Options(network, weight_bits, out)


def _pair(argument: str) -> tuple[str, str]:
    key, _, value = argument.partition("=")
    if key not in (*OWN, *NUMBERS):
        raise UsageError(f"{key}: no such key; {catalog.suggestion(key, (*OWN, *NUMBERS))}")
    return key, value


def place_of(out: Path, name: str) -> Path:
    """Make the directory of a picture, and see that the picture can be written there.

    Args:
        out: The picture itself if it ends in ``.png`` and is no directory, else its directory.
        name: Of the picture in a directory.

    Raises:
        OSError: If it cannot.
    """
    picture = out if out.suffix.lower() == ".png" and not out.is_dir() else out / name
    picture.parent.mkdir(parents=True, exist_ok=True)
    is_new = not picture.exists()
    picture.open("ab").close()
    if is_new:
        picture.unlink()
    return picture


def whole(key: str, text: str, largest: int = LARGEST) -> int:
    """Read a whole number from 1 on.

    Raises:
        UsageError: If it is none, or too large.
    """
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:20]) <= largest):
        raise UsageError(f"{key}: needs a whole number from 1 to {largest}, got '{text[:40]}'")
    return int(text)


def _cell(text: str, names: str) -> Cell:
    """Read `1,0,0,1,0,1`, or with feedback `1,0,0,1,0,1/0,2,0,0,0,0`, or an id."""
    parts = [[_code(text, code) for code in part.split(",")] for part in text.split("/")]
    if len(parts) == 1 and len(parts[0]) == 1:
        return Cell.of_bench(parts[0][0])
    if len(parts) > 2:  # noqa: PLR2004 (forward and backward)
        raise UsageError(f"'{text}': one slash parts forward from backward codes")
    try:
        return Cell.of(parts[0], names, *parts[1:])
    except ValueError as error:
        raise UsageError(f"'{text}': {error}") from error


def _code(text: str, code: str) -> int:
    if not (code.strip().isascii() and code.strip().isdecimal() and len(code) < len(str(LARGEST))):
        raise UsageError(
            f"'{text}': a cell is six codes with commas, such as 1,0,0,1,0,1, or one id of "
            "SpikeNAS-Bench"
        )
    return int(code)


def _as_many(cells: list[Cell], n_cells: int) -> tuple[Cell, ...]:
    """Let one cell stand for all; else there must be as many as the network has."""
    if n_cells > MOST_CELLS:
        raise UsageError(f"cells: a network has 1 to {MOST_CELLS}, got {n_cells}")
    if len(cells) == 1:
        return tuple(cells * n_cells)
    if len(cells) != n_cells:
        raise UsageError(f"cells: {n_cells}, but {len(cells)} are given")
    return tuple(cells)
