"""Estimates as tables for a terminal."""

from collections.abc import Mapping

from rich.markup import escape
from rich.table import Table

from hwmodels.chip import Circuit, Estimate
from hwmodels.optimize import Ranking

METRICS = {  # name: (title, unit, units per SI unit)
    "area_m2": ("area", "mm²", 1e6),
    "latency_s": ("latency", "ms", 1e3),
    "energy_j": ("energy", "µJ", 1e6),
    "leakage_energy_j": ("of it, leakage", "µJ", 1e6),
    "operations_per_joule": ("efficiency", "TOPS/W", 1e-12),
    "operations_per_second": ("speed", "TOPS", 1e-12),
    "n_tiles": ("tiles", "", 1),
}


LEFT_OUT = ("leakage_energy_j", "operations_per_second", "n_tiles")


def title_of(metric: str, *, is_pipelined: bool) -> str:
    """What a metric is called; a pipeline's latency is no image's own."""
    title = METRICS[metric][0]
    return f"{title} (between two images)" if is_pipelined and metric == "latency_s" else title


def chip_table(estimate: Estimate, *, is_pipelined: bool = False) -> Table:
    """Metrics of the whole chip."""
    table = Table("", estimate.model, title="chip", title_justify="left")
    for metric, (_, unit, scale) in METRICS.items():
        title = title_of(metric, is_pipelined=is_pipelined)
        table.add_row(title, f"{getattr(estimate, metric) * scale:.4g} {unit}".strip())
    return table


def models_table(estimates: Mapping[str, Estimate]) -> Table:
    """One row per model: its metrics, and their ratios to those of the first."""
    table, first = Table(), next(iter(estimates.values()))
    table.add_column("")
    shown = [metric for metric in METRICS if metric not in LEFT_OUT]
    for metric in shown:
        title, unit, _ = METRICS[metric]
        table.add_column(f"{title}\n{unit}", justify="right")
    for name, estimate in estimates.items():
        values = [(getattr(estimate, metric), getattr(first, metric)) for metric in shown]
        scales = [METRICS[metric][2] for metric in shown]
        table.add_row(
            name,
            *(
                f"{value * scale:.4g}" + (f" x{value / base:.2f}" if estimate is not first else "")
                for (value, base), scale in zip(values, scales, strict=True)
            ),
        )
    return table


def ranking_table(ranking: Ranking, n_shown: int) -> Table:
    """The best circuits and their metrics."""
    table = Table(title=f"{len(ranking.rank)} of {len(ranking.all_circuits)} circuits, best first")
    table.add_column("circuit")
    shown = ("area_m2", "latency_s", "energy_j")
    for metric in shown:
        table.add_column("\n".join(METRICS[metric][:2]), justify="right", no_wrap=True)
    for i in ranking.rank[:n_shown]:
        metrics = [getattr(ranking.prices, metric)[i] * METRICS[metric][2] for metric in shown]
        table.add_row(_told(ranking.all_circuits[i]), *(f"{metric:.3g}" for metric in metrics))
    return table


def _told(circuit: Circuit) -> str:
    size, shared = circuit.crossbar_size, circuit.columns_per_converter
    words = (
        f"{size}x{size}",
        f"{circuit.converter_bits}-bit {circuit.converter} per {shared}",
        circuit.mapping,
        circuit.interconnect,
        "pipelined" if circuit.is_pipelined else "layer by layer",
    )
    return ", ".join(words)


def parts_table(estimate: Estimate) -> Table:
    """Area, latency and energy of each component, with their shares."""
    sources = {
        "area_m2": estimate.area_parts_m2,
        "latency_s": estimate.latency_parts_s(),
        "energy_j": estimate.energy_parts_j(),
    }
    table = Table(title="components", title_justify="left")
    table.add_column("")
    for metric in sources:
        title, unit, _ = METRICS[metric]
        table.add_column(f"{title}, {unit}", justify="right")
    for name in dict.fromkeys(name for parts in sources.values() for name in parts):
        table.add_row(
            name.replace("_", " "),
            *(_share(parts, name, METRICS[metric][2]) for metric, parts in sources.items()),
        )
    return table


def unit_of(estimate: Estimate) -> str:
    """What a layer's units are."""
    return "tiles" if estimate.area_parts_m2.keys() >= {"empty"} else "PEs"


def layers_table(estimate: Estimate) -> Table:
    """What each layer takes."""
    table = Table(title="layers", title_justify="left")
    table.add_column("")
    for title in (unit_of(estimate), "area, mm²", "latency, ms", "energy, µJ"):
        table.add_column(title, justify="right")
    layers = estimate.layers
    energies = {str(i): layer.energy_j for i, layer in enumerate(layers)}
    latencies = {str(i): layer.latency_s for i, layer in enumerate(layers)}
    for i, layer in enumerate(layers):
        table.add_row(
            escape(layer.name),
            str(layer.n_units),
            f"{layer.area_m2 * 1e6:.4g}",
            _share(latencies, str(i), 1e3),
            _share(energies, str(i), 1e6),
        )
    return table


def _share(parts: Mapping[str, float], name: str, scale: float) -> str:
    if name not in parts:
        return ""
    total = sum(parts.values())
    share = parts[name] / total if total else 0.0
    return f"{parts[name] * scale:.4g} {share:5.1%}"
