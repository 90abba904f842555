"""NPS of business customers, where several people answer for an account.

People of one account think alike, so that accounts, not answers, are what is sampled. NPS is a
ratio ΣA/ΣB over accounts (B what the account weighs, A = B times its mean), and its variance is
that of the totals between accounts. Where few accounts hold most of the weight the usual
variance is too small and its degrees of freedom too many; both are mended under the model that
accounts vary alike (Bell & McCaffrey), from powers of B alone.

References
----------
Kish, L. (1965). Survey Sampling. Wiley, ch. 5–6 (ratio means, intraclass correlation).
Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression
with multi-stage samples. Survey Methodology 28(2), 169–181.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.aggregates.accounts import SUMS, account_sums
from npsstats.checks import InputError
from npsstats.estimation.answering.weighted import limits_of
from npsstats.results import Provenance, Result
from npsstats.said import Said, said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["AccountNps", "account_nps"]

_WEIGHTS = ("account", "revenue", "respondent")
_FEW = 20
_HEAVY = 0.2


@dataclass(frozen=True, repr=False)
class AccountNps(Result):
    """NPS over business accounts, in points (−100…100), a row a cell."""

    title: ClassVar[str] = "Net Promoter Score of accounts"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, NPS over accounts in points"
        row = self.frame.iloc[0]
        how = {"account": "each account once", "revenue": "accounts by revenue"}
        how["respondent"] = "each answer once"
        return (
            f"NPS {row.estimate:+.1f} ({how[row.weight]}), {100 * row.level:g}% interval "
            f"{row.lower:+.1f} to {row.upper:+.1f}, from {int(row.n):,} answers of "
            f"{int(row.accounts):,} accounts"
        )


def account_nps(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    weight: str = "account",
    revenue: str | None = None,
    method: str = "adjusted_wald",
    level: float = 0.95,
) -> AccountNps:
    """Return NPS over accounts, with accounts as the units of uncertainty.

    Parameters
    ----------
    data
        An `Intake` of responses with `account_id`, or anything that `npsstats.read` takes.
        Answers without an account are left out, and counted in the diagnostics.
    by
        Key or keys of the cells; None takes all accounts as one.
    weight
        "account": every account counts once, however many answer. "revenue": by its revenue.
        "respondent": every answer counts once (the plain NPS, with an honest interval).
    revenue
        Column of the answers that holds the account's revenue, for weight="revenue"; its
        largest value in an account's answers is taken. Keep it when reading: segments=[...].
    method
        Limits: "adjusted_wald", "tango" (score) or "wald" (estimate ± t · standard error).
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    AccountNps
        `frame`: the cell's labels, n (answers), accounts (with a weight), n_effective (Kish, in
        accounts), nps (of the answers), estimate, std_error, lower, upper (points), level, df,
        design_effect (of the variance, against as many answers one by one), icc (correlation of
        two answers of one account; NaN without a second), largest_share (of one account in the
        weight, 0 to 1), weight.

    Raises
    ------
    InputError
        If a column is not there, a revenue is missing or negative, or no answer has an account.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> answers = pd.DataFrame(
    ...     {
    ...         "score": [10, 9, 10, 9, 3, 8, 10, 6, 9, 2],
    ...         "account_id": ["A", "A", "A", "A", "B", "B", "C", "D", "E", "F"],
    ...     }
    ... )
    >>> read = nps.read(answers, quiet=True)
    >>> nps.account_nps(read).frame[["n", "accounts", "nps", "estimate", "std_error"]].round(1)
        n  accounts   nps  estimate  std_error
    0  10         6  30.0       8.3       41.7
    """
    checks.one_of("weight", weight, _WEIGHTS)
    checks.one_of("method", method, ("adjusted_wald", "tango", "wald"))
    level = checks.fraction("level", level)
    if (weight == "revenue") != (revenue is not None):
        raise InputError(
            "weight='revenue' and `revenue`, the name of its column, belong together: give both, "
            "or neither."
        )
    table, without = account_sums(data, by, weight, revenue)
    if not len(table) or not table["n"].sum() > 0:
        raise InputError("No answer has an account. Map the column: columns={'account_id': ...}.")
    if revenue is not None and not table["b1"].sum() > 0:
        raise InputError(
            f"`revenue`: {revenue!r} is 0 for every account, so no account counts. Name the column "
            "that holds what accounts are worth."
        )
    cells = table.drop(columns=list(SUMS))
    numbers = _numbers({name: table[name].to_numpy(float) for name in SUMS})
    shares = np.stack([numbers["down"], 1 - numbers["down"] - numbers["up"], numbers["up"]], axis=1)
    limits = limits_of(
        shares, numbers["std_error"], numbers["n_effective"], numbers["df"], method, level
    )
    several = numbers["accounts"] > 1
    frame = cells.assign(
        n=numbers["n"].astype(np.int64),
        accounts=numbers["accounts"].astype(np.int64),
        n_effective=numbers["n_effective"],
        nps=100 * numbers["raw"],
        estimate=100 * numbers["estimate"],
        std_error=np.where(several, 100 * numbers["std_error"], np.nan),
        lower=np.where(several, 100 * limits.lower, -100.0),
        upper=np.where(several, 100 * limits.upper, 100.0),
        level=level,
        df=numbers["df"],
        design_effect=numbers["design_effect"],
        icc=numbers["icc"],
        largest_share=numbers["largest_share"],
        weight=weight,
    )
    options = {
        "by": [by] if isinstance(by, str) else list(by or ()),
        "weight": weight,
        "revenue": revenue,
        "method": method,
        "level": level,
    }
    name = f"ratio over accounts ({weight}), variance between accounts"
    return AccountNps(
        frame, tuple(_doubts(frame, without)), Provenance(name, options, _fingerprint(table))
    )


def _numbers(s: dict[str, Floats]) -> dict[str, Floats]:
    """Return estimate, standard error and the rest (shares), from the sums of each cell."""
    total = np.where(s["b1"] > 0, s["b1"], np.nan)
    net = s["a1"] / total
    # what one account adds to the variance, Σp²(ȳ − net)²
    raw = np.maximum(s["a2"] - 2 * net * s["ab"] + net**2 * s["b2"], 0.0) / total**2
    p2, p3, p4, p5 = (s[f"b{k}"] / total**k for k in (2, 3, 4, 5))
    kept = p2 - 2 * p3 + p2**2  # its expectation over σ², where it should be p2
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(kept > 1e-12, raw * p2 / kept, np.nan)
        square = p2**4 + 2 * p2 * p4 - 4 * p2**2 * p3 + 2 * p3**2 + p4 * (1 + 2 * p2) - 4 * p5
        df = np.where(square > 1e-15, kept**2 / square, 0.0)
        n = s["n"]
        plain = (s["promoters"] - s["detractors"]) / n
        moving = (s["promoters"] + s["detractors"]) / n
        spread = moving - plain**2
        effect = np.where(spread > 0, variance * n / spread, np.nan)
        icc = _icc(s, plain, spread)
    moved = s["moving"] / total
    return {
        "n": n,
        "accounts": s["accounts"],
        "n_effective": np.nan_to_num(1 / p2),
        "raw": plain,
        "estimate": net,
        "std_error": np.sqrt(variance),
        "df": np.maximum(df, 0.0),
        "design_effect": effect,
        "icc": icc,
        "largest_share": s["largest"] / total,
        "up": (moved + net) / 2,
        "down": (moved - net) / 2,
    }


def _icc(s: dict[str, Floats], plain: Floats, spread: Floats) -> Floats:
    """Return the one-way ANOVA intraclass correlation, NaN without two answers of an account."""
    n, accounts = s["n"], s["accounts"]
    between = (s["between"] - n * plain**2) / (accounts - 1)
    within = (n * (spread + plain**2) - s["between"]) / (n - accounts)
    typical = (n - s["n2"] / n) / (accounts - 1)
    found = (between - within) / (between + (typical - 1) * within)
    return np.where((accounts > 1) & (n > accounts) & (spread > 0), found, np.nan)


def _fingerprint(table: pd.DataFrame) -> str:
    from hashlib import sha256

    return sha256(table.to_csv(index=False).encode()).hexdigest()[:16]


def _doubts(frame: pd.DataFrame, without: int) -> list[Said]:
    doubts: list[Said] = []
    lone = int((frame["accounts"] < 2).sum())
    if lone:
        doubts.append(
            said_many(
                "{n} cell rests on a single account, which says nothing of how accounts differ: "
                "its interval is the whole scale.",
                "{n} cells rest on a single account, which says nothing of how accounts differ: "
                "its interval is the whole scale.",
                lone,
            )
        )
    few = int(frame["df"].between(0, _FEW - 1, inclusive="left").sum()) - lone
    if few > 0:
        doubts.append(
            said_many(
                "{n} cell rests on the equivalent of fewer than {few} accounts: standard errors "
                "from so few are themselves uncertain, which the limits allow for.",
                "{n} cells rest on the equivalent of fewer than {few} accounts: standard errors "
                "from so few are themselves uncertain, which the limits allow for.",
                few,
                few=_FEW,
            )
        )
    heavy = frame[frame["largest_share"] > _HEAVY]
    if len(heavy) and (heavy["accounts"] > 1).any():
        doubts.append(
            said(
                "One account makes up to {share:.0f}% of the weight: the score is largely its own.",
                share=100 * heavy["largest_share"].max(),
            )
        )
    if without:
        doubts.append(said("{n:,} answers without an account were left out.", n=without))
    return doubts
