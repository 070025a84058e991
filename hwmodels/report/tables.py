"""Estimates as tables for a terminal."""

from collections.abc import Mapping

from rich.table import Table

from hwmodels.chip import Estimate

METRICS = {  # name: (title, unit, units per SI unit)
    "area_m2": ("area", "mm²", 1e6),
    "latency_s": ("latency", "ms", 1e3),
    "energy_j": ("energy", "µJ", 1e6),
    "leakage_energy_j": ("of it, leakage", "µJ", 1e6),
    "operations_per_joule": ("efficiency", "TOPS/W", 1e-12),
    "operations_per_second": ("speed", "TOPS", 1e-12),
    "n_tiles": ("tiles", "", 1),
}


def chip_table(estimates: Mapping[str, Estimate]) -> Table:
    """Metrics of the whole chip; one column per model, and its ratio to the first."""
    table = Table(title="chip", title_justify="left")
    table.add_column("")
    for name in estimates:
        table.add_column(name, justify="right")
    first = next(iter(estimates.values()))
    for metric, (title, unit, scale) in METRICS.items():
        cells = []
        for estimate in estimates.values():
            value, base = getattr(estimate, metric), getattr(first, metric)
            ratio = "" if estimate is first or not base else f"  x{value / base:.2f}"
            cells.append(f"{value * scale:.4g} {unit}{ratio}".strip())
        table.add_row(title, *cells)
    return table


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


def layers_table(estimate: Estimate) -> Table:
    """What each layer takes."""
    table = Table(title="layers", title_justify="left")
    table.add_column("")
    units = "tiles" if estimate.area_parts_m2.keys() >= {"empty"} else "PEs"
    for title in (units, "area, mm²", "latency, ms", "energy, µJ"):
        table.add_column(title, justify="right")
    layers = estimate.layers
    energies = {str(i): layer.energy_j for i, layer in enumerate(layers)}
    latencies = {str(i): layer.latency_s for i, layer in enumerate(layers)}
    for i, layer in enumerate(layers):
        table.add_row(
            layer.name,
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
