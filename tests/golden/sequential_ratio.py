"""Golden numbers for the sequential test of sample ratios, from its authors' own package.

    pip install --no-deps ssrm-test==0.1.5 toolz && python tests/golden/sequential_ratio.py

writes sequential_ratio.csv beside itself. The package was written for NumPy 1, whose name for
infinity is lent to it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy

CASES = {  # planned shares; concentration; seed; true shares; units a day
    "as planned": ((0.5, 0.5), 10_000, 1, (0.5, 0.5), 400),
    "off": ((0.5, 0.5), 10_000, 2, (0.52, 0.48), 900),
    "three arms": ((0.5, 0.3, 0.2), 500, 3, (0.46, 0.34, 0.2), 120),
    "few": ((0.1, 0.9), 20, 4, (0.3, 0.7), 7),
}


def main():
    np.Inf = np.inf  # noqa: NPY201 - the package's name for it
    from ssrm_test import ssrm_test as peer

    rows = []
    for case, (planned, concentration, seed, true, size) in CASES.items():
        daily = np.random.default_rng(seed).multinomial(size, true, size=14)
        path = peer.sequential_posteriors(
            daily, np.array(planned), dirichlet_concentration=concentration
        )[-len(daily) :]
        for day, (counts, state) in enumerate(zip(daily, path, strict=True), start=1):
            row = {"case": case, "concentration": concentration, "day": day}
            row |= {f"n{arm}": n for arm, n in enumerate(counts)}
            row |= {f"share{arm}": share for arm, share in enumerate(planned)}
            row |= {name: state[name] for name in ("log_bayes_factor", "p_value")}
            rows.append(row)
    target = Path(__file__).with_suffix(".csv")
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(
            f"# ssrm-test 0.1.5, NumPy {np.__version__}, SciPy {scipy.__version__}, "
            "tests/golden/sequential_ratio.py\n"
        )
        table = pd.DataFrame(rows).astype({"n2": "Int64"})
        table.to_csv(stream, index=False, float_format="%.12g", lineterminator="\n")


if __name__ == "__main__":
    main()
