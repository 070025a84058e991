"""How much each quirk of NeuroSim V1.4 moves the figures: every flag of `Rules` mended alone.

``python benchmarks/quirks.py`` prints the table of ``docs/models/neurosim.md``: change in percent
of area, latency, dynamic energy and leakage energy against `neurosim-1.4` with all its quirks. With
a file of golden cases as argument: the smallest and largest change over those of NeuroSim 1.4.
"""

import json
import sys
from dataclasses import fields, replace
from pathlib import Path

from hwmodels.batch import Batch, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import Device
from hwmodels.report import golden
from hwmodels.rules import NEUROSIM, PHYSICAL, RULES, Rules
from hwmodels.workload import Workload

CASES = Path(__file__).parents[1] / "tests" / "golden" / "checkpoint_cases.json"
Case = tuple[str, Device, Circuit, Workload]
REFUSALS = ("refuses_wide_access", "refuses_small_layers")  # of designs that these cases are not


def designs() -> dict[str, Batch]:
    """The golden cases of the model cards, and two variants for quirks that they do not show."""
    cases = {case["id"]: golden.neurosim_design(case) for case in json.loads(CASES.read_text())}
    technology, device, circuit, workload = cases["d01_B_sram_128"]
    few = replace(circuit, columns_per_converter=4)
    cases["d01, m = 4"] = technology, device, few, workload
    technology, device, circuit, workload = cases["v03_VGG8_rram4_l2l"]
    cases["v03, pipelined"] = technology, device, replace(circuit, is_pipelined=True), workload
    return {name: one_design(case) for name, case in cases.items()}


def one_design(case: Case) -> Batch:
    """A batch of one."""
    technology, device, circuit, workload = case
    return Batch.product([technology], [device], [circuit], [workload])


def figures(batch: Batch, rules: Rules) -> list[float]:
    """Area, latency, dynamic energy and leakage energy under given rules."""
    name = str(rules)
    RULES[name] = rules
    total = estimate_many(batch, name).totals[0]
    return [total.area_m2, total.latency_s, total.dynamic_energy_j, total.leakage_energy_j]


def changes(batch: Batch, rules: Rules) -> list[float]:
    """Percent by which the figures differ from those of V1.4."""
    pairs = zip(figures(batch, rules), figures(batch, NEUROSIM), strict=True)
    return [100 * (ours / theirs - 1) for ours, theirs in pairs]


def shown(percent: float) -> str:
    """Three digits; what rounds to nothing is 0."""
    return "0" if abs(percent) < 0.005 else f"{percent:+.3g}"


def ranges(path: str, rules: Rules) -> str:
    """Smallest and largest change over the golden cases of a file."""
    cases = [case for case in json.loads(Path(path).read_text())["cases"] if is_ours(case)]
    all_changes = [changes(one_design(golden.neurosim_design(case)), rules) for case in cases]
    columns = zip(*all_changes, strict=True)
    return " / ".join(f"{shown(min(x))} .. {shown(max(x))}" for x in columns)


def is_ours(case: golden.Case) -> bool:
    """Whether a case is a run of V1.4 that gave figures."""
    return case["family"] == "NeuroSim 1.4" and not case["expected"].get("tool_refuses")


def main(paths: list[str]) -> None:
    """Print the table."""
    batches = designs()
    kept = [f.name for f in fields(Rules) if f.name not in (*REFUSALS, "is_early")]
    rows = {name: replace(NEUROSIM, **{name: False}) for name in kept} | {"all": PHYSICAL}
    columns = [*batches, *paths]
    print("| mended |", " | ".join(columns), "|")
    print("|" + "---|" * (len(columns) + 1))
    for name, rules in rows.items():
        cells = [" / ".join(map(shown, changes(batch, rules))) for batch in batches.values()]
        cells += [ranges(path, rules) for path in paths]
        print(f"| `{name}` |", " | ".join(cells), "|")


if __name__ == "__main__":
    main(sys.argv[1:])
