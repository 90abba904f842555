"""The kinds of values that plans are written in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Days", "Frozen", "Name", "Share", "Words"]

type Share = Annotated[float, Field(gt=0, lt=1)]
type Days = Annotated[int, Field(ge=1, le=3650)]
type Words = dict[Literal["en", "fr"], str]
type Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_\-]*$")]


class Frozen(BaseModel):
    """Frozen, strict, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
