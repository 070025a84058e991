"""Table I of NACIM: QuantNAS, pNAS and NACIM's two picks, each searched, trained and priced here.

QuantNAS has the same data, space, number of designs, training and circuit optimization; it does
not know of variation, and is judged under it in the end, on fresh chips as all are.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.exits import NOT_REACHED
from agents.flow_arguments import SIZE, folder_of, typed_values
from agents.flow_finishing import finish, plain
from agents.flow_settings import read_summary
from agents.narrow_table import narrow_table
from agents.reproduction import Experiment, Figure, Outcome
from agents.saying import say
from agents.settings import RunSettings
from agents.usage import settings_from, without_search
from configs import catalog

# the paper's experiments have one device, the 4-bit RRAM, "as a starting point" (sec. V-A)
SEARCHES = {"quantnas": ("flow.fine_tuned_by=accuracy",), "nacim": ("env.switches.SD=false",)}
Row = Mapping[str, float]
COLUMNS = {  # title, units per unit of the row, format
    "accuracy": ("accuracy", 100, "{:.2f} %"),
    "varied": ("with\nvariation", 100, "{:.2f} %"),
    "area_um2": ("area\num2", 1, "{:.3g}"),
    "edp_pj_ns": ("EDP\npJ*ns", 1, "{:.3g}"),
    "tops": ("TOPs", 1, "{:.3g}"),
    "tops_per_w": ("TOPs/W", 1, "{:.3g}"),
}
CELLS = {  # what a cell is, and its unit
    "accuracy": ("accuracy", "%"),
    "varied": ("accuracy with variation", "%"),
    "area_um2": ("area", "um2"),
    "edp_pj_ns": ("EDP", "pJ ns"),
    "tops": ("speed", "TOPs"),
    "tops_per_w": ("efficiency", "TOPs/W"),
}
ANCHOR = catalog.read("anchor", "nacim_table1")
PUBLISHED: dict[str, Row] = ANCHOR["rows"]


def claims(rows: Mapping[str, Row]) -> list[Figure]:
    """The claims of sec. V-B, of our rows and of the printed ones."""
    told = zip(_claimed(rows), _claimed(PUBLISHED), strict=True)
    return [
        Figure(what, unit, theirs, ours, least=bound.get("least"), most=bound.get("most"))
        for (what, unit, bound), (ours, theirs) in zip(BOUNDS, told, strict=True)
    ]


BOUNDS = [(one["what"], one["unit"], one["bound"]) for one in ANCHOR["claims"]]


def _claimed(rows: Mapping[str, Row]) -> list[float]:
    plain, small, accurate = (rows[name] for name in ("QuantNAS", "NACIM_hw", "NACIM_sw"))
    return [
        100 * (plain["accuracy"] - plain["varied"]),
        100 * (accurate["accuracy"] - accurate["varied"]),
        plain["area_um2"] / small["area_um2"],
        plain["edp_pj_ns"] / small["edp_pj_ns"],
        accurate["tops_per_w"] / plain["tops_per_w"],
    ]


def run(arguments: Sequence[str]) -> int:
    """Search (or go on searching) and print the table.

    Raises:
        UsageError: If the arguments make no search.
    """
    settings, folder = _study(arguments)
    for name, one in settings.items():
        code = finish(one, folder / name)
        if code:
            sys.stderr.write("nacim_table1: stopped; the same command goes on\n")
            return code
    return _shown(folder)


def outcome(arguments: Sequence[str]) -> Outcome:
    """Every cell of the table beside ours, and the claims.

    Raises:
        UsageError: If the flows of these arguments are not finished.
    """
    settings, folder = _study(arguments)
    rows = _rows(folder)
    cells = [
        Figure(f"{name}: {what}", unit, scale * row[column], scale * rows[name][column])
        for name, row in PUBLISHED.items()
        for column, (_, scale, _) in COLUMNS.items()
        for what, unit in (CELLS[column],)
    ]
    data = settings["nacim"].dataset.name
    return Outcome(
        [*claims(rows), *cells],
        {name: plain(one) for name, one in settings.items()},
        [f"Ours on {data}, printed on CIFAR-10: claims compare, cells do not."],
    )


def _study(arguments: Sequence[str]) -> tuple[dict[str, RunSettings], Path]:
    """The flows, and the folder that they are in."""
    typed = typed_values(arguments, "nacim_table1", (), "run it again and it goes on")
    root = typed.pop("run_dir", None)
    typed.setdefault("search", SIZE)
    rest = [f"{key}={value}" for key, value in typed.items()]
    settings = {
        name: settings_from([f"experiment={name}", f"flow.name={name}", *own, *rest])
        for name, own in SEARCHES.items()
    }
    return settings, folder_of("nacim_table1", root, _told(settings))


def _told(settings: Mapping[str, RunSettings]) -> object:
    told = {name: without_search(plain(one)) for name, one in settings.items()}
    return [told, settings["nacim"].search.budget]


def _shown(folder: Path) -> int:
    console, rows = Console(), _rows(folder)
    console.print(_table(rows))
    found = claims(rows)
    console.print(_claims_table(found))
    reached = sum(one.is_met for one in found)
    say(
        console,
        f"{reached} of {len(found)} claims reached; "
        "docs/nacim.md tells what differs from the paper\n"
        f"runs and figures: {folder}",
    )
    return 0 if reached == len(found) else NOT_REACHED


def _rows(folder: Path) -> dict[str, Row]:
    from agents.candidates import Candidate  # noqa: PLC0415 (loads Numba)
    from agents.flow_report import table_row  # noqa: PLC0415 (loads matplotlib)

    rows: dict[str, Row] = {}
    for name in SEARCHES:
        picks = read_summary(folder / name, "picks")["picks"]
        rows |= {pick: table_row(Candidate(**one)) for pick, one in picks.items()}
    return rows


def _table(rows: Mapping[str, Row]) -> Table:
    titles = ("", "", *(title for title, _, _ in COLUMNS.values()))
    table = narrow_table("NACIM, Table I: printed, and ours on fresh chips", titles, n_names=2)
    for name, published in PUBLISHED.items():
        for whose, row in (("printed", published), ("ours", rows[name])):
            told = [form.format(scale * row[c]) for c, (_, scale, form) in COLUMNS.items()]
            table.add_row(name, whose, *told)
    return table


def _claims_table(found: Sequence[Figure]) -> Table:
    titles = ("claim", "needed", "printed", "ours", "")
    table = narrow_table("what the paper claims of it", titles)
    for one in found:
        table.add_row(
            one.what,
            f"{one.needed} {one.unit}",
            f"{one.published:.2f}",
            f"{one.ours:.2f}",
            "reached" if one.is_met else "NOT REACHED",
        )
    return table


NACIM_TABLE1 = Experiment("nacim_table1", "NACIM, Table I", run, outcome)
