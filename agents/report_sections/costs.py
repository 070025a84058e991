"""Who takes energy, area and latency in chosen designs: by part, and by layer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.judged import Judged
from agents.loop import priced_design
from agents.report_sections.markup import PALETTE, Picture, Section, axis, paragraph, table, text
from agents.report_sections.quantities import Quantity, percent, quantity
from agents.report_sections.runs import Chosen, ReportRun
from agents.report_sections.simulations import Seen
from envs.joint_shares import AREAS, ENERGIES
from hwmodels.estimate import estimate_workload
from hwmodels.report.design_file import job_of_search

MOST_PARTS = 8  # that have a colour of their own; the smallest are one
OF_FRAMES = ("joint", "ancoef", "coexplore")  # environments that simulate frames
BUSY = "busy_s"
LAYERS = ("energy_j", "latency_s", "area_m2")
Parts = Mapping[str, float]
Group = tuple[tuple[str, Sequence[str]], str]  # name with its parts, and its colour


@dataclass(frozen=True)
class Taken:
    """What a chosen design takes.

    Attributes:
        parts: By metric, in SI units, and by part.
        layers: Name and figures of each layer; empty where none are known.
    """

    chosen: Chosen
    parts: dict[str, Parts]
    layers: Sequence[tuple[str, Mapping[str, float]]] = ()


def taken_by(run: ReportRun, seen: Sequence[Seen]) -> list[Taken]:
    """What chosen designs take: of all whose metrics tell, else of those simulated or priced."""
    layers = {one.chosen.design.number: _simulated_layers(one) for one in seen}
    if run.best is not None and set(ENERGIES) <= set(run.best.evaluation.metrics):
        return [
            Taken(one, _shares(one.design), layers.get(one.design.number, ())) for one in run.chosen
        ]
    if seen:
        return [
            Taken(
                one.chosen,
                {"energy_j": one.simulated.energy_j, "area_m2": one.simulated.area_m2},
                layers[one.chosen.design.number],
            )
            for one in seen
        ]
    return [found for one in run.chosen if (found := _priced(run, one)) is not None]


def costs_section(run: ReportRun, taken: Sequence[Taken], key: str) -> Section | None:
    """A bar for each chosen design, and a table of its shares; none where nobody tells."""
    if not taken:
        return None
    metrics = list(dict.fromkeys(metric for one in taken for metric in one.parts))
    groups = {metric: _groups(metric, taken) for metric in metrics}
    colours = colours_of([*groups.values()])
    pictures = tuple(
        _bars(metric, taken, [*zip(groups[metric].items(), own, strict=True)], f"{key}-{metric}")
        for metric, own in zip(metrics, colours, strict=True)
    )
    places = "".join(one.place for one in pictures)
    tables = "".join(_table(metric, taken) for metric in metrics)
    what = "a frame" if run.settings.env.name in OF_FRAMES else "an inference"
    words = f"Energy and latency are of {what}. The bars of a design add up to its whole."
    body = f'{paragraph(words)}<div class="two">{places}</div><div class="two">{tables}</div>'
    return Section(key, "Cost breakdown", body, pictures)


def layers_section(taken: Sequence[Taken], key: str) -> Section | None:
    """Figures of each layer of the first design that has any."""
    known = [one for one in taken if one.layers]
    if not known:
        return None
    pictures = tuple(
        _layers_picture(metric, known, f"{key}-{metric}")
        for metric in LAYERS
        if metric in known[0].layers[0][1]
    )
    body = paragraph(_layers_words(known))
    body += f'<div class="two">{"".join(one.place for one in pictures)}</div>'
    return Section(key, "Layers", body + _layers_table(known[0]), pictures)


def _layers_words(known: Sequence[Taken]) -> str:
    words = "What each layer takes in the chosen designs, and all figures of the first."
    if BUSY in known[0].layers[0][1]:
        words += (
            " Of designs that were simulated again (--simulate); layers work at the same time, so "
            "that their latencies do not add up."
        )
    return words


def _shares(design: Judged) -> dict[str, Parts]:
    """Shares of a joint design, from its metrics."""
    metrics = design.evaluation.metrics
    return {
        whole: {_part(name, whole): metrics[name] for name in names if name in metrics}
        for whole, names in (("energy_j", ENERGIES), ("area_m2", AREAS))
    }


def _part(name: str, whole: str) -> str:
    return name.removesuffix(f"_{whole}").replace("_", " ")


def _simulated_layers(one: Seen) -> list[tuple[str, Mapping[str, float]]]:
    return [
        (each.name, {"energy_j": each.energy_j, "latency_s": each.latency_s, BUSY: each.busy_s})
        for each in one.simulated.layers
    ]


def _priced(run: ReportRun, chosen: Chosen) -> Taken | None:
    """What the cost model of a search says of a design, part by part."""
    design = priced_design(run.problem, chosen.design.evaluation)
    if design is None:
        return None
    job = job_of_search(design)
    found = estimate_workload(job.workload, job.device, job.circuit, job.technology, job.model)
    parts: dict[str, Parts] = {
        "energy_j": found.energy_parts_j(),
        "latency_s": found.latency_parts_s(),
        "area_m2": found.area_parts_m2,
    }
    layers = [
        (
            one.name,
            {
                "energy_j": one.energy_j,
                "latency_s": one.latency_s,
                "area_m2": one.area_m2,
                "n_units": one.n_units,
            },
        )
        for one in found.layers
    ]
    return Taken(chosen, parts, layers)


def _largest(metric: str, taken: Sequence[Taken]) -> list[str]:
    """Parts by size, over all designs."""
    sums: dict[str, float] = {}
    for one in taken:
        for name, value in one.parts.get(metric, {}).items():
            sums[name] = sums.get(name, 0.0) + value
    return sorted((name for name, value in sums.items() if value), key=lambda name: -sums[name])


def _groups(metric: str, taken: Sequence[Taken]) -> dict[str, list[str]]:
    """What has a colour of its own, with its parts: the smallest parts are one."""
    names = _largest(metric, taken)
    if len(names) <= MOST_PARTS:
        return {name: [name] for name in names}
    shown, others = names[: MOST_PARTS - 1], names[MOST_PARTS - 1 :]
    return {name: [name] for name in shown} | {f"{len(others)} smaller ones": others}


def colours_of(pictures: Sequence[Iterable[str]]) -> list[list[str]]:
    """A colour for each name of each picture: no two alike in one, and a name's the same in all.

    Where there are more names than colours, a name may have another one in a later picture.
    """
    known: dict[str, str] = {}
    found: list[list[str]] = []
    for names in pictures:
        own: dict[str, str] = {}
        for name in names:
            free = [one for one in PALETTE if one not in own.values()]
            kept = {known[other] for other in names if other in known}
            unused = [one for one in free if one not in known.values()]
            spare = unused or [one for one in free if one not in kept] or free
            own[name] = known[name] if known.get(name) in free else spare[0]
            known.setdefault(name, own[name])
        found.append([*own.values()])
    return found


def _bars(metric: str, taken: Sequence[Taken], groups: Sequence[Group], key: str) -> Picture:
    kind = _kind(metric, taken)
    labels = [text(one.chosen.label) for one in taken]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "orientation": "h", "name": text(_named(name)), "y": labels,
            "x": [kind.shown(_sum(one, metric, parts)) for one in taken],
            "marker": {"color": colour},
            "hovertemplate": f"%{{y}}<br>{text(_named(name))} %{{x}} {kind.unit}<extra></extra>",
        }
        for (name, parts), colour in groups
    ]  # fmt: skip
    layout = {
        "title": {"text": kind.title.capitalize()},
        "barmode": "stack",
        "xaxis": axis(kind.label),
        "yaxis": {"autorange": "reversed", "automargin": True},
        "legend": {"traceorder": "normal", "yref": "container", "y": 0, "yanchor": "bottom"},
        "margin": {"b": 110},
        "hovermode": "closest",
    }
    return Picture(
        key, f"{kind.title} of chosen designs by part", traces, layout, 250 + 34 * len(taken)
    )


def _table(metric: str, taken: Sequence[Taken]) -> str:
    kind, first = _kind(metric, taken), taken[0]
    parts = first.parts.get(metric, {})
    whole = sum(parts.values())
    rows = [
        (_named(name), kind.told(value), percent(value / whole) if whole else "")
        for name, value in sorted(parts.items(), key=lambda item: -item[1])
        if value
    ]
    caption = f"{kind.title.capitalize()}: {first.chosen.label}, {kind.told(whole)} in all"
    return table(("part", kind.title, "share"), rows, caption=caption)


def _kind(metric: str, taken: Sequence[Taken]) -> Quantity:
    return quantity(metric, [sum(one.parts.get(metric, {}).values()) for one in taken])


def _sum(one: Taken, metric: str, parts: Sequence[str]) -> float:
    return sum(one.parts.get(metric, {}).get(part, 0.0) for part in parts)


def _named(part: str) -> str:
    return part.replace("_", " ")


def _layers_picture(metric: str, taken: Sequence[Taken], key: str) -> Picture:
    kind = quantity(metric, [max(each[1][metric] for each in one.layers) for one in taken])
    traces = [
        {
            "type": "bar", "name": text(one.chosen.label),
            "x": [text(name) for name, _ in one.layers],
            "y": [kind.shown(figures[metric]) for _, figures in one.layers],
            "marker": {"color": PALETTE[i % len(PALETTE)]},
        }
        for i, one in enumerate(taken)
    ]  # fmt: skip
    layout = {
        "title": {"text": f"{kind.title.capitalize()} by layer"},
        "barmode": "group",
        "yaxis": axis(kind.label),
        "xaxis": {"automargin": True, "type": "category"},
    }
    return Picture(key, f"{kind.title} of each layer", traces, layout, 360)


def _layers_table(one: Taken) -> str:
    names = list(one.layers[0][1])
    kinds = {name: quantity(name, [figures[name] for _, figures in one.layers]) for name in names}
    rows = [
        (layer, *(kinds[name].told(figures[name]) for name in names))
        for layer, figures in one.layers
    ]
    titles = ("layer", *(kinds[name].title for name in names))
    return table(titles, rows, caption=one.chosen.label)
