"""`python -m hwmodels.estimate`, `.compare`, `.optimize` and `.validate`."""

import argparse
import json
import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from configs.arguments import USAGE, Parser
from configs.catalog import UnknownNameError
from configs.mistakes import shown
from configs.whole_file import replace_text
from hwmodels import optimize
from hwmodels.chip import Estimate
from hwmodels.compiled import STORE
from hwmodels.estimate import MODELS, estimate_workload, technologies
from hwmodels.report import golden, tables
from hwmodels.report.design_file import EXAMPLE, Job, read_job
from hwmodels.report.json_file import DesignFileError, read_json
from hwmodels.report.values import shown_name
from hwmodels.rules import RULES

OK, OUT_OF_TOLERANCE = 0, 1
LARGEST_WEIGHT = 10  # beyond it, products of metrics leave the range of floats
FORMAT = """\
a design file is a JSON object with `layers`, `image_shape`, `device`, `circuit`, and, if not by
default, `weight_bits`, `activation_bits`, `timesteps`, `technology`, `model`; --example prints
one. The `summary.json` of a search will do as well: its best design is priced."""


class Formatter(argparse.HelpFormatter):
    """Wraps lines between words only: a name with hyphens stays whole."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width))


def estimate_command(arguments: Sequence[str]) -> int:
    """Price one design: tables, a picture and a JSON file."""
    parser = _parser(
        "estimate", "Area, latency, energy and leakage of a design, by component and by layer."
    )
    parser.add_argument("--model", help=f"one of {', '.join(MODELS)}")
    parser.add_argument(
        "--out", type=Path, help="directory of the .json and .png; by default the file's"
    )
    options = parser.parse_args(arguments)
    if options.example:
        return _print_example()
    job = _job(parser, options.file)
    estimate = _priced(parser, job, options.model or job.model)
    console = Console()
    is_pipelined = _is_pipelined(job, estimate.model)
    console.print(tables.chip_table(estimate, is_pipelined=is_pipelined))
    console.print(tables.parts_table(estimate), tables.layers_table(estimate))
    directory, stem = options.out or options.file.parent, options.file.stem
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in _write(directory / f"{stem}.estimate", estimate, job):
            console.print(f"wrote {path}", highlight=False, soft_wrap=True, markup=False)
    except OSError as error:
        parser.error(
            f"{directory}: {(error.strerror or 'not writable').lower()}; --out DIR writes elsewhere"
        )
    return OK


def compare_command(arguments: Sequence[str]) -> int:
    """Price one design with several models, side by side."""
    parser = _parser("compare", "One design by several models, and by how much they differ.")
    parser.add_argument("--models", default=",".join(MODELS), help=f"some of {','.join(MODELS)}")
    options = parser.parse_args(arguments)
    if options.example:
        return _print_example()
    job = _job(parser, options.file)
    names = options.models.split(",")
    for name in names:
        if name not in MODELS:
            parser.error(str(UnknownNameError("cost model", name, MODELS)))
    console, found = Console(), {}
    for name in names:
        try:
            found[name] = _estimate(job, name)
        except ValueError as error:
            console.print(f"{name}: {error}", markup=False, soft_wrap=True)
    if not found:
        return USAGE
    console.print(tables.models_table(found))
    if any(_is_pipelined(job, name) for name in found):
        console.print("The latency of a pipelined chip is the time between two images.")
    console.print("xN: ratio to the first model. " + "; ".join(f"{n}: {MODELS[n]}" for n in found))
    return OK


def optimize_command(arguments: Sequence[str]) -> int:
    """Rank every circuit of a grid for the network, bits and device of one design."""
    parser = _parser("optimize", "The best circuit for the network, bits and device of a design.")
    parser.add_argument("--model", help="one of " + ", ".join(RULES))
    parser.add_argument("--top", type=_count, default=10, help="circuits that are shown")
    for metric in optimize.METRICS:
        flag = metric.replace("_", "-")
        parser.add_argument(f"--max-{flag}", type=_bound, help="bound, in SI units")
        weight = optimize.EVENLY.get(metric, 0.0)
        parser.add_argument(
            f"--weight-{flag}", type=_weight, default=weight,
            help="exponent in the product that is to be small; default %(default)g",
        )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.example:
        return _print_example()
    job, given = _job(parser, options.file), vars(options)
    bounds = {m: given[f"max_{m}"] for m in optimize.METRICS if given[f"max_{m}"] is not None}
    STORE.announce()
    try:
        ranking = optimize.optimize_circuit(
            job.workload, job.device, optimize.circuit_grid(job.circuit), job.technology,
            options.model or job.model, at_most=bounds,
            weights={metric: given[f"weight_{metric}"] for metric in optimize.METRICS},
        )  # fmt: skip
    except ValueError as error:
        parser.error(str(error))
    Console().print(tables.ranking_table(ranking, options.top))
    return OK


def validate_command(arguments: Sequence[str]) -> int:
    """Hold the models against a file of golden cases; 1 if any is out of tolerance."""
    parser = Parser(
        "python -m hwmodels.validate",
        description="Our models against runs of the original tools: one line per case.",
    )
    parser.add_argument("file", type=Path, help="golden cases, a JSON object with a list `cases`")
    options = parser.parse_args(arguments)
    try:
        cases = read_json(options.file).get("cases")
    except DesignFileError as error:
        parser.error(str(error))
    if not isinstance(cases, list) or not cases:
        parser.error(f"{options.file}: needs a list `cases` with at least one case")
    STORE.announce()
    console = Console(soft_wrap=True, highlight=False)
    outcomes = [_validated(console, i, case) for i, case in enumerate(cases)]
    console.print(f"{outcomes.count(OK)} of {len(cases)} cases within tolerance")
    return max(outcomes)


def _validated(console: Console, i: int, case: Any) -> int:  # noqa: ANN401 (whatever the file holds)
    told = case.get("id") if isinstance(case, dict) else None
    name = f"case {i}" if told is None else shown_name(told)
    try:
        if not isinstance(case, dict):
            raise ValueError(f"needs an object, got {shown(case)}")  # noqa: TRY004 (not a type error)
        checks = golden.checks(case)
    except (ValueError, ArithmeticError) as error:
        console.print(f"BAD  {name}: {error}", markup=False)
        return USAGE
    is_out = not all(check.passes for check in checks)
    found = "  ".join(golden.told(check) for check in checks)
    family = shown_name(case["family"])
    console.print(f"{'OUT' if is_out else 'ok '}  {name}  {family}  {found}", markup=False)
    return OUT_OF_TOLERANCE if is_out else OK


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(
            f"needs a number from {least:g} to {most:g}, got {shown(text)}"
        )
    return value


def _count(text: str) -> int:
    value = _number(text, 1, 1e6)
    if not value.is_integer():
        raise argparse.ArgumentTypeError(f"needs a whole number, got {shown(text)}")
    return int(value)


def _bound(text: str) -> float:
    return _number(text, 0, 1e30)


def _weight(text: str) -> float:
    return _number(text, -LARGEST_WEIGHT, LARGEST_WEIGHT)


def _parser(name: str, description: str) -> Parser:
    parser = Parser(
        f"python -m hwmodels.{name}",
        description=description,
        epilog=FORMAT,
        formatter_class=Formatter,
    )
    parser.add_argument("file", type=Path, nargs="?", help="a design file")
    parser.add_argument("--example", action="store_true", help="print a design file and end")
    return parser


def _print_example() -> int:
    Console(soft_wrap=True, highlight=False, markup=False).print(EXAMPLE.read_text("utf-8"), end="")
    return OK


def _job(parser: Parser, path: Path | None) -> Job:
    if path is None:
        parser.error("needs a design file; --example prints one")
    try:
        return read_job(path)
    except DesignFileError as error:
        parser.error(str(error))


def _priced(parser: Parser, job: Job, model: str) -> Estimate:
    try:
        return _estimate(job, model)
    except ValueError as error:
        parser.error(str(error))


def _estimate(job: Job, model: str) -> Estimate:
    STORE.announce()
    technology = job.technology if job.technology in technologies(model) else None
    if model == job.model:
        technology = job.technology
    return estimate_workload(job.workload, job.device, job.circuit, technology, model)


def _is_pipelined(job: Job, model: str) -> bool:
    return job.circuit.is_pipelined and model in RULES


def _write(stem: Path, estimate: Estimate, job: Job) -> list[Path]:
    from hwmodels.report.plots import plot_estimate  # noqa: PLC0415 (matplotlib takes half a second)

    figures, picture = Path(f"{stem}.json"), Path(f"{stem}.png")
    text = json.dumps(asdict(estimate), indent=2, allow_nan=False)
    replace_text(figures, text + os.linesep)
    device, circuit = job.device.name, job.circuit
    title = f"{estimate.model}: {device}, {circuit.crossbar_size} x {circuit.crossbar_size}"
    is_pipelined = _is_pipelined(job, estimate.model)
    plot_estimate(picture, estimate, title, is_pipelined=is_pipelined)
    return [figures, picture]
