"""Golden numbers for scores of forecasts, by scoringrules.

    pip install scoringrules==0.11.0 && python tests/golden/scoring.py

writes scoring.csv (one row a forecast and score) and scoring_draws.csv beside itself. Quantiles
are NumPy's, by linear interpolation. The log score of draws is that of the even mixture of normal
laws around them, whose variance is the noise and that of Silverman's kernel.
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SIZE, DRAWS = 12, 40
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


def main() -> None:
    """Draw forecasts and values, score them."""
    import scoringrules as sr  # no dependency of ours

    rng = np.random.default_rng(20261127)
    mean, sd = rng.normal(20, 30, SIZE), rng.gamma(2, 6, SIZE)
    draws = np.round(mean[:, None] + sd[:, None] * rng.standard_t(4, (SIZE, DRAWS)), 3)
    draws[0] = np.round(draws[0], -1)  # ties, as the scores of ten answers have
    values = np.round(mean + sd * rng.standard_normal(SIZE) * 1.5, 3)
    values[0] = draws[0, 0]
    values[1] = draws[1].max() + 5
    noise = rng.gamma(2, 20, SIZE)
    alpha = 1 - np.array(LEVELS)
    lower = np.quantile(draws, alpha / 2, axis=1).T
    upper = np.quantile(draws, 1 - alpha / 2, axis=1).T
    # 0.11.0 adds half the median where the paper adds half its distance to the value
    apart = np.abs(values - np.median(draws, axis=1))
    kernel = 1.06 * DRAWS**-0.2 * draws.std(axis=1)
    spread = np.sqrt(noise + kernel**2)[:, None] * np.ones((1, DRAWS))
    columns = {
        "mean": mean,
        "sd": sd,
        "value": values,
        "noise": noise,
        "crps_fair": sr.crps_ensemble(values, draws, estimator="fair", backend="numpy"),
        "crps_plug_in": sr.crps_ensemble(values, draws, estimator="nrg", backend="numpy"),
        "crps_normal": sr.crps_normal(values, mean, sd, backend="numpy"),
        "log_normal": sr.logs_normal(values, mean, sd, backend="numpy"),
        "log_mixture": sr.logs_mixnorm(values, draws, spread, backend="numpy"),
        "interval_80": sr.interval_score(values, lower[:, 7], upper[:, 7], 0.2, backend="numpy"),
        "wis": sr.weighted_interval_score(
            values, apart, lower, upper, alpha, w_median=0.5, w_alpha=alpha / 2, backend="numpy"
        ),
    }
    table = np.column_stack(list(columns.values()))
    np.savetxt(
        HERE / "scoring.csv",
        table,
        fmt="%.17g",
        delimiter=",",
        header=",".join(columns),
        comments="",
    )
    np.savetxt(HERE / "scoring_draws.csv", draws, fmt="%.3f", delimiter=",")


if __name__ == "__main__":
    main()
