"""What distinguishes the NeuroSim-type models: quirks of DNN+NeuroSim V1.4, kept or mended."""

from dataclasses import astuple, dataclass, fields, replace
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Rules:
    """Quirks that a model keeps; ``docs/models/neurosim.md`` tells each (Q1-Q16) and its effect."""

    shrinks_feature_maps: bool  # Q1: convolutions are taken as unpadded
    recounts_empty_pes: bool  # Q2: an empty PE costs what the one before it cost
    halves_tree_lengths: bool  # Q4: H-tree energy follows half the wire
    forgets_buffer_registers: bool  # Q6: uncalibrated register files store for free
    widens_sums_linearly: bool  # Q7: a sum of n grows by n bits, not log2 n
    leaks_last_tree: bool  # Q8: adder trees leak what the last layer made them
    shifts_every_line: bool  # Q9: one level shifter per line and use, ten times wider calibrated
    times_by_period: bool  # Q10: latency at the circuit's period even where the clock is slower
    excuses_busy_tiles: bool  # Q11: a layer's own tiles leak next to nothing
    ignores_cell_current: bool  # Q12: no energy in the cells themselves
    floors_shifts: bool  # Q13: no shift-and-add if a weight needs more columns than share one
    refuses_wide_access: bool  # Q16: an access transistor must fit its cell
    fills_cells: bool  # tiles and PEs of the sides that use cells best, whatever area they take
    halves_buses: bool  # until it is not too wide, instead of made as wide as may be
    aligns_registers: bool  # a PE's registers fill whole columns and rows along its crossbars
    refuses_small_layers: bool  # a crossbar must be small against the widest layer
    is_early: bool  # V1.0, V1.1: no clock, level shifters or gaps; only crossbars leak


EARLY_NEUROSIM = Rules(*[True] * len(fields(Rules)))
NEUROSIM = replace(EARLY_NEUROSIM, is_early=False)
PHYSICAL = Rules(*[False] * len(fields(Rules)))
RULES = {"neurosim-1.4": NEUROSIM, "neurosim-1.1": EARLY_NEUROSIM, "physical": PHYSICAL}
RECORD = np.dtype([(field.name, "?") for field in fields(Rules)])


def as_record(rules: Rules) -> tuple[Any, ...]:
    """The values in the order of `RECORD`."""
    return astuple(rules)
