"""Where networks are trained: on the processor, or on a GPU."""

from contextlib import AbstractContextManager

import torch


def found(asked: str) -> str:
    """The device that is meant: with ``auto`` a GPU if there is one."""
    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "cpu"


def check_device(device: str, precision: str) -> None:
    """Refuse a device that is not here, or that lacks the precision.

    Raises:
        ValueError: With what to take instead.
    """
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("torch_device: torch finds no GPU here; take cpu or auto")
    if precision == "float16" and not device.startswith("cuda"):
        raise ValueError(f"precision: float16 needs a GPU, not '{device}'; take bfloat16")


def repeatable() -> AbstractContextManager[None]:
    """Have a GPU convolve in float32 proper, by algorithms that yield the same each time."""
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags
