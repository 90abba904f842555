"""Tables in databases, named by a URL whose password is never shown."""

from __future__ import annotations

import re
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from npsstats.checks import InputError
from npsstats.data.engine import Rows, Source, cell_name, connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["from_ibis", "is_url", "open_url", "redact"]

_SECRET = re.compile(r"(?i)\b(pass(?:word|wd)?|pwd|token|secret|key|credential)(=)([^&#\s]+)")
_REMOTE = ("http", "https", "ftp", "sftp", "s3", "gs", "az", "file")
_URL = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]+)://")


class _Address(NamedTuple):
    url: str  # without the table's name; holds the password
    table: str | None
    secrets: tuple[str, ...]


def is_url(source: str) -> bool:
    """Tell whether a source is written as a URL."""
    return _URL.match(source) is not None


def redact(url: str) -> str:
    """Return a URL without its password, even where the password is not escaped as it should.

    Examples
    --------
    >>> redact("postgres://ann:s#cr@t@db.example/shop?password=x#answers")
    'postgres://ann:***@db.example/shop?password=***#answers'
    """
    hidden = re.sub(r"(?s)^([^:]*://[^:@/]*):.*@", r"\1:***@", url)
    return _SECRET.sub(r"\1\2***", hidden)


def open_url(url: str, name: str | None = None) -> Source:
    """Open a table of a database.

    Parameters
    ----------
    url
        `postgres://user:password@host/database#schema.table`, `duckdb://file.db#table`, or that
        of any other database that Ibis knows and whose driver is installed.
    name
        The table's name, where the URL does not give it.

    Raises
    ------
    InputError
        If the database does not answer, or has no such table. No message holds the password, and
        no exception is chained to it: drivers put whole URLs into theirs.
    """
    address = _parse(url)
    shown = redact(url)
    name = name or address.table
    connection, problem = _try(lambda: _connect(address), address)
    if problem:
        raise InputError(
            f"Cannot open {shown}: {problem}. Check the kind of database, host, port, name, user "
            "and password."
        )
    names, problem = _try(lambda: _tables(connection), address)
    if problem:
        raise InputError(f"Cannot list the tables of {shown}: {problem}.")
    if not name:
        raise InputError(
            f"Which table of {shown}? Say name=... or end the URL with #table. {_some(names)}"
        )
    schema, _, table = name.rpartition(".")
    found, problem = _try(lambda: connection.table(table, database=schema or None), address)
    if problem:
        raise InputError(
            f"{shown} has no table {name!r} that can be read ({problem}). {_some(names)}"
        )
    label = shown if "#" in shown else f"{shown}#{name}"
    return from_ibis(found, label)


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(sorted(names)[:20])
    return f"Tables there: {listed}." if listed else "There are no tables."


def from_ibis(table: ir.Table, label: str = "the Ibis table") -> Source:
    """Return an Ibis table as a source; its rows have no order of their own."""
    import ibis

    names = tuple(table.columns)
    try:
        table.get_backend()
    except ibis.common.exceptions.IbisError:
        raise InputError(
            "`source` is an Ibis table that is not bound to a database. Take it from a connection: "
            "connection.table(name)."
        ) from None

    def select(positions: Sequence[int]) -> Rows:
        return Rows(table.select(**{cell_name(place): table[names[place]] for place in positions}))

    return Source(label, names, select)


def _parse(url: str) -> _Address:
    # the table's name comes after the last @, because an unescaped password may hold a #
    head, at, tail = url.rpartition("@")
    tail, _, table = tail.partition("#")
    address = f"{head}{at}{tail}"
    secrets = {written[3] for written in _SECRET.finditer(address)}
    password = re.match(r"(?s)^[^:]*://[^:@/]*:(.*)@", url)
    if password:
        secrets.add(password[1])
    secrets |= {unquote(secret) for secret in secrets}
    return _Address(address, table or None, tuple(secrets - {""}))


def _connect(address: _Address) -> Any:
    import ibis

    scheme = address.url.split("://", maxsplit=1)[0].lower()
    if scheme in _REMOTE:
        raise ValueError("files elsewhere are not read: copy it here first, and give its path")
    if scheme == "duckdb":
        path = _file(address)
        if not path.is_file():  # DuckDB would make it
            raise FileNotFoundError(f"there is no file {str(path)!r}")
        return connect(path)
    given: dict[str, str] = {}
    if scheme in {"postgres", "postgresql", "mysql"}:
        # Ibis reads a + in a password as a space, and leaves a user's name escaped
        parts = urlsplit(address.url)
        if parts.password:
            given["password"] = unquote(parts.password)
        if parts.username:
            given["user"] = unquote(parts.username)
    connection = ibis.connect(address.url, **given)
    driver: Any = getattr(connection, "con", None)
    if hasattr(driver, "close"):
        weakref.finalize(connection, driver.close)
    return connection


def _file(address: _Address) -> Path:
    return Path(address.url.split("://", maxsplit=1)[1].partition("?")[0])


def _tables(connection: Any) -> list[str]:
    if connection.name != "duckdb":
        return list(connection.list_tables())
    # Ibis 12 asks DuckDB 2.0 for its tables by a call that is gone
    found = connection.con.execute(
        "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
    ).fetchall()
    return [table if schema == "main" else f"{schema}.{table}" for schema, table in found]


def _try(action: Any, address: _Address) -> tuple[Any, str]:
    """Return what the action returns, or what went wrong without the secrets.

    The exception ends here, and nothing is raised while it is handled: chained to another one, it
    would carry the URL into logs.
    """
    try:
        return action(), ""
    except ImportError as error:
        return None, f"the driver is not installed ({error.name}); pip install npsstats[postgres]"
    except Exception as error:  # noqa: BLE001 - every driver has exceptions of its own
        text = f"{type(error).__name__}: {error}"
    text = redact(text)
    for secret in sorted(address.secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return None, " ".join(text.split()).rstrip(".?! ")
