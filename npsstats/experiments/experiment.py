"""What an experiment's analysis returns: every effect, the checks, the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

from npsstats.experiments.effects import readable
from npsstats.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from npsstats.experiments.lock import Registration
    from npsstats.experiments.spec import Plan

__all__ = ["ExperimentResult"]


@dataclass(frozen=True, repr=False)
class ExperimentResult(Result):
    """The effects of an experiment, what to doubt, and what to do.

    Attributes
    ----------
    frame
        A row an effect, with the columns of `npsstats.experiments.effects.Effect`: the primary
        outcome first, and of each outcome the headline (intention to treat) first.
    plan
        The plan that was analysed.
    registration
        Whether it is the one that was registered.
    parts
        Name → the result of a room that is more than effects: "sample ratio", "maturity",
        "balance", "reach", "looks", "subgroups", "policy", "curves", "decision" …, as far as the
        plan asks for them.
    notes
        What reading the data told.
    """

    plan: Plan
    registration: Registration
    parts: Mapping[str, Result]
    notes: tuple[str, ...] = ()

    title: ClassVar[str] = "Experiment"

    @property
    def decision(self) -> Any:
        """The decision, or None where the plan has no [decision]."""
        return self.parts.get("decision")

    def primary(self, arm: str | None = None) -> pd.Series:
        """Return the headline row: the effect of assignment on the primary outcome.

        Parameters
        ----------
        arm
            The treatment arm; the plan's first with a row unless told.
        """
        rows = self.frame[self.frame["outcome"] == self.plan.primary]
        if arm is not None:
            rows = rows[rows["arm"] == arm]
        return rows.iloc[0]

    @override
    def headline(self) -> str:
        lines = []
        sizes = self.parts.get("sample ratio")
        if sizes is not None and getattr(sizes, "failed", False):
            lines.append(
                f"SAMPLE RATIO FAILED, so no difference below can be trusted. {sizes.headline()}"
            )
        lines.append(self.registration.sentence())
        there = set(self.frame.loc[self.frame["outcome"] == self.plan.primary, "arm"])
        lines += [self._against(arm) for arm in self.plan.arms.treatments if arm in there]
        lines += [said for said in self.diagnostics if said.startswith("No verdict is given")]
        lines += [
            self.parts[name].headline()
            for name in ("survey", "verdicts", "best delay", "decision")
            if name in self.parts
        ]
        return "\n".join(lines)

    def _against(self, arm: str) -> str:
        row = self.primary(arm)
        scale, unit = (100, " points") if row.unit == "share" else (1, f" {row.unit}")
        return (
            f"{self.plan.name}: {row.arm} against {self.plan.arms.control}, {row.outcome} "
            f"{scale * row.estimate:+.2f}{unit} ({100 * row.level:g}% interval "
            f"{scale * row.lower:+.2f} to {scale * row.upper:+.2f}; {row.estimand}, "
            f"{row.n_treatment:,} and {row.n_control:,} units)."
        )

    @override
    def shown(self) -> pd.DataFrame:
        return readable(self.frame).drop(columns=["std_error", "level"])
