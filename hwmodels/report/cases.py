"""Parts of golden cases: what all families read alike."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from configs import catalog
from hwmodels.report.values import Whole

LARGEST_SIZE = 10**7
ALIKE = 0.85  # from here on, a key that is not known is a known one, misspelt
Size = Annotated[Whole, Field(ge=1, le=LARGEST_SIZE)]


class Reading(BaseModel):
    """Part of a case. Further keys are remarks, unless they look like a key that is left out.

    Null is as good as no key where there is a default.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, data: Any) -> Any:  # noqa: ANN401 (raw input)
        if not isinstance(data, dict):
            return data
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        cls._check_others(data, [key for key in data if key not in fields], list(fields))
        return {
            key: value
            for key, value in data.items()
            if value is not None or key not in fields or fields[key].is_required()
        }

    @classmethod
    def _check_others(cls, data: Mapping[str, Any], others: list[str], known: list[str]) -> None:
        for key in known:
            close = difflib.get_close_matches(key, others, 1, ALIKE) if key not in data else []
            if close:
                raise ValueError(f"no key '{close[0]}'; did you mean '{key}'?")


class Figures(Reading):
    """Figures that are all compared, so that another number is a mistake."""

    @classmethod
    def _check_others(cls, data: Mapping[str, Any], others: list[str], known: list[str]) -> None:
        for key in others:
            is_figure = isinstance(data[key], int | float | list)
            if is_figure:
                raise ValueError(f"no figure '{key}'; {catalog.suggestion(key, known)}")
