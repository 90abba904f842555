"""Reading an adaptive experiment: intervals that hold at every batch, however it was allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.adaptive.batched import batched, planned_shares
from npsstats.experiments.adaptive.sequence_doubts import doubts
from npsstats.experiments.adaptive.sequence_rows import (
    CONSTANT,
    EXACT,
    ODDS,
    WITHIN,
    Asked,
    arm_rows,
    pair_rows,
)
from npsstats.experiments.effects import readable
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.aggregates.invitations import InvitationCounts
    from npsstats.experiments.adaptive.batched import Batched

__all__ = ["CONSTANT", "EXACT", "ODDS", "WITHIN", "ArmSequences", "arm_sequences"]

_METHOD = (
    "mixture confidence sequences (Robbins 1970; Howard et al. 2021), and differences within "
    "batches (Turner & Grünwald 2023; Waudby-Smith et al. 2024)"
)


@dataclass(frozen=True, repr=False)
class ArmSequences(Result):
    """A row a batch, arm (or pair of arms) and reading.

    `frame` has look (from 1), batch, arm, against ("" for an arm by itself), estimand ("response",
    "NPS", "response difference", "odds ratio", "NPS difference"), method, unit ("share", "points",
    "ratio"), estimate, std_error, lower, upper, level, naive_lower and naive_upper (what a reader
    would say who ignores the other looks and how the arms were allocated), n (of the arm, so far)
    and decision: "can be best" or "ruled out" for an arm, "differs" or "open" for a pair;
    "contradicted" where no constant rate fits all batches.
    """

    title: ClassVar[str] = "Arms of an adaptive experiment, at every batch"

    def last(self, estimand: str | None = None, method: str | None = None) -> pd.DataFrame:
        """Return the rows after the last batch, of one estimand or method if said."""
        rows = self.frame["look"] == self.frame["look"].max()
        for name, value in (("estimand", estimand), ("method", method)):
            if value is not None:
                checks.one_of(name, value, list(dict.fromkeys(self.frame[name])))
                rows &= self.frame[name] == value
        found: pd.DataFrame = self.frame[rows].reset_index(drop=True)
        return found

    @override
    def headline(self) -> str:
        arms = self.last("response")
        out = int((arms["decision"] == "ruled out").sum())
        text = (
            f"After batch {arms['batch'].iloc[0]}, {out} of {len(arms)} arms are ruled out if "
            "rates are constant."
        )
        pairs = self.last("response difference", EXACT).dropna(subset="estimate")
        if len(pairs):
            row = pairs.iloc[int(pairs["estimate"].abs().argmax())]
            text += (
                f" Within batches, {row['arm']} against {row['against']}: "
                f"{100 * row['estimate']:+.1f} points "
                f"[{100 * row['lower']:.1f}, {100 * row['upper']:.1f}], {row['decision']}."
            )
        return text

    @override
    def shown(self) -> pd.DataFrame:
        names = ["arm", "against", "estimand", "method", "estimate", "lower", "upper"]
        last = self.last()
        return readable(last)[names].assign(n=last["n"], decision=last["decision"])


def arm_sequences(
    counts: InvitationCounts,
    *,
    shares: pd.DataFrame | Mapping[Any, Mapping[Any, float]] | None = None,
    control: str | None = None,
    planned: int = 10_000,
    order: Sequence[Any] | None = None,
    level: float = 0.95,
) -> ArmSequences:
    """Return intervals that hold at all batches together, after any adaptive allocation.

    Four readings, all valid whatever rule made the allocation. "exact, constant rates": mixtures of
    likelihoods, for each arm and for differences, as long as each arm's rate stays the same. The
    others compare arms within batches, and hold while the response drifts: "within batches, exact"
    if the difference does not (and the narrowest as a rule), "within batches, exact given totals"
    if the odds ratio does not, and "within batches, asymptotic", from some answers on, for the
    average difference even so. What earlier batches ruled out stays out, but for the last.

    Parameters
    ----------
    counts
        Keys `batch` and `arm`; others are added up. Each batch's allocation must have been settled
        before its answers, and its answers be complete. With scores, NPS is read too.
    shares
        What each batch was dealt out by: a frame with batch, arm and share, or batch → arm →
        share. Held against the numbers sent. Without them those are taken to be as planned.
    control
        The arm that the others are held against. Without it, the arm that leads after the last
        batch: the level then is that of all pairs, as which one leads is not known before.
    planned
        Invitations, all arms together, at which the readings within batches are to be narrowest.
        To be chosen before the data; a wrong guess costs width, not validity.
    order
        The batches in the order in which they were sent; without it, numbers by size, other labels
        (days, say) by the alphabet.
    level
        Of all arms together at all batches, and of all differences of one method together at all
        batches (Bonferroni).

    Returns
    -------
    ArmSequences
        A row a batch, arm or pair, and reading; `.last()` has those after the last batch.

    Raises
    ------
    InputError
        If a key is not there, the control or a stated share is not, or there is one arm only.

    References
    ----------
    Robbins, H. (1970). Annals of Mathematical Statistics 41(5), 1397–1409.
    Howard, S. R., Ramdas, A., McAuliffe, J. & Sekhon, J. (2021). Annals of Statistics 49(2).
    Turner, R. J. & Grünwald, P. D. (2023). Statistics & Probability Letters 198, 109835.
    Waudby-Smith, I. et al. (2024). Annals of Statistics 52(6), 2613–2640.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.invitations import InvitationCounts
    >>> cells = pd.DataFrame({"batch": [1, 1, 2, 2, 3, 3], "arm": ["1 day", "7 days"] * 3})
    >>> sent = np.array([500, 500, 700, 300, 800, 200])
    >>> came = np.array([84, 42, 120, 24, 142, 15])
    >>> result = arm_sequences(InvitationCounts(cells, sent, came), control="7 days", planned=3000)
    >>> result.last()[["estimand", "estimate", "lower", "upper", "decision"]].round(3)
                  estimand  estimate  lower  upper     decision
    0             response     0.173  0.141  0.208  can be best
    1             response     0.081  0.052  0.118    ruled out
    2  response difference     0.092  0.034  0.147      differs
    3  response difference     0.091  0.052  0.132      differs
    4  response difference     0.091  0.053  0.129      differs
    5           odds ratio     2.358  1.449  3.989      differs
    """
    level = checks.fraction("level", level)
    checks.count("planned", planned, least=2)
    data = batched(counts, order)
    if not data.invited[0].sum():
        raise InputError(f"Batch {data.batches[0]!r}, the first, has no invitations. Leave it out.")
    table = None if shares is None else planned_shares(shares, data)
    arms = len(data.arms)
    against = _against(data, control)
    pairs = arms - 1 if control is not None else arms * (arms - 1) // 2
    asked = Asked(level, (1 - level) / arms, (1 - level) / pairs, float(planned))
    rows = arm_rows(data, asked)
    for place in range(arms):
        if place != against:
            rows += pair_rows(data, place, against, asked)
    frame = pd.concat(rows, ignore_index=True)
    frame.insert(list(frame.columns).index("upper") + 1, "level", level)
    options = {
        "control": control,
        "planned": planned,
        "order": None if order is None else data.batches,
        "level": level,
        "shares": None if table is None else table.round(6).tolist(),
    }
    provenance = Provenance(_METHOD, options, counts.fingerprint)
    return ArmSequences(frame, tuple(doubts(frame, data, table)), provenance)


def _against(data: Batched, control: str | None) -> int:
    """Return the place of the arm that the others are held against."""
    if control is not None:
        return data.arms.index(checks.one_of("control", control, data.arms))
    sent, came = data.invited.sum(axis=0), data.answered.sum(axis=0)
    return int(np.divide(came, sent, out=np.zeros(len(sent)), where=sent > 0).argmax())
