"""Arrays of one length that travel together: the rows of a table before it is a table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Array", "Columns", "labelled"]

type Array = NDArray[Any]


@dataclass
class Columns:
    """A record whose fields are arrays of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, rows: Array) -> Self:
        """Return the rows picked by a mask or by indices."""
        return type(self)(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        """Return the rows of all parts, one below the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            **{
                item.name: np.concatenate([getattr(part, item.name) for part in parts])
                for item in fields(cls)
            }
        )


def labelled(codes: Array, names: Iterable[str]) -> pd.Categorical[str]:
    """Return a name for each code, missing where the code is negative."""
    return pd.Categorical.from_codes(codes, pd.Index(list(names)))
