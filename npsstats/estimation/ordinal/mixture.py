"""Over which covariates a cell's NPS is taken: its own answers', or a stated mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.estimation.ordinal.draws import Mixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.ordinal.design import Layout

__all__ = ["Mix", "mix", "stated_mix"]

_SHARE = "share"


class Mix(NamedTuple):
    """A mix that NPS is standardized to.

    `frame` has a column a variable and `share`, summing to 1; `description` is what provenance
    says of it.
    """

    frame: pd.DataFrame
    description: Any

    @property
    def variables(self) -> list[str]:
        """The variables that the mix is of."""
        return [str(name) for name in self.frame.columns if name != _SHARE]


def mix(
    layout: Layout, counts: ScoreCounts, cells: ScoreCounts, store_key: str, to: Mix | None
) -> tuple[Mixture, NDArray[np.intp]]:
    """Return the mixture of every cell, and every cell's store.

    Parameters
    ----------
    layout
        The model's layout of `counts`.
    counts
        With every level and variable.
    cells
        `counts` added up to the cells wanted.
    store_key
        The key of the lowest level.
    to
        The stated mix, or None for each cell's own.
    """
    frame = cells.cells
    owner = layout.stores.get_indexer(pd.Index(frame[store_key].astype(str)))
    own = [name for name in layout.keys.columns if name in frame.columns]
    if to is not None and not own:
        design = layout.design(to.frame)
        weight = to.frame[_SHARE].to_numpy(dtype=float)
        none = np.zeros(0, dtype=np.intp)
        return Mixture(owner, none, design, weight, len(cells), *layout.cuts, shared=True), owner
    if to is not None:
        crossed = frame.reset_index(drop=True).rename_axis("place").reset_index()
        crossed = crossed[["place", *own]].merge(to.frame, how="cross").sort_values("place")
        place = crossed["place"].to_numpy(dtype=np.intp)
        weight = crossed[_SHARE].to_numpy(dtype=float)
        design = layout.design(crossed[list(layout.keys.columns)])
        return Mixture(owner[place], place, design, weight, len(cells), *layout.cuts), owner
    return _own_mix(layout, counts, cells, owner), owner


def _own_mix(
    layout: Layout, counts: ScoreCounts, cells: ScoreCounts, owner: NDArray[np.intp]
) -> Mixture:
    """Return each cell's own covariates; a cell without answers has the whole network's."""
    labels = pd.MultiIndex.from_frame(cells.cells.astype(str))
    place = labels.get_indexer(pd.MultiIndex.from_frame(counts.cells[cells.keys].astype(str)))
    design = layout.design(counts.cells) if len(layout.keys.columns) else np.zeros((len(place), 0))
    fixed = set(layout.keys.columns) <= set(cells.keys)
    answered = cells.n[place] > 0
    kept = (counts.n > 0) | ~answered if fixed else counts.n > 0
    weight = np.where(answered, counts.n, 1.0)[kept]
    place, design = place[kept], design[kept]
    silent = np.setdiff1d(np.arange(len(cells)), place)
    if len(silent):
        patterns = len(layout.share)
        place = np.concatenate([place, np.repeat(silent, patterns)])
        design = np.concatenate([design, np.tile(layout.cells.design, (len(silent), 1))])
        weight = np.concatenate([weight, np.tile(layout.share, len(silent))])
    order = np.argsort(place, kind="stable")
    place, design, weight = place[order], design[order], weight[order]
    weight = weight / np.bincount(place, weight, minlength=len(cells))[place]
    return Mixture(owner[place], place, design, weight, len(cells), *layout.cuts)


def stated_mix(layout: Layout, stated: Any, cell_keys: list[str]) -> Mix:
    """Return the mix that a user states.

    Parameters
    ----------
    layout
        The model's layout.
    stated
        "network": the mix of all answers. A mapping of variables to mappings of values to shares,
        taken as independent of each other; variables that it leaves out keep the network's mix. Or
        a frame with a column a variable and `share`.
    cell_keys
        Keys of the cells; a variable among them stays what it is in each cell.

    Raises
    ------
    InputError
        If there is nothing to standardize, a variable or a value was not seen, or shares do not
        add up to 1.
    """
    free = [str(name) for name in layout.keys.columns if name not in cell_keys]
    if not free:
        raise InputError(
            "`standardize` needs variables in the formula that are not among the cells' keys. "
            "Write formula='~ channel + kind'."
        )
    patterns = layout.keys[free].assign(**{_SHARE: layout.share})
    seen = pd.DataFrame(patterns.groupby(free, as_index=False, sort=True)[[_SHARE]].sum())
    if isinstance(stated, str) and stated == "network":
        return Mix(seen, "network")
    if isinstance(stated, pd.DataFrame):
        frame = _checked_frame(stated, free, seen)
        given = [name for name in free if name in frame.columns]
        description: Any = frame.to_dict("records")
    elif isinstance(stated, Mapping) and stated:
        given = list(stated)
        frame = pd.DataFrame({_SHARE: [1.0]})
        for name, shares in stated.items():
            one = _one_variable(str(name), shares, free, seen)
            frame = frame.merge(one, how="cross", suffixes=("", "_new"))
            frame[_SHARE] *= frame.pop(f"{_SHARE}_new")
        description = {str(name): dict(shares) for name, shares in stated.items()}
    else:
        raise InputError(
            "`standardize` must be 'network', a mapping such as {'channel': {'email': 0.6, 'sms': "
            f"0.4}}}}, or a frame with a column `share`, got {stated!r}."
        )
    rest = [name for name in free if name not in given]
    if rest:
        others = pd.DataFrame(seen.groupby(rest, as_index=False)[[_SHARE]].sum())
        frame = frame.merge(others, how="cross", suffixes=("", "_new"))
        frame[_SHARE] *= frame.pop(f"{_SHARE}_new")
    return Mix(frame[[*free, _SHARE]], description)


def _one_variable(name: str, shares: Any, free: list[str], seen: pd.DataFrame) -> pd.DataFrame:
    if name not in free:
        raise InputError(
            f"`standardize`: {name!r} is not among the formula's variables that can be "
            f"standardized ({', '.join(free)}). Add it to the formula."
        )
    if not isinstance(shares, Mapping) or not shares:
        raise InputError(
            f"`standardize`: {name} must map values to shares, such as {{'email': 0.6, 'sms': "
            f"0.4}}, got {shares!r}."
        )
    return _checked_frame(
        pd.DataFrame({name: list(shares), _SHARE: list(shares.values())}), [name], seen
    )


def _checked_frame(stated: pd.DataFrame, free: list[str], seen: pd.DataFrame) -> pd.DataFrame:
    names = [str(name) for name in stated.columns if name != _SHARE]
    if _SHARE not in stated.columns or not names or not set(names) <= set(free):
        raise InputError(
            f"`standardize`: a mix needs a column `share` and columns among {', '.join(free)}, got "
            f"{', '.join(map(str, stated.columns))}."
        )
    frame = stated[[*names, _SHARE]].reset_index(drop=True)
    share = pd.to_numeric(frame[_SHARE], errors="coerce").to_numpy(dtype=float)
    if not (share >= 0).all() or not np.isclose(share.sum(), 1, atol=1e-6):
        raise InputError(
            f"`standardize`: the shares of {', '.join(names)} must be 0 or more and add up to 1, "
            f"got {', '.join(f'{value:g}' for value in share)} (sum {share.sum():g})."
        )
    for name in names:
        if pd.api.types.is_numeric_dtype(seen[name]):
            frame[name] = frame[name].astype(float)
            continue
        frame[name] = frame[name].astype(str)
        known = sorted(seen[name].astype(str).unique())
        for value in frame[name]:
            if value not in known:
                raise InputError(
                    f"`standardize`: {name} has no value {value!r} in the data; there are "
                    f"{', '.join(known)}. Nothing is known of the score there."
                )
    return frame.assign(**{_SHARE: share})
