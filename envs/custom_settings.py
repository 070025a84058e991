"""Settings of a class of a user's own that takes whatever arguments it knows."""

from pydantic import BaseModel, ConfigDict, Field


class CustomSettings(BaseModel):
    """A user's own class: its path, and arguments it knows."""

    model_config = ConfigDict(extra="allow", frozen=True)
    target: str = Field(alias="_target_", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
