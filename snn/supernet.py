"""All networks of a space as plain data: a frame, some of whose blocks are still to be decided.

The frame is that of AutoSNN: every open block (``tbd``) takes any of the candidates, whose shapes
are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from configs import catalog
from configs.catalog import suggestion
from configs.fields import fits
from snn.block import block
from snn.block_network import OPEN, BlockNetwork, Stage, read_fields

if TYPE_CHECKING:
    import torch

    from snn.supernet_modules import SupernetModules

Architecture = tuple[str, ...]


@dataclass(frozen=True)
class Supernet:
    """A space of networks that share their weights while they are trained.

    Attributes:
        frame: With the first candidate in each open block.
        open_stages: Numbers of the stages that are open.
        candidates: Names of blocks, in the order in which they are counted.

    Raises:
        UnknownNameError: If there is no such block.
        ValueError: If nothing is open, or there are no two candidates.
    """

    frame: BlockNetwork
    open_stages: tuple[int, ...]
    candidates: Architecture

    def __post_init__(self) -> None:
        if not self.open_stages:
            raise ValueError(f"stages: none is '{OPEN}', so nothing is to be decided")
        if len(self.candidates) < 2 or len(set(self.candidates)) < len(self.candidates):  # noqa: PLR2004
            raise ValueError(f"candidates: needs two or more, all different: {self.candidates}")
        for name in self.candidates:
            self._check_shapes(name)
            _ = self.network((name,) * len(self.open_stages))  # says what does not fit

    def _check_shapes(self, name: str) -> None:
        """A candidate must keep the side, so that all of them fit where one does."""
        channels = 4
        layers = block(name).layers((8, 8, channels), channels)
        if layers and layers[-1].shape != (8, 8, channels):
            raise ValueError(f"candidates: '{name}' does not keep the side of what it takes")

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the decisions, one for each open block: ``block0``, ``block1``, ..."""
        return tuple(f"block{i}" for i in range(len(self.open_stages)))

    @property
    def n_networks(self) -> int:
        """Networks of the space."""
        n: int = len(self.candidates) ** len(self.open_stages)
        return n

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height, width of an image."""
        return self.frame.input_shape

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.frame.n_classes

    @property
    def timesteps(self) -> int:
        """Time steps that every network runs."""
        return self.frame.timesteps

    def architecture(self, choices: Mapping[str, object] | Sequence[str]) -> Architecture:
        """Read an architecture: blocks in order, or by the names of the decisions.

        Further decisions of a mapping are left alone.

        Raises:
            ValueError: If a block is missing, too many are given or one is no candidate.
        """
        if isinstance(choices, Mapping):
            for name in self.decisions:
                if name not in choices:
                    raise ValueError(f"{name}: no block is chosen")
            choices = [str(choices[name]) for name in self.decisions]
        if len(choices) != len(self.open_stages):
            raise ValueError(f"{len(self.open_stages)} blocks are open, got {len(choices)}")
        for name, chosen in zip(self.decisions, choices, strict=True):
            if chosen not in self.candidates:
                raise ValueError(
                    f"{name}: '{chosen}' is no candidate; {suggestion(chosen, self.candidates)}"
                )
        return tuple(choices)

    def network(self, choices: Mapping[str, object] | Sequence[str]) -> BlockNetwork:
        """The network of an architecture.

        Raises:
            ValueError: As `architecture` does.
        """
        stages = list(self.frame.stages)
        for at, name in zip(self.open_stages, self.architecture(choices), strict=True):
            stages[at] = Stage(name, stages[at].channels)
        return replace(self.frame, stages=tuple(stages))

    def nth(self, number: int) -> Architecture:
        """The architecture of a number below ``n_networks``; the last block counts fastest.

        Raises:
            ValueError: If there is no such number.
        """
        if not 0 <= number < self.n_networks:
            raise ValueError(f"architecture {number}: there are {self.n_networks}, from 0")
        width, n = len(self.candidates), len(self.open_stages)
        return tuple(self.candidates[number // width**i % width] for i in reversed(range(n)))

    def build(self, generator: "torch.Generator") -> "SupernetModules":
        """Build the module and draw its weights."""
        from snn.supernet_modules import build_supernet  # noqa: PLC0415 (sizes need no torch)

        return build_supernet(self, generator)

    def plain(self) -> dict[str, Any]:
        """As a file of ``configs/supernet`` has it."""
        content = self.frame.plain()
        for at in self.open_stages:
            content["stages"][at] = f"{OPEN} {self.frame.stages[at].channels}"
        return content | {"candidates": list(self.candidates)}

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Supernet":
        """Read what `plain` gives.

        Raises:
            ValueError: If something is unknown, missing or not allowed.
        """
        listed = content.get("candidates") or []
        if not isinstance(listed, list | tuple) or not all(fits(one, str) for one in listed):
            raise ValueError(f"candidates: a supernet needs a list of names, got {listed!r:.40}")
        if not listed:
            raise ValueError("candidates: a supernet needs them")
        candidates = tuple(listed)
        given = read_fields({k: v for k, v in content.items() if k != "candidates"})
        stages = given["stages"]
        open_ = tuple(i for i, stage in enumerate(stages) if stage.name == OPEN)
        given["stages"] = tuple(
            Stage(candidates[0], stage.channels) if i in open_ else stage
            for i, stage in enumerate(stages)
        )
        return cls(BlockNetwork(**given), open_, candidates)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Supernet":  # noqa: ANN401 (as the fields)
        """Read a file of ``configs/supernet``, with some of its keys changed.

        Raises:
            UnknownNameError: If there is no such file.
            ValueError: If a key or a value is not allowed.
        """
        return cls.of(catalog.read("supernet", name) | changes)
