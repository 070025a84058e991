"""How the numeric core is compiled; whoever calls an `entry` compiles it once per machine."""

from pathlib import Path
from typing import Any

from configs.compilation import Store

Record = Any  # one row of a table: its fields are numbers
_PACKAGE = Path(__file__).parent
STORE = Store(
    _PACKAGE,
    "the cost model",
    takes_s=40,
    folders=["components"],
    data=(_PACKAGE.parent / "configs" / "layout").glob("*.yaml"),
    error_model="numpy",  # 0/0 is NaN, as in numpy
)
compiled, entry = STORE.inlined, STORE.entry  # a call would hand a chip over as its hundred numbers
