"""Golden numbers for trimming and worst-case bounds, by implementations that trim otherwise.

    pip install pyleebounds==0.3.0 scipy && python tests/golden/bounds.py

writes bounds_people.csv, bounds_trimmed.csv and bounds_sharp.csv beside itself.

* Distinct outcomes: pyleebounds, on rows; it trims whole people and takes no arm but the treated
  one, so that cases have whole surpluses and arms are exchanged where the control answers more.
  Standard errors by the formula of Lee (2009, proposition 3), which his paper derives for a
  continuous outcome.
* Outcomes on three values, ties at every cut: no trimming at all. Over every joint law of (answers
  if treated, answers if not, outcome if treated, outcome if not) that gives the observed shares,
  the least and the greatest effect are linear programs: on those who would answer in either arm,
  with nobody whom treatment silences (or nobody whom it rouses), and on all, with no such rule.
"""

import csv
import itertools
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog

HERE = Path(__file__).parent
WHOLE = {  # assigned and answered: treated, control
    "more": (500, 250, 400, 100),
    "many more": (500, 450, 300, 90),
    "uneven arms": (200, 100, 800, 240),
    "control more": (300, 90, 300, 150),
}
TIED = {  # counts of −100, 0, 100 and assigned: treated, control
    "cut in the promoters": ((20, 30, 70), 200, (40, 60, 80), 400),
    "cut in the passives": ((5, 80, 15), 160, (10, 5, 5), 100),
    "cut in two": ((30, 10, 60), 120, (4, 3, 5), 48),
    "control more": ((3, 4, 9), 100, (25, 10, 30), 130),
    "no surplus": ((12, 18, 30), 150, (20, 8, 12), 100),
    "all promoters": ((0, 0, 9), 20, (0, 2, 3), 20),
}
VALUES = np.array([-100.0, 0.0, 100.0])


def people() -> pd.DataFrame:
    rng = np.random.default_rng(20)
    frames = []
    for case, (n1, a1, n0, a0) in WHOLE.items():
        y = np.concatenate([rng.gamma(2.0, 30.0, n1), rng.gamma(2.0, 25.0, n0)]).round(6)
        answers = np.concatenate([np.arange(n1) < a1, np.arange(n0) < a0]).astype(int)
        treated = np.repeat([1, 0], [n1, n0])
        rows = pd.DataFrame({"case": case, "treated": treated, "answered": answers, "y": y})
        assert rows["y"].is_unique
        frames.append(rows[rows["answered"] == 1].assign(assigned=np.repeat([n1, n0], [a1, a0])))
    return pd.concat(frames)


def lee(rows: pd.DataFrame, case: str) -> list:
    n1, a1, n0, a0 = WHOLE[case]
    turned = a1 / n1 < a0 / n0
    d = 1 - rows["treated"] if turned else rows["treated"]
    silent = pd.DataFrame({"d": [d.iloc[0]] * (n1 - a1) + [d.iloc[-1]] * (n0 - a0)})
    data = pd.concat(
        [pd.DataFrame({"d": d, "s": 1.0, "y": rows["y"]}), silent.assign(s=0.0, y=-1.0)],
        ignore_index=True,
    )
    from pyleebounds import LeeBounds  # of this script's environment only

    fit = LeeBounds(n_bootstrap=1).fit(data, "y", "d", "s")
    surplus = (data["s"][data["d"] == 1].sum()) * (1 - fit.p0 / fit.p1)
    # the package cuts a surplus off to a whole number, and must not lose one to rounding
    assert int(fit.n_treated_selected * ((fit.p1 - fit.p0) / fit.p1)) == round(surplus)
    low, high = fit.lower_bound, fit.upper_bound
    errors = [error(data, upper=upper) for upper in (False, True)]
    if turned:
        low, high, errors = -high, -low, errors[::-1]
    return [case, low, high, *errors]


def error(data: pd.DataFrame, *, upper: bool) -> float:
    """Return the standard error of a bound by Lee's proposition 3, parts (i) to (iii)."""
    n, share = len(data), data["d"].mean()
    rate1, rate0 = (data.loc[data["d"] == arm, "s"].mean() for arm in (1, 0))
    p = (rate1 - rate0) / rate1
    one = np.sort(data.loc[(data["d"] == 1) & (data["s"] == 1), "y"])
    two = data.loc[(data["d"] == 0) & (data["s"] == 1), "y"]
    cut = round(len(one) * p)
    part = one[cut:] if upper else one[: len(one) - cut]
    edge = part[0] if upper else part[-1]
    seen, gap = share * rate1, edge - part.mean()
    trimmed = (part.var() + gap**2 * p) / (seen * (1 - p))
    of_p = (1 - p) ** 2 * (
        (1 - rate0 / (1 - p)) / (share * rate0 / (1 - p)) + (1 - rate0) / ((1 - share) * rate0)
    )
    control = two.var(ddof=0) / ((1 - share) * rate0)
    return float(np.sqrt((trimmed + (gap / (1 - p)) ** 2 * of_p + control) / n))


def program(case: str, rule: str) -> tuple[float, float]:
    """Return the least and the greatest effect over all joint laws that give the shares."""
    one, n1, two, n0 = TIED[case]
    seen1, seen0 = np.array(one) / n1, np.array(two) / n0
    cells = list(itertools.product((0, 1), (0, 1), range(3), range(3)))  # s1, s0, y1, y0
    rows, right = [], []
    for k in range(3):
        rows.append([float(s1 and y1 == k) for s1, _, y1, _ in cells])
        right.append(seen1[k])
        rows.append([float(s0 and y0 == k) for _, s0, _, y0 in cells])
        right.append(seen0[k])
    rows.append([1.0] * len(cells))
    right.append(1.0)
    effect = np.array([VALUES[y1] - VALUES[y0] for *_, y1, y0 in cells])
    bounds = [(0.0, 1.0)] * len(cells)
    if rule == "monotone":
        barred = (0, 1) if seen1.sum() >= seen0.sum() else (1, 0)
        bounds = [(0.0, 0.0) if cell[:2] == barred else (0.0, 1.0) for cell in cells]
        effect = effect * np.array([s1 and s0 for s1, s0, *_ in cells])
        effect = effect / min(seen1.sum(), seen0.sum())
    ends = []
    for sign in (1, -1):
        found = linprog(sign * effect, A_eq=rows, b_eq=right, bounds=bounds, method="highs")
        assert found.status == 0, found.message
        ends.append(sign * found.fun)
    return ends[0], ends[1]


def write(name: str, header: list[str], rows: list) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        file.write(
            f"# pyleebounds {version('pyleebounds')}, scipy {version('scipy')} (linprog, HiGHS); "
            "tests/golden/bounds.py\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(
            [[x if isinstance(x, (str, int)) else f"{x:.12g}" for x in row] for row in rows]
        )


def main() -> None:
    rows = people()
    rows[["case", "treated", "y", "assigned"]].to_csv(
        HERE / "bounds_people.csv", index=False, lineterminator="\n"
    )
    trimmed = [lee(rows[rows["case"] == case], case) for case in WHOLE]
    write("bounds_trimmed.csv", ["case", "low", "high", "se_low", "se_high"], trimmed)
    sharp = []
    for case, (one, n1, two, n0) in TIED.items():
        monotone, worst = program(case, "monotone"), program(case, "none")
        sharp.append([case, *one, n1, *two, n0, *monotone, *worst])
    header = [
        "case",
        "t_0",
        "t_1",
        "t_2",
        "n_treated",
        "c_0",
        "c_1",
        "c_2",
        "n_control",
        "lee_low",
        "lee_high",
        "worst_low",
        "worst_high",
    ]
    write("bounds_sharp.csv", header, sharp)


if __name__ == "__main__":
    main()
