"""What NPS is worth: what memos say of it."""

from typing import Any

__all__ = ["BRIEFS", "DRAWINGS"]

BRIEFS: dict[type, Any] = {}

DRAWINGS: dict[type, Any] = {}
