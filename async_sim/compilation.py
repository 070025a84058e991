"""How the engines are compiled; whoever calls an `entry` compiles it once per machine."""

from pathlib import Path

from configs.compilation import Store

STORE = Store(Path(__file__).parent, "the simulator", takes_s=10, error_model="numpy")
compiled, entry = STORE.compiled, STORE.entry
