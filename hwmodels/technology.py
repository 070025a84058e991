"""CMOS processes: what one node's transistors, wires and converters are worth."""

from dataclasses import astuple, dataclass, fields
from functools import cache
from typing import Any

import numpy as np

from configs import catalog
from hwmodels.units import to_si

WIDE, WIDEST = 2, 4  # long wires are drawn this many times wider
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Technology:
    """A node, read from ``configs/technology/cmos_<node>_<roadmap>.yaml``.

    Currents and capacitances are per metre of transistor width, wire resistances per metre of
    length, for a wire as drawn, twice and four times as wide. Converter figures may be missing.
    """

    feature_size_m: float
    is_high_performance: bool
    supply_v: float
    sense_voltage_v: float
    gate_capacitance_f_per_m: float
    junction_f_per_m2: float
    sidewall_f_per_m: float
    drain_channel_f_per_m: float
    resistance_ratio: float
    n_on_a_per_m: float
    p_on_a_per_m: float
    n_off_a_per_m: float
    p_off_a_per_m: float
    pn_ratio: float
    wire_width_m: float
    wire_ohm_per_m: float
    wide_wire_ohm_per_m: float
    widest_wire_ohm_per_m: float
    multiplexer_driver_ratio: float
    row_driver_ratio: float
    switch_resistance_ratio: float
    flash_power_s1_w_per_ohm: float = NAN
    flash_power_i1_w: float = NAN
    flash_power_s2_w: float = NAN
    flash_power_i2_w: float = NAN
    flash_power_s3_w: float = NAN
    flash_power_i3_w: float = NAN
    flash_power_k_w: float = NAN
    flash_power_a_w: float = NAN
    flash_power_b_ratio: float = NAN
    flash_delay_a1_s: float = NAN
    flash_delay_b1_s: float = NAN
    flash_delay_a2_s_per_ohm: float = NAN
    flash_delay_b2_s: float = NAN
    flash_delay_c_f: float = NAN
    flash_delay_d_s: float = NAN
    flash_delay_r_ohm: float = NAN
    sar_power_x_w: float = NAN
    sar_power_y_w: float = NAN
    sar_power_z_w: float = NAN
    sar_power_q_ratio: float = NAN

    @property
    def has_converters(self) -> bool:
        """Whether converter figures are known for this node."""
        return self.sar_power_x_w == self.sar_power_x_w


@cache
def load_technology(name: str) -> Technology:
    """Read a node by name.

    Raises:
        UnknownNameError: If ``configs/technology`` has no such file.
        ValueError: If the file is not about a CMOS node.
    """
    content: dict[str, Any] = to_si(catalog.read("technology", name))
    if "n_on_a_per_m" not in content:
        raise ValueError(f"technology '{name}' is not a CMOS node; take one of cmos_*")
    content.pop("source")
    for group in [key for key, value in content.items() if isinstance(value, dict)]:
        content |= {f"{group}_{key}": value for key, value in content.pop(group).items()}
    gate = ("ideal_gate_f_per_m", "overlap_f_per_m", "fringe_f_per_m")
    content["gate_capacitance_f_per_m"] = sum(content.pop(key) for key in gate)
    content.setdefault("sense_voltage_v", NAN)
    width = content["wire_width_m"]
    return Technology(
        **content,
        wire_ohm_per_m=_wire_ohm_per_m(width),
        wide_wire_ohm_per_m=_wire_ohm_per_m(WIDE * width),
        widest_wire_ohm_per_m=_wire_ohm_per_m(WIDEST * width),
    )


def _wire_ohm_per_m(width_m: float) -> float:
    table = [to_si(row) for row in catalog.read("layout", "wires")["wires"]]
    row = max(
        (row for row in table if row["width_m"] <= width_m * (1 + 1e-9)),
        key=lambda row: row["width_m"],
    )
    return float(row["resistivity_ohm_m"] / (width_m**2 * row["aspect_ratio"]))


RECORD = np.dtype([(f.name, "?" if f.type in {bool, "bool"} else "f8") for f in fields(Technology)])


@cache
def as_record(technology: Technology) -> tuple[Any, ...]:
    """The values in the order of `RECORD`."""
    return astuple(technology)
