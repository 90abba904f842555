"""Events of a treatment and of the control: what every method of this room starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.checks import InputError, one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.arms import ArmMoments

    Floats = NDArray[np.float64]

__all__ = ["Pairs", "arm_labels", "paired"]


class Pairs(NamedTuple):
    """Events and units of treatment and control, each (pairs,), whole numbers held as floats."""

    events_treatment: Floats
    n_treatment: Floats
    events_control: Floats
    n_control: Floats

    @property
    def treatment(self) -> Floats:
        """The treatment's share, (pairs,)."""
        return self.events_treatment / self.n_treatment

    @property
    def control(self) -> Floats:
        """The control's share, (pairs,)."""
        return self.events_control / self.n_control


def arm_labels(moments: ArmMoments, control: str, treatment: str | None) -> list[str]:
    """Return the treatment arms that are compared with the control.

    Raises
    ------
    InputError
        If there is no key `arm`, an arm is not there, or the control is compared with itself.
    """
    if "arm" not in moments.keys:
        raise InputError(
            f"The moments have the keys {', '.join(map(repr, moments.keys))} and none named 'arm': "
            "there is nothing to compare. Group them by arm."
        )
    arms = moments.arms
    one_of("control", control, arms)
    others = [arm for arm in arms if arm != control]
    if treatment is not None:
        if treatment == control:
            raise InputError(
                f"`treatment` and `control` are both {control!r}: name two different arms."
            )
        others = [one_of("treatment", treatment, arms)]
    if not others:
        raise InputError(
            f"{control!r} is the only arm: an effect needs another one to compare it with."
        )
    return others


def paired(moments: ArmMoments, outcome: str, control: str, treatments: list[str]) -> Pairs:
    """Return the events of each treatment arm beside the control's.

    Raises
    ------
    InputError
        If the outcome is not 0 or 1, or an arm has no units.
    """
    whole = moments.variables(outcome).by("arm")
    events = dict(zip(whole.arms, whole.events(outcome).tolist(), strict=True))
    n = dict(zip(whole.arms, whole.n.tolist(), strict=True))
    for arm in (control, *treatments):
        if n[arm] == 0:
            raise InputError(
                f"Arm {arm!r} has no units with a value of {outcome!r}. Wait until follow-up is "
                "complete for some, or leave the arm out."
            )
    k = len(treatments)
    return Pairs(
        np.array([events[arm] for arm in treatments], dtype=float),
        np.array([n[arm] for arm in treatments], dtype=float),
        np.full(k, float(events[control])),
        np.full(k, float(n[control])),
    )
