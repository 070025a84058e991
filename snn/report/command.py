"""`python -m snn.describe`."""

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from configs import catalog
from snn.operation import operation_set
from snn.report.options import NUMBERS, Options, UsageError, parse, place_of
from snn.report.tables import facts, facts_table, layers_table

OK, USAGE = 0, 2
HELP = """\
usage: python -m snn.describe CELL [CELL ...] [key=value ...]

Prints the parameters and multiply-accumulates (MACs) of a network of one to three cells, layer by
layer, and draws the cells.

  CELL                  codes c01,c02,c03,c12,c13,c23 such as 1,0,0,1,0,1; with feedback
                        c01,...,c23/c10,...,c32; or an id of SpikeNAS-Bench, 0 to 15624.
                        One cell stands for all of the network's.
  ops=neuronas          what the codes mean:
{sets}
  cells=2               1, 2 or 3; by default as many as are given, but 2 for one
  macro=cifar10         the frame:
                        {macros}
  channels=128          or any other number of the frame:
                        {numbers}
  weight_bits=8         of the memory
  out=.                 the folder where cells.png is drawn, or the picture: NAME.png
"""


def describe_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    if {"-h", "--help"} & set(arguments):
        sys.stdout.write(_help())
        return OK
    try:
        options = parse(arguments)
        picture = place_of(options.out, "cells.png")
        _print(options)
        _draw(options, picture)
    except UsageError as error:
        sys.stderr.write(f"python -m snn.describe: {error}\n")
        return USAGE
    except OSError as error:
        told = (error.strerror or "not writable").lower()
        sys.stderr.write(
            f"python -m snn.describe: {error.filename}: {told}; out=DIR draws elsewhere\n"
        )
        return USAGE
    return OK


def _help() -> str:
    sets = [
        f"    {name:<18}  {', '.join(f'{i} {one}' for i, one in enumerate(operation_set(name)))}"
        for name in catalog.names("operation_set")
    ]
    return HELP.format(
        sets="\n".join(sets),
        macros=textwrap.fill(", ".join(catalog.names("macro")), 70, subsequent_indent=24 * " "),
        numbers="\n                        ".join(
            textwrap.wrap(", ".join(name for name in NUMBERS if name != "channels"), 70)
        ),
    )


def _print(options: Options) -> None:
    console = Console()
    console.print(layers_table(options.network))
    console.print(facts_table(facts(options.network, options.weight_bits)))


def _draw(options: Options, picture: Path) -> None:
    from snn.report.plots import plot_cells  # noqa: PLC0415 (matplotlib takes half a second)

    plot_cells(picture, options.network)
    Console(soft_wrap=True).print(f"wrote {picture}", markup=False, highlight=False)
