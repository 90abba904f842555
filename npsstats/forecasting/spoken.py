"""Names that sentences of forecasts hold, made so that they can be said in another language."""

from __future__ import annotations

from npsstats.said import Said, said

__all__ = ["level_said", "measure_said", "model_said", "of_level", "path_said", "quantity_said"]


def level_said(level: str) -> Said:
    """Return a level of series, or a key of customers, in words: most are a column's name."""
    known = {
        "network": said("network"),
        "region": said("region"),
        "channel": said("channel"),
        "store_id": said("store_id"),
        "category": said("category"),
        "tenure": said("tenure"),
    }
    return known.get(level) or Said(level)


def of_level(level: str, sentence: Said) -> Said:
    """Return a sentence on one level of series among several."""
    return said("{level}: {sentence}", level=level_said(level), sentence=sentence)


def measure_said(measure: str) -> Said:
    """Return what is forecast in words."""
    known = {"sales": said("sales"), "visits": said("visits"), "customers": said("customers")}
    return known.get(measure) or Said(measure)


def model_said(model: str) -> Said:
    """Return the name of a model in words."""
    known = {
        "combined": said("combined"),
        "last value": said("last value"),
        "seasonal naive": said("seasonal naive"),
        "local level": said("local level"),
        "local trend": said("local trend"),
        "discounted Dirichlet": said("discounted Dirichlet"),
        "hierarchical": said("hierarchical"),
    }
    return known.get(model) or Said(model)


def quantity_said(quantity: str) -> Said:
    """Return what a scenario is told of in words."""
    return {
        "NPS": said("NPS"),
        "NPS as published": said("NPS as published"),
        "revenue": said("revenue"),
        "customers lost": said("customers lost"),
        "customers who buy again": said("customers who buy again"),
        "contribution": said("contribution"),
    }[quantity]


def path_said(path: str) -> Said:
    """Return who becomes what as the score changes in words."""
    return {
        "detractors to passives": said("detractors to passives"),
        "passives to promoters": said("passives to promoters"),
        "detractors to promoters": said("detractors to promoters"),
    }[path]
