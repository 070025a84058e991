"""Arguments of `python -m snn.correlate`, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from configs import catalog
from snn.bench_table import DATASETS, SAMPLES
from snn.report.options import UsageError, whole
from snn.score import load_score, scores

KEYS = ("scores", "sample", "n", "mode", "dataset", "seed", "draws", "out")
MOST_CELLS, MOST_DRAWS, MOST_SEED = 15625, 100_000, 2**31
DEFAULTS = {"sample": "stratified", "n": "200", "mode": "fast", "dataset": DATASETS[0]} | {
    "seed": "2026", "draws": "1000", "out": "."
}  # fmt: skip


@dataclass(frozen=True)
class CorrelateOptions:
    """What to correlate with what."""

    table: Path
    scores: tuple[str, ...]
    sample: str
    n: int
    mode: str
    dataset: str
    seed: int
    draws: int
    out: Path


def parse_correlate(arguments: Sequence[str]) -> CorrelateOptions:
    """Read the arguments.

    Raises:
        UsageError: With the first mistake.
    """
    given = dict(_pair(argument) for argument in arguments if "=" in argument)
    tables = [argument for argument in arguments if "=" not in argument]
    if len(tables) != 1:
        raise UsageError(f"needs one table, the first argument; got {len(tables)}")
    settings = DEFAULTS | {"scores": ",".join(scores())} | given
    try:
        names = tuple(dict.fromkeys(settings["scores"].split(",")))
        for name in names:
            load_score(name)
        _check_known("sample", settings["sample"], SAMPLES)
        _check_known("mode", settings["mode"], catalog.names("scoring"))
        _check_known("dataset", settings["dataset"], DATASETS)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return _options(Path(tables[0]), names, settings)


def _options(table: Path, names: tuple[str, ...], settings: Mapping[str, str]) -> CorrelateOptions:
    return CorrelateOptions(
        table,
        names,
        settings["sample"],
        whole("n", settings["n"], MOST_CELLS),
        settings["mode"],
        settings["dataset"],
        whole("seed", settings["seed"], MOST_SEED),
        whole("draws", settings["draws"], MOST_DRAWS),
        Path(settings["out"]),
    )


def _pair(argument: str) -> tuple[str, str]:
    key, _, value = argument.partition("=")
    _check_known("key", key, KEYS)
    return key, value


def _check_known(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UsageError(f"no {kind} called '{name}'; {catalog.suggestion(name, known)}")
