"""Ten million invitations: from the tables to the arms of a survey, beside the bare SQL; one run.

    python benchmarks/invitations.py [millions of invitations, default 10] [rounds, default 5]

Both read the same DuckDB tables, invitations and their answers, over one connection that is open
before. Bare: the SELECT that an analyst would write, the join and the group-by of arm, journey,
channel, incident and score. Ours: `count_invitations`, then `survey_arms` (weighted, with 4,000
posterior draws) and the verdicts. Every round runs both; ratios are taken within
rounds.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import ibis

import npsstats as nps

_SENT = """
CREATE TABLE invitations AS SELECT i AS invitation_id,
  ['first', 'before_last', 'last'][1 + (hash(i) % 3)::INT] AS arm,
  ['grocery', 'delivery', 'restaurant', 'self_checkout'][1 + (hash(i + 1) % 4)::INT] AS journey,
  ['email', 'sms', 'app'][1 + (hash(i + 2) % 3)::INT] AS channel,
  hash(i + 3) % 11 = 0 AS incident
FROM range({rows}) AS r(i)
"""
_CAME = """
CREATE TABLE responses AS SELECT invitation_id, (hash(invitation_id + 4) % 11)::INT AS score
FROM invitations WHERE hash(invitation_id + 5) % 100 < 22
"""
_BARE = """
SELECT arm, journey, channel, incident, score, count(*) AS n
FROM invitations LEFT JOIN responses USING (invitation_id) GROUP BY ALL
"""
KEYS = ("arm", "journey", "channel", "incident")
PURPOSES = ("communication", "representativeness", "response", "precision")


def ours(connection: ibis.BaseBackend) -> dict[str, str | None]:
    """Return the verdicts."""
    sent, came = connection.table("invitations"), connection.table("responses")
    counts = nps.count_invitations(sent, KEYS, responses=came)
    arms = nps.survey_arms(counts, control="before_last", known=KEYS[1:])
    return nps.verdicts(arms, PURPOSES, tolerance={}).chosen


def main() -> None:
    """Make the tables, run both in turn, print seconds and ratios."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        connection = ibis.duckdb.connect(Path(folder) / "survey.duckdb")
        connection.raw_sql("SET enable_progress_bar = false")
        connection.raw_sql(_SENT.format(rows=int(millions * 1e6)))
        connection.raw_sql(_CAME)
        ours(connection)  # imports, and the tables into memory
        taken: dict[str, list[float]] = {"bare SQL": [], "npsstats": []}
        for _ in range(rounds):
            start = perf_counter()
            connection.raw_sql(_BARE).fetchall()
            middle = perf_counter()
            ours(connection)
            taken["bare SQL"].append(middle - start)
            taken["npsstats"].append(perf_counter() - middle)
        for name, seconds in taken.items():
            print(f"{name}: median {median(seconds):.2f} s of {rounds}, least {min(seconds):.2f} s")
        pairs = zip(taken["npsstats"], taken["bare SQL"], strict=True)
        print(f"ratio, median of rounds: {median(one / two for one, two in pairs):.2f}")


if __name__ == "__main__":
    main()
