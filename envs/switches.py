"""Which groups of decisions a search takes, and which are given."""

from envs.settings_types import Strict

# which switch frees a group
SWITCH_OF = {
    "architecture": "SA",
    "quantization": "SQ",
    "device": "SD",
    "circuit": "SC",
    "mapping": "SM",
}


class Switches(Strict):
    """NACIM's optimizer selector: which groups the search decides (sec. IV)."""

    SA: bool
    SQ: bool
    SD: bool
    SC: bool

    @property
    def frozen_groups(self) -> frozenset[str]:
        """Groups whose switch is off."""
        return frozenset(
            group for group, switch in SWITCH_OF.items() if not getattr(self, switch, True)
        )


class JointSwitches(Switches):
    """The same, and mapping."""

    SM: bool
