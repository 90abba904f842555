"""Survey fatigue: response and score by past solicitations, and what a quarantine would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.experiments.survey.choice import choose
from npsstats.experiments.survey.delay import log_delay, three_logits
from npsstats.experiments.survey.delay.delay_reading import check_curve
from npsstats.experiments.survey.tired.fatigue_curves import MORE, changes, curves_of, doubts_of
from npsstats.experiments.survey.tired.fatigue_reading import money_of, past_cells, rule_days
from npsstats.experiments.survey.tired.quarantine_rule import Sent, money_draws, rule, rules
from npsstats.experiments.survey.tired.tiredness import choose_recency
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from npsstats.aggregates.invitations import InvitationCounts

__all__ = ["Fatigue", "fatigue"]

_METHOD = "three logistic regressions on past solicitations, standardized"


@dataclass(frozen=True, repr=False)
class Fatigue(Result):
    """What past solicitations go with: `change`, `quantity`, `unit`, and the estimate.

    Changes: "one more solicitation" (mean over all sent who are below the cap, the last one as
    long ago as it is) and "asked d days ago, not long ago" (over those asked before). Quantities:
    "response", in points of percentage; "nps", in points.

    Attributes
    ----------
    curves
        `factor`, `value`, `quantity` ("response", a share; "nps", points), `unit`, estimate and
        limits. By number: everybody asked so often, long ago. By days since the last: those asked
        before, as often as they were.
    rules
        `quarantine_days`, `quantity`, `unit`, `estimate`, `lower`, `upper`, `level`, to 1,000
        invitations as they are sent now. "not_sent"; "answers_lost" with them; "response_kept",
        of those still sent, were nobody less tired; "answers_won_back", because they are;
        "answers" in all; "invitations_per_answer"; "money" gained, where costs are given. Unless
        solicitations were randomized, one limit is that of nothing won back, and none is of less.
        Limits are too narrow (docs/tables/timing.md).
    choice
        Which rule serves money best, as modelled (`choice.choose`); None without costs.
    recency, criteria
        How the last solicitation fades, and Akaike's criterion of each way that was tried.
    randomized
        Whether chance decided who was solicited.
    """

    title: ClassVar[str] = "Fatigue by past solicitations"
    curves: pd.DataFrame
    rules: pd.DataFrame
    choice: pd.DataFrame | None
    recency: str
    criteria: dict[str, float]
    randomized: bool

    @override
    def headline(self) -> str:
        rows = self.frame[self.frame["change"] == MORE].set_index("quantity")
        response, score = rows.loc["response"], rows.loc["nps"]
        verb = "changes" if self.randomized else "goes with a change of"
        kind = "" if self.randomized else " These are associations."
        return (
            f"One more solicitation, the last one as long ago, {verb} response by "
            f"{response.estimate:+.1f} points of percentage ({100 * response.level:g}% interval "
            f"{response.lower:+.1f} to {response.upper:+.1f}) and NPS by {score.estimate:+.1f} "
            f"points ({score.lower:+.1f} to {score.upper:+.1f}).{kind}"
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:+.2f}".format) for name in names})


def fatigue(
    counts: InvitationCounts,
    *,
    past: str = "past_invitations",
    since: str = "days_since_last",
    adjust: Sequence[str] = (),
    quarantine: Sequence[int] = (0, 30, 60, 90, 180),
    randomized: bool = False,
    send_cost: float | None = None,
    answer_value: float | None = None,
    most: int = 6,
    level: float = 0.95,
    seed: int = 0,
    draws: int = 2000,
) -> Fatigue:
    """Return how response and score go with past solicitations, and what a quarantine would do.

    Three logistic regressions on cells hold the number of past solicitations, how the last one
    fades, and main effects of `adjust`; whoever was never asked is as one asked long ago. Unless
    chance decided who was solicited, all this is association: those asked often are the
    customers who come often, and differ in more than having been asked. `adjust` helps for what
    is known of them. A customer's several invitations count as independent.

    A rule of q days is read on the gaps between solicitations, as if they were drawn alike for
    everybody: what follows an unsent one may go out. Invitations that a rule of today already
    holds back are not in the counts, and some would go out under a longer one: `not_sent` is
    then too high.

    Parameters
    ----------
    counts
        With scores, by `past`, `since` and `adjust`, both as numbers.
    past, since
        Keys: past solicitations; days since the last one, missing where there is none.
    adjust
        Keys of covariates, each a category.
    quarantine
        Rules in days, ascending; 0 is none.
    randomized
        Whether chance decided who was solicited and when; else the words are of association.
    send_cost, answer_value
        Money: what an invitation costs (goodwill included) and what an answer is worth.
    most
        More past solicitations than that count as that many.
    level
        Of the intervals.
    seed, draws
        Of the normal draws of coefficients; draws are a multiple of 4.

    Returns
    -------
    Fatigue

    Raises
    ------
    InputError
        If a key or scores are missing, numbers are none, all have the same past, or only one of
        the costs is given.

    References
    ----------
    Hernán & Robins (2020), section 13.3 (standardization); Feller (1968), section XIII.3.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame(
    ...     {"past_invitations": [0, 1, 2, 2], "days_since_last": ["(none)", 20, 20, 200]}
    ... )
    >>> scores = nps.ScoreCounts(
    ...     [
    ...         [9, 2, 4, 6, 6, 20, 20, 50, 88, 70, 125],
    ...         [5, 2, 3, 3, 3, 10, 10, 24, 40, 28, 41],
    ...         [5, 1, 3, 3, 3, 9, 10, 20, 32, 22, 32],
    ...         [4, 1, 2, 3, 3, 9, 9, 22, 38, 30, 46],
    ...     ],
    ...     cells,
    ... )
    >>> sent = nps.InvitationCounts(cells, np.array([1500, 900, 800, 800]), scores.n, scores)
    >>> result = fatigue(sent, quarantine=(0, 30))
    >>> result.frame[["change", "quantity", "estimate"]].round(1).head(2)
                      change  quantity  estimate
    0  one more solicitation  response      -2.2
    1  one more solicitation       nps      -2.4
    >>> rule = result.rules[result.rules["quarantine_days"] == 30]
    >>> rule[["quantity", "estimate"]].round(1).head(2)
           quantity  estimate
    6      not_sent     289.0
    7  answers_lost      53.9
    """
    check_curve(1, draws, seed, level)
    checks.count("most", most, least=1)
    days = rule_days(quarantine)
    money = money_of(send_cost, answer_value)
    cells = past_cells(counts, past, since, adjust)
    others, _ = log_delay.mix_of(
        np.zeros(len(cells.past), dtype=np.intp), cells.adjust, cells.asked.invited
    )
    recency, fits, criteria = choose_recency(cells.past, cells.since, others, most, cells.asked)
    coefficients = three_logits.draw(fits, draws, np.random.default_rng(seed))
    sent = Sent(cells.past, cells.since, cells.asked.invited, others, recency, most)
    found = rule(coefficients[0], sent, days, money, causal=randomized)
    choice = None
    if money is not None and len(days) > 1:
        values, names = money_draws(found)
        choice = choose(values, names, purpose="money", unit="money", level=level)
    options: dict[str, Any] = {"past": past, "since": since, "adjust": list(adjust)}
    options |= {"quarantine": days, "randomized": randomized, "recency": recency.words}
    options |= {"most": most, "level": level, "draws": draws}
    if money is not None:
        options |= {"send_cost": money[0], "answer_value": money[1]}
    frame = changes(coefficients, sent, level)
    return Fatigue(
        frame,
        tuple(doubts_of(cells, sent, fits, frame, days, randomized=randomized)),
        Provenance(_METHOD, options, counts.fingerprint, seed),
        curves_of(coefficients, sent, level, names=(past, since)),
        rules(found, level),
        choice,
        recency.words,
        criteria,
        randomized,
    )
