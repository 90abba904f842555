"""A retail network whose truth is known: five tables, and what an analysis of them should find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from npsstats import checks

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.data.simulation.truth import SimulationTruth

__all__ = ["SimulatedNetwork", "simulate"]

_TABLES = ("responses", "invitations", "purchases", "callbacks", "stores")


@dataclass(frozen=True, eq=False)
class SimulatedNetwork:
    """The tables of a simulated network, and its truth.

    Columns have the canonical names; identifiers are whole numbers but for `store_id` (`S001` …);
    dates are days; whatever was left blank or does not apply is missing. Identifiers of one
    table found in another all exist there, and purchase ≤ invitation ≤ answer < call-back.

    Attributes
    ----------
    responses
        An answer: `score`, `completed`, `hours_to_answer` (since sending), closed questions
        `welcome`, `products`, `checkout` and `csat` (1–5), `ces` (1–7, 7 is easy), `incident`
        (told by the customer, a fact of the visit), `verbatim`, the invitation's columns, and
        the store's `region`.
    invitations
        A questionnaire sent: its purchase, `date` and `sent` (the minute), `channel`, `kind`,
        randomized `question_position`, `delay_hours` (missing for relational ones, which leave
        cold) and `reminder`, `past_invitations`, `days_since_last`, `answered`, `response_id`,
        `incident` (whether something went wrong at the visit, answered or not).
    purchases
        A visit: `journey`, `channel`, `amount`.
    callbacks
        A detractor of the call-back trial, each customer once: `date` of assignment, randomized
        `arm` (`called`, `ignored`), `stratum` (`super`, `moderate`), `reached` (only of the
        called), `called_date`, `days_to_call`. Extra purchases fall after `date`.
    stores
        A store, with `opened`, `closed`, works, `employees` and `employee_nps` as polled.
    truth
        What is true of it.
    seed
        The seed that makes it again.
    """

    responses: pd.DataFrame
    invitations: pd.DataFrame
    purchases: pd.DataFrame
    callbacks: pd.DataFrame
    stores: pd.DataFrame
    truth: SimulationTruth
    seed: int

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in _TABLES)
        return (
            f"SimulatedNetwork (seed {self.seed}): {sizes}; true NPS {self.truth.nps:.1f}, "
            f"of those who answer {self.truth.nps_answered:.1f}"
        )

    def write(self, folder: str | Path, *, format: str = "parquet") -> Path:  # noqa: A002 - the word
        """Write the five tables and a `network.toml` that names them.

        Parameters
        ----------
        folder
            Where to write; made when absent. Files of the same names are replaced.
        format
            `parquet` or `csv` (UTF-8, commas).

        Returns
        -------
        Path
            The path of `network.toml`.

        Raises
        ------
        InputError
            If `format` is neither.
        """
        checks.one_of("format", format, ("parquet", "csv"))
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in _TABLES:
            table: pd.DataFrame = getattr(self, name)
            path = folder / f"{name}.{format}"
            if format == "parquet":
                table.to_parquet(path, index=False)
            else:
                table.to_csv(path, index=False, lineterminator="\n")
        target = folder / "network.toml"
        target.write_text(_network_toml(format), encoding="utf-8", newline="\n")
        return target


def _network_toml(suffix: str) -> str:
    """Return the network.toml of the five tables: canonical names need no mapping."""
    lines = [
        "# A simulated network: its stores, customers and verbatims do not exist.",
        'language = "fr"',
        "target = 30",
        'segments = ["country", "channel"]',
        "",
        "[brand]",
        'name = "Réseau simulé"',
    ]
    for name in _TABLES:
        lines += ["", f"[sources.{name}]", f'path = "{name}.{suffix}"']
    return "\n".join(lines) + "\n"


def simulate(
    stores: int = 120,
    months: int = 24,
    responses: int = 60_000,
    *,
    seed: int = 1,
    truth: NetworkTruth | None = None,
) -> SimulatedNetwork:
    """Simulate a retail network whose truth is known.

    Customers with lasting moods visit their store, live something there, are asked about it or
    not, answer or not, and come back or leave accordingly; detractors are called back or
    ignored at random, and the place of the NPS question and the time of sending are drawn.

    Parameters
    ----------
    stores
        Number of stores, at least 1.
    months
        Number of months, at least 1.
    responses
        Answers wanted, at least 1; the network gives about as many (within some 5 % from a few
        thousand on).
    seed
        Same seed and same arguments, same tables.
    truth
        What is true of the network; `NetworkTruth()` unless told.

    Returns
    -------
    SimulatedNetwork
        Five tables and the truth.

    Raises
    ------
    InputError
        If a number is not a whole number in its range.

    Examples
    --------
    >>> import npsstats as nps
    >>> network = nps.simulate(stores=5, months=6, responses=500, seed=7)
    >>> network.stores["store_id"].tolist()
    ['S001', 'S002', 'S003', 'S004', 'S005']
    >>> quiet = nps.simulate(5, 6, 500, truth=nps.NetworkTruth(callback_rate_super=1.0))
    >>> quiet.truth.parameters.callback_rate_super
    1.0
    """
    checks.count("stores", stores, least=1)
    checks.count("months", months, least=1)
    checks.count("responses", responses, least=1)
    checks.count("seed", seed)
    import numpy as np

    from npsstats.data.simulation import tables
    from npsstats.data.simulation.engine import run
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.data.simulation.truth import truth_of
    from npsstats.data.simulation.verbatims import theme_shares, write_verbatims

    rng = np.random.default_rng(seed)
    history = run(truth or NetworkTruth(), stores, months, responses, rng)
    ids = tables.store_ids(stores)
    text, about = write_verbatims(history, rng)
    answers = tables.responses_table(history, ids, text, rng)
    told = answers["incident"].to_numpy()
    return SimulatedNetwork(
        responses=answers,
        invitations=tables.invitations_table(history, ids, told, np.random.default_rng([seed, 1])),
        purchases=tables.purchases_table(history, ids, rng),
        callbacks=tables.callbacks_table(history, ids),
        stores=tables.stores_table(history, ids, rng),
        truth=truth_of(history, ids, about, theme_shares()),
        seed=seed,
    )
