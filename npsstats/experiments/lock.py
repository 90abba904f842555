"""The lock of a plan: proof of what was planned, and when, before data were seen."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from npsstats.checks import InputError
from npsstats.experiments.spec import parse_plan, read_plan
from npsstats.said import Said, said

if TYPE_CHECKING:
    from npsstats.experiments.spec import Plan

__all__ = ["Registration", "register", "registration"]

_HEAD = "# Written by `npsstats register`. Do not edit: the plan's hash is checked against it.\n"
_PLACES = {"units", "network"}  # where the data are may change; what is done with them may not


@dataclass(frozen=True)
class Registration:
    """Whether the plan that is analysed is the one that was registered.

    Attributes
    ----------
    status
        "registered" (as locked), "changed" (locked, then changed) or "exploratory" (no lock).
    time
        When it was locked (UTC, ISO 8601), or None.
    hash
        First 16 hex digits of the plan's SHA-256 as it is now.
    changes
        A sentence a change since the lock.
    late
        The last day of the data, where the lock was written after it, or None.
    version
        The version that registered it.
    """

    status: Literal["registered", "changed", "exploratory"]
    hash: str
    time: str | None = None
    changes: tuple[str, ...] = ()
    late: date | None = None
    version: str | None = None

    def against(self, until: date | None) -> Registration:
        """Return the registration held against the last day of the data."""
        if until is None or self.time is None or self.time[:10] <= until.isoformat():
            return self
        return replace(self, late=until)

    def sentence(self) -> Said:
        """Say it in one sentence, as every page does."""
        if self.status == "exploratory":
            return said("Exploratory: the plan was not registered before the data were seen.")
        if self.status == "registered":
            kept = said(
                "Registered on {time}, unchanged since (plan {hash}).",
                time=self.time,
                hash=self.hash,
            )
            if self.version not in (None, version("npsstats")):
                kept = said(
                    "{kept} It was registered under npsstats {version}: what it left unsaid may "
                    "have meant something else.",
                    kept=kept,
                    version=self.version,
                )
            if self.late is None:
                return kept
            return said(
                "{kept} The data end on {late}, before that: the lock shows that nothing changed "
                "since, not that the plan came first.",
                kept=kept,
                late=str(self.late),
            )
        return said(
            "The plan was changed after its registration on {time}: {changes}.",
            time=self.time,
            changes="; ".join(self.changes),
        )


def register(path: str | Path, *, again: bool = False) -> Path:
    """Write the lock of a plan beside it.

    Parameters
    ----------
    path
        `plan.toml`, checked first.
    again
        Lock anew a plan that was locked and has changed since. The lock keeps what was locked
        before, with its time.

    Returns
    -------
    Path
        `plan.lock`: time (UTC), version, hash, and the plan as locked.

    Raises
    ------
    InputError
        If the plan cannot be used, or is locked already.
    """
    path = Path(path).expanduser()
    text = read_plan(path)
    plan = parse_plan(text, path.name, path.parent.resolve())
    target = path.with_suffix(".lock")
    earlier: list[Any] = []
    if target.exists():
        there = _read_lock(target)
        state = registration(plan, path)
        if state.status == "registered":
            raise InputError(f"{path.name} is registered already, on {there['time']}, unchanged.")
        if not again:
            raise InputError(
                f"{path.name} was registered on {there['time']} and has changed since: "
                f"{'; '.join(state.changes)}. Go back to the registered plan, or register it anew "
                "with --again (again=True); the lock then keeps both."
            )
        earlier = [*there.get("earlier", []), {"time": there["time"], "hash": there["hash"]}]
    content = _planned(plan)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [
        _HEAD,
        f'time = "{time}"',
        f'version = "{version("npsstats")}"',
        f'hash = "{_hash(content)}"',
        f"plan = '''\n{_text(content)}'''",
    ]
    lines += [f'seal = "{_seal(time, version("npsstats"), _hash(content), earlier)}"']
    for lock in earlier:
        lines += ["", "[[earlier]]", f'time = "{lock["time"]}"', f'hash = "{lock["hash"]}"']
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return target


def registration(plan: Plan, path: Path | None) -> Registration:
    """Return how a plan stands to the lock beside its file.

    Parameters
    ----------
    plan
        The plan as it is now.
    path
        Its file; None for a plan made in memory, which has no lock.

    Raises
    ------
    InputError
        If there is a lock that cannot be read, or that was tampered with.
    """
    content = _planned(plan)
    now = _hash(content)
    lock = None if path is None else path.with_suffix(".lock")
    if lock is None or not lock.exists():
        return Registration("exploratory", now)
    there = _read_lock(lock)
    if there["hash"] == now:
        times = [item["time"] for item in there.get("earlier", [])]
        if times:
            anew = said(
                "registered anew on {time}, first on {first}", time=there["time"], first=times[0]
            )
            return Registration("changed", now, times[0], (anew,))
        return Registration("registered", now, there["time"], version=there["version"])
    before = json.loads(there["plan"])
    return Registration("changed", now, there["time"], tuple(_changes(before, content)))


def _read_lock(path: Path) -> dict[str, Any]:
    try:
        lock = tomllib.loads(path.read_text(encoding="utf-8"))
        seal = _seal(lock["time"], lock["version"], lock["hash"], lock.get("earlier", []))
        sound = _hash(json.loads(lock["plan"])) == lock["hash"] and seal == lock["seal"]
    except (tomllib.TOMLDecodeError, KeyError, ValueError, UnicodeDecodeError):
        sound = False
    if not sound:
        raise InputError(
            f"{path.name} is not as `npsstats register` wrote it. Restore it from version control; "
            "without a sound lock an analysis is exploratory: delete it to say so."
        )
    return lock


def _planned(plan: Plan) -> dict[str, Any]:
    """Return what a plan fixes: all that it says, less where the data are and what goes unsaid.

    Defaults are left out, so that a plan stays the same under a version that knows more keys; the
    version stands in the lock.
    """
    content: dict[str, Any] = plan.model_dump(
        mode="json", exclude={"data": _PLACES}, exclude_defaults=True
    )
    return content


def _text(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, indent=1, sort_keys=True)
    return text.replace("'", "\\u0027") + "\n"  # it stands between three of them


def _hash(content: dict[str, Any]) -> str:
    return sha256(_text(content).encode()).hexdigest()[:16]


def _seal(time: str, made_by: str, plan: str, earlier: list[Any]) -> str:
    """Return what shows that no line of a lock was edited by hand.

    It keeps honest people honest; what proves a lock is version control.
    """
    text = json.dumps([time, made_by, plan, earlier], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def _changes(before: Any, now: Any, place: str = "") -> list[Said]:
    """Return a sentence a leaf that differs."""
    if isinstance(before, dict) and isinstance(now, dict):
        found: list[Said] = []
        for key in dict.fromkeys([*before, *now]):
            inner = f"{place}.{key}" if place else key
            if key not in now:
                found.append(
                    said(
                        "{place} was taken out (it was {was})", place=inner, was=_shown(before[key])
                    )
                )
            elif key not in before:
                found.append(said("{place} was added ({now})", place=inner, now=_shown(now[key])))
            else:
                found += _changes(before[key], now[key], inner)
        return found
    if before == now:
        return []
    return [said("{place} was {was}, is {now}", place=place, was=_shown(before), now=_shown(now))]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
