"""Least squares of a score on a formula, from patterns of answers, with errors of one's choice.

Equal answers are one row with a count: coefficients, classical, heteroskedasticity-robust (HC3) and
clustered errors are those of the regression on single answers.

References
----------
MacKinnon, J. G. & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators
with improved finite sample properties. J. Econometrics 29(3), 305–325 (HC3).
Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models.
Biometrika 73(1), 13–22 (clusters, with the factor G/(G−1)·(n−1)/(n−k)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
from npsstats.checks import InputError
from npsstats.linkage.driving.least_squares import least_squares
from npsstats.linkage.driving.refusals import refuse_collinear
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.linkage.driving.least_squares import Fit

    Floats = NDArray[np.float64]

__all__ = ["Regression", "regression"]

_ERRORS = ("classical", "HC3", "cluster")


@dataclass(frozen=True, repr=False)
class Regression(Result):
    """Coefficients of a least-squares regression, in steps of the score.

    Attributes
    ----------
    r_squared, adjusted
        Share of the score's variance that the terms tell in this sample; and corrected for their
        number. Without a constant, of the squares of the score about 0, which is another thing.
    freedom
        Residual degrees of freedom: answers less coefficients.
    f
        F statistic of all terms but the constant, from classical errors.
    residual_sd
        Steps of the score.
    constant
        Whether the terms hold a constant.
    """

    title: ClassVar[str] = "Regression of the score"
    r_squared: float
    adjusted: float
    freedom: int
    f: float
    residual_sd: float
    constant: bool = True

    @override
    def headline(self) -> str:
        terms = len(self.frame) - self.constant
        n = int(self.frame["n"].iloc[0])
        what = "variance" if self.constant else "squares (about 0: no constant)"
        return (
            f"{terms} term{'s' if terms != 1 else ''} tell {100 * self.r_squared:.2f} % of the "
            f"{what} of {n:,} scores (F {self.f:.2f} on {terms} and {self.freedom:,} degrees of "
            f"freedom); the other {100 - 100 * self.r_squared:.2f} % they leave."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper", "classical_error")
        return self.frame.assign(**{name: self.frame[name].map("{:.5f}".format) for name in names})


def regression(
    data: Any,
    formula: str,
    *,
    errors: str = "HC3",
    cluster: str | None = None,
    level: float = 0.95,
) -> Regression:
    """Regress the score on a formula by least squares.

    Parameters
    ----------
    data
        `AnswerPatterns` of the variables, or anything `answer_patterns` takes.
    formula
        "score ~ log(visits) + log(np.maximum(ticket, 0) + 1) + journey": functions log, exp, C, …
        and those of numpy as np. A column of text is a category.
    errors
        "classical", "HC3" (robust to unequal variances) or "cluster".
    cluster
        The column of the clusters, for errors="cluster".
    level
        Of the intervals.

    Returns
    -------
    Regression
        `frame`, a row a coefficient: term, estimate, std_error, lower, upper (steps of the score),
        level, p_value, classical_error, n.

    Raises
    ------
    InputError
        If the formula cannot be read, a variable is not there, errors by cluster lack a cluster, a
        term follows from others, or there are no more answers than coefficients.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.questionnaire import AnswerPatterns
    >>> rows = pd.DataFrame(
    ...     {"score": [9, 8, 10, 4, 7, 6, 3, 9], "wait": [1, 2, 1, 30, 8, 12, 45, None]}
    ... )
    >>> patterns = AnswerPatterns.of(rows, ["score", "wait"])
    >>> result = regression(patterns, "score ~ log(wait)")
    >>> result.frame[["term", "estimate", "std_error"]].round(3)
            term  estimate  std_error
    0  Intercept     9.553      0.444
    1  log(wait)    -1.594      0.183
    >>> result.diagnostics[0]
    '1 of 8 answers leave wait blank and are not in the regression.'
    """
    level = checks.fraction("level", level)
    checks.one_of("errors", errors, _ERRORS)
    if (errors == "cluster") != (cluster is not None):
        raise InputError(
            "errors='cluster' needs the column of the clusters, such as cluster='store_id', and "
            f"other errors none; got errors={errors!r} and cluster={cluster!r}."
        )
    parsed = _parsed(formula)
    names = sorted(map(str, parsed.required_variables))
    if not isinstance(data, AnswerPatterns):
        data = answer_patterns(data, names, cluster=cluster)
    elif cluster not in (None, data.cluster):
        raise InputError(f"`cluster` of these patterns is {data.cluster!r}, not {cluster!r}.")
    for name in names:
        if name not in data.questions:
            raise InputError(
                f"`formula` names {name!r}, which is no question among {', '.join(data.questions)} "
                "and no function: log, exp, C and those of numpy, such as np.maximum, are known."
            )
    blank = data.frame[names].isna().to_numpy()
    kept = data.take(~blank.any(axis=1))
    y, x = _matrices(parsed, kept.frame[names], formula)
    usable = np.isfinite(y) & np.isfinite(x.to_numpy()).all(axis=1)
    n = kept.n[usable].astype(float)
    y, design = y[usable], x.to_numpy(float)[usable]
    if n.sum() <= design.shape[1]:
        raise InputError(
            f"{int(n.sum())} answers cannot give {design.shape[1]} coefficients. Take fewer terms, "
            "or more answers."
        )
    flat = np.ptp(design, axis=0) == 0
    names_of = [str(k) for k in x.columns]
    if flat.sum() > 1 or not design[0, flat].all():
        wrong = [name for name, one in zip(names_of, flat, strict=True) if one][-1]
        raise InputError(f"`formula`: {wrong!r} is the same in every answer. Leave it out.")
    moving = [name for name, one in zip(names_of, flat, strict=True) if not one]
    refuse_collinear(design[:, ~flat], moving, n, centred=bool(flat.any()))
    groups = None
    if errors == "cluster":
        groups = pd.factorize(kept.frame[data.cluster][usable])[0]
        if groups.max() < 1:
            raise InputError("Errors by cluster need two clusters at least.")
    fit = least_squares(design, y, n, errors, groups)
    freedom = int(n.sum()) - design.shape[1]
    t = stats.t(freedom if groups is None else int(groups.max()))
    error = np.sqrt(np.diag(fit.covariance))
    frame = pd.DataFrame(
        {
            "term": names_of,
            "estimate": fit.slopes,
            "std_error": error,
            "lower": fit.slopes - t.ppf((1 + level) / 2) * error,
            "upper": fit.slopes + t.ppf((1 + level) / 2) * error,
            "level": level,
            "p_value": 2 * t.sf(np.abs(fit.slopes) / error),
            "classical_error": np.sqrt(np.diag(fit.classical)),
            "n": int(n.sum()),
        }
    )
    terms = design.shape[1] - fit.constant
    whole = 1 - fit.r_squared
    notes = _left_out(data, kept, names, blank, int(kept.n[~usable].sum()))
    return Regression(
        frame,
        (*notes, *_doubts(frame, fit, errors)),
        Provenance(
            f"least squares, {errors} errors",
            {"formula": formula, "errors": errors, "cluster": cluster, "level": level},
            data.fingerprint,
        ),
        fit.r_squared,
        1 - whole * (freedom + terms) / freedom,  # n less the constant, over n less all
        freedom,
        fit.r_squared / terms / (whole / freedom) if terms else float("nan"),
        fit.residual_sd,
        fit.constant,
    )


def _parsed(formula: str) -> Any:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
        sides = parsed.lhs, parsed.rhs
    except (FormulaicError, AttributeError):
        sides = None
    if sides is None:
        raise InputError(
            f"`formula` must read like 'score ~ log(visits) + journey', got {formula!r}."
        )
    return parsed


def _matrices(parsed: Any, frame: pd.DataFrame, formula: str) -> tuple[Floats, pd.DataFrame]:
    """Return the left side (rows,) and the columns of the right side."""
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            made = parsed.get_model_matrix(frame, context={"np": np}, na_action="ignore")
    except FormulaicError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"`formula` {formula!r} cannot be computed: {reason}") from None
    left = made.lhs.to_numpy(float)
    if left.shape[1] != 1:
        raise InputError(f"`formula` {formula!r} needs one number on its left, such as score.")
    return left[:, 0], pd.DataFrame(made.rhs)


def _left_out(
    data: AnswerPatterns, kept: AnswerPatterns, names: list[str], blank: Any, infinite: int
) -> list[Said]:
    notes = []
    if lost := data.total - kept.total:
        where = ", ".join(name for name, some in zip(names, blank.any(axis=0), strict=True) if some)
        notes.append(
            said(
                "{lost:,} of {total:,} answers leave {where} blank and are not in the regression.",
                lost=lost,
                total=data.total,
                where=where,
            )
        )
    if infinite:
        notes.append(
            said(
                "{infinite:,} answers have a term that is not finite (such as the logarithm of "
                "0) and are not in the regression.",
                infinite=infinite,
            )
        )
    return notes


def _doubts(frame: pd.DataFrame, fit: Fit, errors: str) -> list[Said]:
    notes = [said("A regression of what was observed: its slopes are associations, not effects.")]
    if not fit.constant:
        notes.insert(
            0,
            said(
                "The terms hold no constant: R² and F are of the squares of the score about 0, "
                "not about its mean, and are not to be set beside those of a regression with "
                "one."
            ),
        )
    apart = frame["std_error"] / frame["classical_error"] - 1
    far = apart[apart.abs() > 0.2]
    terms = frame["term"][far.index]
    by_how_much = [
        said("{term} {gap:+.0f}%", term=term, gap=100 * gap)
        for term, gap in zip(terms, far, strict=True)
    ]
    if len(far) and errors == "cluster":
        notes.append(
            said(
                "Errors by cluster differ from classical ones: {by_how_much}.",
                by_how_much=by_how_much,
            )
        )
    elif len(far) and fit.uneven < 0.05:
        notes.append(
            said(
                "The variance of what is left is not the same everywhere (Breusch–Pagan test, "
                "p {value}); robust errors differ from classical ones: {by_how_much}.",
                value=said("under 0.001")
                if fit.uneven < 0.001
                else said("= {p:.3f}", p=fit.uneven),
                by_how_much=by_how_much,
            )
        )
    if fit.constant and fit.r_squared < 0.05:
        notes.append(
            said(
                "A small p-value is not a large part of the score: nearly all of its variance "
                "is told by other things."
            )
        )
    return notes
