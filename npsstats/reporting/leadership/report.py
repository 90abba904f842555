"""The leadership PDF: score, stores, customers, experiments, worth, what comes next, method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.checks import InputError
from npsstats.reporting.brand import Brand
from npsstats.reporting.forecast.report import coming
from npsstats.reporting.language import language
from npsstats.reporting.leadership.beside import risk_of, voice_of, watch_of
from npsstats.reporting.leadership.gathering import Request, gather
from npsstats.reporting.leadership.opening import opened
from npsstats.reporting.leadership.pages import (
    churn,
    claims,
    drivers,
    experiments as experiments_page,
    flags,
    forecast,
    method,
    movement,
    quality,
    risk,
    signal,
    stores,
    summary,
    voice,
    watch,
    what_if,
    worth,
)
from npsstats.reporting.leadership.reported import of_calls, reported
from npsstats.reporting.linkage.gathering import LinkageRequest, gather_linkage
from npsstats.reporting.render import Document, compile_pdf, destination
from npsstats.reporting.style import Look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from os import PathLike

    from npsstats.data.network import NetworkConfig
    from npsstats.reporting.language import Language
    from npsstats.reporting.leadership.facts import Facts

__all__ = ["MOST_SHEETS", "SECTIONS", "document", "report"]

MOST_SHEETS = 12
"""Sheets of the PDF, unless every detail is asked for."""

SECTIONS = {
    "movement": movement.page,
    "stores": stores.page,
    "flags": flags.page,
    "voice": voice.page,
    "drivers": drivers.page,
    "risk": risk.page,
    "churn": churn.page,
    "experiments": experiments_page.page,
    "worth": worth.page,
    "claims": claims.page,
    "forecast": forecast.page,
    "signal": signal.page,
    "what_if": what_if.page,
    "watch": watch.page,
    "quality": quality.page,
    "method": method.page,
}
"""What follows the summary, in reading order; what the facts do not allow is left out."""


def report(
    data: Any,
    out: str | PathLike[str],
    *,
    lang: str | None = None,
    target: float | None = None,
    brand: Any = None,
    segments: Sequence[str] | None = None,
    period: str | None = None,
    level: float | None = None,
    seed: int = 0,
    day: date | None = None,
    purchases: Any = None,
    store_table: Any = None,
    callback: Any = None,
    margin: float | None = None,
    questions: Sequence[str] = (),
    horizon: int | None = 6,
    experiments: Sequence[Any] = (),
    detail: bool = False,
    model: str = "pooled",
) -> Path:
    """Write the leadership PDF of a network and return where it is.

    Parameters
    ----------
    data
        An `Intake`, a `ScoreCounts`, a `NetworkConfig`, the path of a ``network.toml``, or
        anything else that `read` takes. What the configuration says stands where an argument
        below is None.
    out
        A folder, where ``leadership.pdf`` is written, or the path of a ``.pdf`` file.
    lang
        ``"en"`` (the default) or ``"fr"``.
    target
        An NPS to be held against, in points (−100…100), or None.
    brand
        `Brand`, or a mapping with some of ``name, logo, primary, secondary`` (colours as
        ``#rrggbb``).
    segments
        Names of columns by which the last change is taken apart; none by default.
    period
        ``"month"`` (the default), ``"quarter"``, ``"year"`` or ``"week"``: what is compared
        with what.
    level
        Level of the credible intervals, in (0, 1); 0.95 by default.
    seed
        Seed of what is drawn: ranks, and the intervals of a change.
    day
        Date that the PDF carries. None: that of the last response, where known; never today.
    purchases
        An `Intake` of purchases read beside the answers, or anything that `read` takes: then what
        NPS is worth, who stays and the trade's claims are reported. A configuration's own, where
        it has them, unless told.
    store_table
        The table of stores: works and openings are held constant with it. A configuration's own.
    callback
        The result of an experiment on call-backs: it values the programme. The first of
        `experiments` that is one, unless told.
    margin
        Contribution in a unit of revenue, in (0, 1); without it money is revenue.
    questions
        Closed questions whose priorities are drawn, such as welcome or checkout; `csat` and `ces`
        where they were asked.
    horizon
        Periods to forecast, where six or more have answers; None to leave out what comes next.
    experiments
        Results of `npsstats.analyze`, reported in this order with their decisions.
    detail
        Whether everything is shown (each store, each group, each doubt), however many pages that
        takes. By default what matters is, on twelve pages at most.
    model
        What stores are estimated and ranked by, as of `npsstats.estimate`: ``"pooled"``, or
        ``"ordinal"``, which reads the whole scale and takes a few seconds more.

    Returns
    -------
    Path
        The PDF that was written. Same input and seed, same bytes.

    Raises
    ------
    InputError
        If an argument or the data cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts([[2, 0, 1, 0, 0, 3, 2, 5, 9, 8, 12]])
    >>> with TemporaryDirectory() as folder:
    ...     report(counts, folder, target=30).name
    'leadership.pdf'
    """
    path = destination(out, "leadership.pdf")
    config = _configuration(data)
    if config is not None:
        lang, brand = lang or config.language, brand or config.brand
        target = config.target if target is None else target
        segments = config.segments if segments is None else segments
        period = period or config.period
        level = config.level if level is None else level
    words, dressed = language(lang or "en"), Brand.of(brand)
    tried = reported(experiments, callback)
    callback = of_calls(tried) if callback is None else callback
    request = Request(
        target=target,
        segments=_names(segments),
        period=period or "month",
        level=0.95 if level is None else level,
        seed=seed,
        model=model,
    )
    if margin is not None:
        checks.fraction("margin", margin)
    if horizon is not None:
        checks.count("horizon", horizon, least=1)
    given = opened(
        data if config is None else config, purchases, store_table, request.segments, questions
    )
    facts = replace(gather(given.source, request), experiments=tried, detail=detail)
    counted, tables = given.counted(), given.tables
    if given.rows is not None:
        names = given.source.names
        facts = replace(
            facts,
            voice=voice_of(given.rows, words.code, level=request.level, seed=seed),
            watch=watch_of(given.rows, given.invitations, names),
        )
    if tables is not None and counted is not None:
        asked = LinkageRequest(
            tables.purchases,
            tables.stores,
            callback,
            margin,
            tables.questions,
            request.level,
            seed,
            counted,
        )
        facts = replace(facts, linkage=gather_linkage(tables.responses, asked))
        facts = replace(facts, risk=risk_of(counted, request.level))
    if horizon is not None:
        facts = replace(facts, forecast=coming(given, facts, request, counted, horizon))
    pdf = compile_pdf(document(facts, words.code, dressed, day or facts.last_day))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pdf)
    return path


def _names(segments: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(segments, str):
        raise InputError(
            f"`segments` must be a list of names, got the text {segments!r}. "
            f"Write segments=[{segments!r}]."
        )
    return tuple(segments or ())


def _configuration(data: Any) -> NetworkConfig | None:
    """Return the configuration that the data are, or are the path of."""
    from npsstats.data.network import NetworkConfig, load_network

    if isinstance(data, NetworkConfig):
        return data
    if isinstance(data, str | Path) and str(data).lower().endswith(".toml"):
        return load_network(data)
    return None


def document(facts: Facts, lang: str, brand: Brand, day: date | None) -> Document:
    """Return everything that the PDF is made of, before it is typeset."""
    words = language(lang)
    look = Look(words, **brand.palette)
    made = {name: make(facts, look) for name, make in SECTIONS.items()}
    sections = {name: replace(page, fresh=False) for name, page in made.items() if page is not None}
    ledes = {name: str(page.content.get("lede", "")) for name, page in sections.items()}
    title = words.say("Net Promoter Score")
    return Document(
        title=title,
        subtitle=_span(words, facts),
        description=words.say("The network's score with its uncertainty, its stores, its method."),
        author=brand.name or "npsstats",
        language=words.code,
        footer=words.say(
            "Data {fingerprint} · npsstats {version}",
            fingerprint=facts.method.fingerprint,
            version=facts.method.version,
        ),
        brand=brand,
        pages=[summary.page(facts, look, ledes), *sections.values()],
        day=day,
        most=None if facts.detail else MOST_SHEETS,
    )


def _span(words: Language, facts: Facts) -> str:
    """Say which responses the report is about."""
    if facts.first_day is None or facts.last_day is None:
        return words.say_many("{n} response", "{n} responses", facts.overall.n)
    if facts.first_day == facts.last_day:
        return words.say("Responses of {day}", day=words.date(facts.first_day))
    return words.say(
        "Responses from {first} to {last}",
        first=words.date(facts.first_day),
        last=words.date(facts.last_day),
    )
