"""The mesh of chosen designs: which layer sits where, where packets wait, which links are busy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.hardware_run import Simulated
from agents.report_sections.markup import PALETTE, Picture, Section, axis, paragraph, table, text
from agents.report_sections.quantities import Quantity, number, percent, quantity, rounded
from agents.report_sections.simulations import Seen
from async_sim.congestion import congestion
from async_sim.links import link_map
from async_sim.mesh import LOCAL, N_PORTS, PORT_NAMES, STEPS, SWITCH

ASIDE, SHORT = 0.14, 0.24  # of a link from the middle of its way and from its ends
MOST_NUMBERED = 16  # nodes along a side up to which each names its layer
SHADES = ("#F3E9C6", "#EBCB8B", "#E3A857", "#D98032", "#C4551F", "#8E2C12", "#4A1206")
FREE = "#FFFFFF"
SIDE = 560  # pixels that the mesh fills
Floats = NDArray[np.float64]


def mesh_section(seen: list[Seen], why_not: str, key: str) -> Section | None:
    """A map of each design that was simulated again; none where nothing was."""
    if not seen:
        return Section(key, "Mesh", paragraph(why_not, "warning")) if why_not else None
    pictures: list[Picture] = []
    body = paragraph(
        "Each square is a router with its core. Left: the layers on their cores. Right: links by "
        "the share of the time that they are busy (each way its own line, on its right), routers "
        "by the time that packets wait at their switches in a frame. Point at either for figures."
    )
    for i, one in enumerate(seen):
        pair = (
            _layers(one.simulated, f"{key}-{i}-layers"),
            _traffic(one.simulated, f"{key}-{i}-traffic"),
        )
        pictures += pair
        body += (
            f"<h3>{text(one.chosen.label)}</h3>{_figures(one.simulated)}"
            f'<div class="two">{pair[0].place}{pair[1].place}</div>'
        )
    if why_not:
        body += paragraph(why_not, "warning")
    return Section(key, "Mesh and congestion", body, tuple(pictures))


def waits_s(one: Simulated) -> Floats:
    """Time that packets wait at the switches of each router in a frame, (nodes,)."""
    waits_ps = one.run.total("wait_ps")[:, SWITCH : SWITCH + N_PORTS].sum(axis=1)
    return np.asarray(waits_ps / 1e12 / one.application.n_samples)


def _figures(one: Simulated) -> str:
    seen, mesh = congestion(one.run), one.hardware.mesh
    row = (
        f"{mesh.width} x {mesh.height}",
        f"{sum(one.hardware.cores)} of {mesh.n_nodes}",
        number(seen.mean_hops),
        percent(seen.busiest_link_ratio),
        f"{number(seen.noc_ps / 1e3)} ns",
        f"{number(seen.aer_ps / 1e3)} ns",
        f"{number(1 + seen.imbalance_ratio)} times the mean",
    )
    titles = (
        "mesh", "cores in use", "hops of a packet", "busiest link", "wait at a switch",
        "wait in an AER FIFO", "load of the busiest core",
    )  # fmt: skip
    return table(titles, [row], n_left=0)


def _layers_of_nodes(one: Simulated) -> list[int]:
    """Layer of each node; -1 of those that are free."""
    found = [-1] * one.hardware.mesh.n_nodes
    layers = np.repeat(np.arange(len(one.hardware.cores)), one.hardware.cores)
    for layer, node in zip(layers.tolist(), one.hardware.nodes, strict=True):
        found[node] = layer
    return found


def _layers(one: Simulated, key: str) -> Picture:
    mesh, layers = one.hardware.mesh, _layers_of_nodes(one)
    is_numbered = max(mesh.width, mesh.height) <= MOST_NUMBERED
    traces = []
    for layer in sorted(set(layers), key=lambda i: (i < 0, i)):
        nodes = [node for node, its in enumerate(layers) if its == layer]
        name = "free" if layer < 0 else f"{layer}  {one.application.layer_names[layer]}"
        x, y = zip(*(mesh.at(node) for node in nodes), strict=True)
        traces.append(
            {
                "type": "scatter", "mode": "markers+text" if is_numbered else "markers",
                "name": f"{text(name)} ({len(nodes)})", "x": list(x), "y": list(y),
                "text": ["" if layer < 0 else str(layer)] * len(nodes),
                "textfont": {"color": "#FFFFFF", "size": 11},
                "marker": {
                    "symbol": "square", "size": _size(one), "line": {"color": "#888", "width": 0.6},
                    "color": FREE if layer < 0 else PALETTE[layer % len(PALETTE)],
                },
                "hovertemplate": f"(%{{x}}, %{{y}}) {text(name)}<extra></extra>",
            }
        )  # fmt: skip
    return Picture(
        key, "Layers on the cores of the mesh", traces, _layout(one, "Layers"), _height(one)
    )


def _traffic(one: Simulated, key: str) -> Picture:
    used, waits = link_map(one.run), waits_s(one)
    traces = [*_links(one, used), _routers(one, used, waits)]
    layout = _layout(one, "Waiting and busy links")
    layout |= {"showlegend": True}
    layout["legend"] |= {"title": {"text": "links, busy"}}
    return Picture(
        key, "Busy links and waiting packets over the mesh", traces, layout, _height(one)
    )


def _routers(one: Simulated, used: Floats, waits: Floats) -> dict[str, Any]:
    mesh, layers = one.hardware.mesh, _layers_of_nodes(one)
    kind = quantity("wait_s", waits.tolist())
    x, y = zip(*(mesh.at(node) for node in range(mesh.n_nodes)), strict=True)
    return {
        "type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "showlegend": False,
        "marker": {
            "symbol": "square", "size": 0.62 * _size(one), "line": {"color": "#555", "width": 0.8},
            "color": [kind.shown(value) for value in waits.tolist()], "cmin": 0,
            "colorscale": [[i / (len(SHADES) - 1), shade] for i, shade in enumerate(SHADES)],
            "colorbar": {"title": {"text": f"waiting<br>in a frame<br>({kind.unit})"},
                         "thickness": 12, "len": 0.45, "nticks": 4, "y": 0.0, "yanchor": "bottom"},
        },
        "text": [_told(one, node, layers[node], used, waits, kind) for node in range(mesh.n_nodes)],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _told(
    one: Simulated, node: int, layer: int, used: Floats, waits: Floats, kind: Quantity
) -> str:
    x, y = one.hardware.mesh.at(node)
    name = "free" if layer < 0 else one.application.layer_names[layer]
    busy = (
        f"{PORT_NAMES[port]} {percent(used[y, x, port])}"
        for port in range(N_PORTS)
        if port == LOCAL or one.hardware.mesh.neighbour(node, port) is not None
    )
    return (
        f"({x}, {y}) {text(name)}<br>waiting {kind.told(waits[node])}<br>busy: {'<br>'.join(busy)}"
    )


def _links(one: Simulated, used: Floats) -> list[dict[str, Any]]:
    """A trace for each shade: lines of all links that are about as busy."""
    mesh, most = one.hardware.mesh, float(used[..., LOCAL + 1 :].max(initial=0.0)) or 1.0
    ways: list[tuple[list[float | None], list[float | None]]] = [([], []) for _ in SHADES]
    for node in range(mesh.n_nodes):
        x, y = mesh.at(node)
        for port in range(LOCAL + 1, N_PORTS):
            if mesh.neighbour(node, port) is None:
                continue
            shade = min(int(used[y, x, port] / most * len(SHADES)), len(SHADES) - 1)
            dx, dy = STEPS[port]
            for end in (SHORT, 1 - SHORT):
                ways[shade][0].append(rounded(x + ASIDE * dy + end * dx))
                ways[shade][1].append(rounded(y - ASIDE * dx + end * dy))
            ways[shade][0].append(None)
            ways[shade][1].append(None)
    n = len(SHADES)
    width = max(1.5, min(7.0, 42 / max(mesh.width, mesh.height)))
    return [
        {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
            "line": {"color": SHADES[i], "width": width},
            "name": f"{100 * most * i / n:.1f} to {percent(most * (i + 1) / n)}",
        }
        for i, (x, y) in enumerate(ways)
        if x
    ]  # fmt: skip


def _size(one: Simulated) -> float:
    mesh = one.hardware.mesh
    return max(5.0, min(34.0, 0.62 * SIDE / 1.45 / max(mesh.width, mesh.height)))


def _height(one: Simulated) -> int:
    mesh = one.hardware.mesh
    return int(130 + 0.7 * SIDE * max(0.6, mesh.height / max(mesh.width, mesh.height)))


def _layout(one: Simulated, title: str) -> dict[str, Any]:
    mesh = one.hardware.mesh
    return {
        "title": {"text": title},
        "xaxis": axis("x", range=[-0.6, mesh.width - 0.4], showgrid=False, zeroline=False,
                      tick0=0, dtick=-(-mesh.width // 8), constrain="domain",
                      constraintoward="left"),
        "yaxis": axis("y", range=[-0.6, mesh.height - 0.4], showgrid=False, zeroline=False,
                      tick0=0, dtick=-(-mesh.height // 8), scaleanchor="x", constrain="domain",
                      constraintoward="top"),
        "margin": {"t": 46, "r": 170},  # alike, so that both maps of a mesh have one size
        "legend": {"x": 1.02, "y": 1, "xanchor": "left", "yanchor": "top", "orientation": "v",
                   "font": {"size": 11}},
        "hovermode": "closest",
    }  # fmt: skip
