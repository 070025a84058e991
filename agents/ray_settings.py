"""Settings of Ray: where designs are evaluated, and what each one is given there."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from envs.settings_types import Count, Natural, Positive, Real, Strict, Weight

Seconds = Annotated[Positive, Field(le=86_400)]
LEAST = 1e-4  # of a processor or a GPU that Ray counts


def _text(value: Any) -> Any:  # noqa: ANN401 (raw input)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Text = Annotated[str, BeforeValidator(_text)]  # of a variable, also where it reads as a number


class RaySettings(Strict):
    """Group ``ray``: nothing of it changes a result.

    Attributes:
        address: Of the cluster, ``HOST:PORT``; without one RAY_ADDRESS, else the cluster that has
            been begun on this machine.
        cpus_per_design: What Ray keeps free for each evaluation; likewise ``gpus_per_design``, of
            which four designs share one GPU at 0.25, and ``memory_per_design_bytes``.
        retries: How often a design is evaluated anew whose worker or node has died.
        timeout_s: Within which a cluster and each of its nodes have to answer.
        ships_code: Whether the nodes get this copy of coexplore, instead of having it installed.
        working_dir: A folder that the nodes get, for classes of your own; runs and databases in
            it are left out.
        token_file: What the token is read from that the cluster asks for.
        environment: Variables of worker processes.
        object_store_bytes: Shared memory of a local Ray; designs are small.
    """

    name: Literal["off", "local", "cluster"] = "off"
    address: str | None = None
    cpus_per_design: Annotated[Real, Field(ge=LEAST, le=1024)] = 1
    gpus_per_design: Annotated[Weight, Field(le=64)] = 0
    memory_per_design_bytes: Natural = 0
    retries: Annotated[Natural, Field(le=1000)] = 3
    timeout_s: Seconds = 30
    ships_code: bool = False
    working_dir: str | None = None
    token_file: str | None = None
    environment: dict[str, Text] = Field(default_factory=dict)
    object_store_bytes: Annotated[Count, Field(ge=80_000_000)] = 100_000_000

    @field_validator("gpus_per_design")
    @classmethod
    def _can_be_shared(cls, n: float) -> float:
        if 0 < n < LEAST or (n > 1 and n != int(n)):
            raise ValueError(f"needs a share of one GPU, or a whole number of them, got {n:g}")
        return n

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name != "cluster" and self.address is not None:
            raise ValueError("address is of ray=cluster; ray=local begins a Ray of its own")
        return self
