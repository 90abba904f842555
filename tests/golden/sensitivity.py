"""Numbers of PySensemakr 0.0.8 on the Darfur survey, for tests/linkage/test_sensitivity.py.

    python -m venv peer && peer/bin/pip install "PySensemakr==0.0.8" "pandas<3"
    peer/bin/python tests/golden/sensitivity.py

Writes `sensitivity_values.csv` (robustness values by t, df, q and alpha) and
`sensitivity_bounds.csv` (the regression of the paper, benchmarked on `female`). The rows of the
survey are not kept: t statistics, partial R² and degrees of freedom are all that the formulas
read.
"""

from pathlib import Path

HERE = Path(__file__).parent
MODEL = (
    "peacefactor ~ directlyharmed + age + farmer_dar + herder_dar + pastvoted + hhsize_darfur "
    "+ female + village"
)


def values() -> None:
    """Write robustness values over a grid, cases where the bound of 1 does not bind among them."""
    import pandas as pd
    import sensemakr

    rows = []
    for t in (0.5, 1.96, 2.5, 4.18445, 12.0, 40.0):
        for df in (7, 40, 783):
            for q in (0.5, 1.0):
                for alpha in (1.0, 0.05):
                    value = sensemakr.robustness_value(
                        t_statistic=float(t), dof=df, q=q, alpha=alpha
                    )
                    rows.append((t, df, q, alpha, float(value.iloc[0])))
    frame = pd.DataFrame(rows, columns=["t", "df", "q", "alpha", "robustness_value"])
    frame.to_csv(HERE / "sensitivity_values.csv", index=False, float_format="%.10g")


def bounds() -> None:
    """Write what a cause one, two or three times as strong as `female` would leave."""
    import pandas as pd
    import sensemakr
    import statsmodels.formula.api as smf

    darfur = sensemakr.load_darfur()
    fit = smf.ols(MODEL, darfur).fit()
    aside = smf.ols(
        MODEL.replace("peacefactor ~ directlyharmed +", "directlyharmed ~"), darfur
    ).fit()
    done = sensemakr.Sensemakr(
        model=fit, treatment="directlyharmed", benchmark_covariates=["female"], kd=[1, 2, 3]
    )
    frame = done.bounds.copy()
    frame["estimate"] = fit.params["directlyharmed"]
    frame["std_error"] = fit.bse["directlyharmed"]
    frame["df"] = fit.df_resid
    frame["t_outcome"] = fit.tvalues["female"]
    frame["t_treatment"] = aside.tvalues["female"]
    frame["df_treatment"] = aside.df_resid
    frame["times"] = [1, 2, 3]
    frame = pd.DataFrame(frame).drop(columns=["bound_label", "treatment"], errors="ignore")
    frame.to_csv(HERE / "sensitivity_bounds.csv", index=False, float_format="%.10g")


if __name__ == "__main__":
    values()
    bounds()
