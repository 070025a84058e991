"""The network that a run has trained, for other programs: ``python -m agents.export RUN_DIR``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from agents.exits import exit_code
from agents.finished import is_of_cells
from agents.saying import say
from agents.usage import UsageError
from configs.arguments import Parser
from envs.dataset_settings import DatasetSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.export",
        description="Writes the network that a run of env=neuronas has trained as a graph of the "
        "Neuromorphic Intermediate Representation (NIR), its weights rounded as they were tested. "
        "Needs the extra: pip install 'coexplore[nir]'.",
    )
    parser.add_argument("run_dir", type=Path, help="a finished run of agents.train env=neuronas")
    parser.add_argument("--out", type=Path, help="the file to write (default RUN_DIR/final.nir)")
    return exit_code(lambda: _run(parser.parse_args(arguments)))


def _run(chosen: Namespace) -> int:
    if find_spec("nir") is None:
        raise UsageError("the package nir is missing; pip install 'coexplore[nir]'")
    if not is_of_cells(chosen.run_dir):
        raise UsageError(f"{chosen.run_dir}: is no run of env=neuronas; NIR has spiking networks")
    out = chosen.run_dir / "final.nir" if chosen.out is None else chosen.out
    _check_place(out)
    _write(chosen.run_dir, out)
    return 0


def _check_place(out: Path) -> None:
    if out.is_dir():
        raise UsageError(f"--out: {out} is a directory; name a file in it")
    if not out.parent.is_dir():
        raise UsageError(f"--out: there is no directory {out.parent}")
    _unfinished(out).touch()  # before anything is read, and with a plainer error than HDF5's
    _unfinished(out).unlink()


def _unfinished(out: Path) -> Path:
    """What is written first, so that the file is there whole or not at all."""
    return out.with_name(out.name + ".new")


def _write(run_dir: Path, out: Path) -> None:
    from agents.trained_run import trained_run  # noqa: PLC0415 (loads torch)
    from snn.nir_export import TIME_STEP_S, write_nir  # noqa: PLC0415

    found = trained_run(run_dir)
    try:
        write_nir(found.rounded_(), _unfinished(out))
    except ValueError as error:
        raise UsageError(f"{run_dir}: {error}") from error
    except OSError as error:
        _unfinished(out).unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(out)) from error
    _unfinished(out).replace(out)
    macro = found.module.network.macro
    say(
        Console(),
        f"wrote {out}\n"
        f"input ({macro.in_channels}, {macro.in_side}, {macro.in_side}) in each of "
        f"{macro.timesteps} time steps of {TIME_STEP_S:g} s, {_scale(found.job.dataset)}; the mean "
        f"output over time is the {macro.n_classes} logits",
    )


def _scale(dataset: DatasetSettings) -> str:
    """What the network was trained on, said of one pixel."""
    scale = getattr(dataset, "normalization", None)
    if scale is None:
        return f"as dataset={dataset.name} has it"
    return f"(pixel / 255 - mean) / deviation with mean {scale.mean}, deviation {scale.deviation}"


if __name__ == "__main__":
    sys.exit(main())
