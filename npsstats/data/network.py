"""A retailer's `network.toml`: where the tables are, what is in them, what the report is about."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from npsstats.checks import InputError
from npsstats.data.databases import redact
from npsstats.data.toml_errors import explain, line_of

if TYPE_CHECKING:
    from datetime import date

    from npsstats.data.intake import Intake

__all__ = ["BrandConfig", "NetworkConfig", "SourceConfig", "load_network"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SourceConfig(_Frozen):
    """Where one table is and how it is written; options as for `npsstats.read`.

    Attributes
    ----------
    path
        A file, relative to the TOML file.
    url
        A database URL; `${NAME}` stands for an environment variable, so that no password need
        be written down.
    columns
        Canonical name → the source's column, by name or by position from 1.
    """

    path: Path | None = None
    url: str | None = Field(default=None, repr=False)
    name: str | None = None
    sheet: str | int | None = None
    sep: str | None = None
    encoding: str | None = None
    header: bool | None = None
    scale: tuple[int, int] = (0, 10)
    date_format: Literal["dmy", "mdy", "ymd"] | None = None
    decimal: Literal[".", ","] | None = None
    columns: dict[str, str | int] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SourceConfig:
        if (self.path is None) == (self.url is None):
            raise ValueError("needs either `path` (a file) or `url` (a database), not both")
        return self

    def place(self) -> Path | str:
        """Return the file, or the URL with its environment variables filled in.

        Raises
        ------
        InputError
            If a variable is not set.
        """
        if self.path is not None or self.url is None:
            return self.path or Path()
        whole = _VARIABLE.fullmatch(self.url) is not None

        def fill(variable: re.Match[str]) -> str:
            value = os.environ.get(variable[1])
            if value is None:
                raise InputError(
                    f"The URL {redact(self.url or '')} needs the environment variable "
                    f"{variable[1]}, which is not set."
                )
            # a password may hold any character; a whole URL is one already
            return value if whole else quote(value, safe="")

        return _VARIABLE.sub(fill, self.url)


class BrandConfig(_Frozen):
    """Whose report it is.

    Attributes
    ----------
    name
        Shown on every page.
    logo
        An SVG or PNG file, relative to the TOML file.
    colours
        Two, as "#rrggbb": the main one and the accent.
    """

    name: str = ""
    logo: Path | None = None
    colours: (
        tuple[
            Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")],
            Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")],
        ]
        | None
    ) = None

    @property
    def primary(self) -> str | None:
        """The main colour, or None."""
        return self.colours[0] if self.colours else None

    @property
    def secondary(self) -> str | None:
        """The accent colour, or None."""
        return self.colours[1] if self.colours else None


class NetworkConfig(_Frozen):
    """What a `network.toml` says, paths made absolute.

    Attributes
    ----------
    sources
        Table name → where it is.
    segments
        Columns of the responses to break results down by.
    target
        The NPS aimed at, in points, or None.
    language
        Of the report.
    level
        Of the intervals.
    period
        Of the series: week, month, quarter or year.
    brand
        Name, logo and colours.
    """

    sources: dict[
        Literal["responses", "invitations", "purchases", "callbacks", "stores"], SourceConfig
    ]
    segments: tuple[str, ...] = ()
    target: Annotated[float, Field(ge=-100, le=100)] | None = None
    language: Literal["en", "fr"] = "en"
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    period: Literal["week", "month", "quarter", "year"] = "month"
    brand: BrandConfig = BrandConfig()

    def read(
        self,
        table: str = "responses",
        *,
        today: date | None = None,
        beside: Intake | None = None,
        quiet: bool = False,
    ) -> Intake:
        """Read one of the tables; arguments and errors as for `npsstats.read`."""
        from npsstats.data.intake import read

        place = {str(name): source for name, source in self.sources.items()}
        if table not in place:
            there = ", ".join(place)
            raise InputError(f"network.toml has no [sources.{table}]. There are: {there}.")
        source = place[table]
        options = source.model_dump(exclude={"path", "url", "columns"})
        return read(
            source.place(),
            source.columns,
            table=table,
            segments=self.segments if table == "responses" else (),
            today=today,
            beside=beside,
            quiet=quiet,
            **options,
        )


_KEYS = {
    "": tuple(NetworkConfig.model_fields),
    "sources": tuple(SourceConfig.model_fields),
    "brand": tuple(BrandConfig.model_fields),
}


def load_network(path: str | Path) -> NetworkConfig:
    r"""Read and check a `network.toml`.

    Parameters
    ----------
    path
        The TOML file. Paths in it are relative to its folder.

    Returns
    -------
    NetworkConfig
        What it says; `config.read("responses")` reads a table.

    Raises
    ------
    InputError
        If the file is not there, is not TOML, or says something that cannot be used; the message
        gives the line and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "network.toml"
    ...     _ = (Path(folder) / "answers.csv").write_text("note\n9\n10\n")
    ...     _ = file.write_text('''
    ... target = 40
    ... [sources.responses]
    ... path = "answers.csv"
    ... columns = { score = "note" }
    ... ''')
    ...     network = load_network(file)
    ...     network.target, network.read(quiet=True).n_accepted
    (40.0, 2)
    """
    path = Path(path).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read as UTF-8 text: {error}.") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'{path.name} is not TOML: {error}. Text needs quotes: "…".') from None
    problem = ""
    try:
        network = NetworkConfig.model_validate(
            _with_tuples(_absolute(content, path.parent.resolve()))
        )
    except ValidationError as error:
        # pydantic's own words would hold the input, and a URL its password
        problem = explain(path.name, text, error.errors(include_url=False)[0], _KEYS)
    if problem:
        raise InputError(problem)
    _check_files(path.name, text, network)
    return network


def _absolute(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content with its paths made absolute."""

    def mended(table: Any, key: str) -> Any:
        if isinstance(table, dict) and isinstance(table.get(key), str):
            return {**table, key: folder / Path(table[key]).expanduser()}
        return table

    made = dict(content)
    if isinstance(made.get("sources"), dict):
        made["sources"] = {name: mended(table, "path") for name, table in made["sources"].items()}
    if "brand" in made:
        made["brand"] = mended(made["brand"], "logo")
    return made


def _with_tuples(value: Any) -> Any:
    """Return the content with arrays as tuples, which cannot be changed."""
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def _check_files(label: str, text: str, network: NetworkConfig) -> None:
    """Raise if a file that the TOML names is not there."""
    files = [
        (["sources", str(name), "path"], source.path) for name, source in network.sources.items()
    ]
    files.append((["brand", "logo"], network.brand.logo))
    for place, file in files:
        if file is not None and not file.is_file():
            line = line_of(text, place)
            raise InputError(
                f"{label}, line {line}: `{'.'.join(place)}`: there is no file {str(file)!r}. Paths "
                f"are relative to the folder of {label}."
            )
    logo = network.brand.logo
    if logo is not None and logo.suffix.lower() not in {".svg", ".png"}:
        line = line_of(text, ["brand", "logo"])
        raise InputError(f"{label}, line {line}: `brand.logo` must be an SVG or PNG file.")
