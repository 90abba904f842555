"""What every analysis returns, rendered one way.

A result is a frozen dataclass that sits beside the method that makes it. `print(result)`, a
notebook cell and the PDF show the same numbers because they all render `result.frame`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataTree

    from npsstats.said import Said

__all__ = ["Provenance", "Result", "interval_text"]

_ROWS_SHOWN = 20


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: enough to compute it again.

    Attributes
    ----------
    method
        The method's name with its reference.
    options
        The arguments that shaped the result.
    fingerprint
        SHA-256 (first 16 hex digits) of the aggregates that went in.
    seed
        The seed of the draws, or None where nothing is drawn.
    """

    method: str
    options: dict[str, Any]
    fingerprint: str
    seed: int | None = None
    version: str = field(default_factory=lambda: version("npsstats"))


@dataclass(frozen=True)
class Result:
    """A flat table of estimates with what to doubt and where it comes from.

    Attributes
    ----------
    frame
        One row per estimate. Columns named `estimate, std_error, lower, upper` are in the unit
        that the subclass states.
    diagnostics
        Sentences on what to doubt, most serious first; empty when nothing was seen.
    provenance
        Method, options, data fingerprint, seed and version.
    """

    frame: pd.DataFrame
    diagnostics: tuple[Said, ...]
    provenance: Provenance

    title: ClassVar[str] = "Result"
    decimals: ClassVar[int] = 1
    """Of the numbers that are neither probabilities nor shares, when printed."""

    @cached_property
    def draws(self) -> DataTree | None:
        """Posterior draws that ArviZ reads as they are, or None."""
        return None

    def headline(self) -> str:
        """Return the one sentence that a reader needs first."""
        return ""

    def shown(self) -> pd.DataFrame:
        """Return what `print` and a notebook show of the frame."""
        return self.frame

    def __repr__(self) -> str:
        lines = [self.title, "─" * len(self.title)]
        if text := self.headline():
            lines += [text, ""]
        shown = _readable(self.shown(), self.decimals)
        lines.append(shown.to_string(index=False, max_rows=_ROWS_SHOWN, na_rep=_MISSING))
        lines += [f"• {sentence}" for sentence in self.diagnostics]
        lines.append(f"[{self._signature()}]")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        table = _readable(self.shown(), self.decimals).to_html(
            index=False, max_rows=_ROWS_SHOWN, na_rep=_MISSING, border=0, escape=True
        )
        doubts = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.diagnostics)
        return (
            f"<div><h4>{escape(self.title)}</h4><p>{escape(self.headline())}</p>{table}"
            f"<ul>{doubts}</ul><small>{escape(self._signature())}</small></div>"
        )

    def _signature(self) -> str:
        p = self.provenance
        seed = "" if p.seed is None else f" · seed {p.seed}"
        return f"{p.method} · data {p.fingerprint}{seed} · npsstats {p.version}"


def interval_text(row: Any, kind: str = "interval") -> str:
    """Say the interval of a row with level, lower and upper, as every headline says it."""
    return f"{100 * row.level:g}% {kind} {row.lower:+.1f} to {row.upper:+.1f}"


def _readable(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Format for reading: probabilities to three decimals, never as 0 or 1."""
    shown = frame.copy(deep=False)
    for name in frame.select_dtypes("float").columns:
        if name.startswith(("p_", "probability")):
            style = _probability
        else:
            style = f"{{:.{2 if name in _SHARES else decimals}f}}".format
        shown[name] = [_MISSING if value != value else style(value) for value in frame[name]]  # noqa: PLR0124 NaN
    return shown


_MISSING = "–"
_SHARES = ("shrinkage", "level")


def _probability(value: float) -> str:
    if value < 0.0005:
        return "<0.001"
    return ">0.999" if value > 0.9995 else f"{value:.3f}"
