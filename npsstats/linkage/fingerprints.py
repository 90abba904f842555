"""What numbers an analysis was handed, as sixteen hexadecimal digits."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np

from npsstats.aggregates.steady import steady

__all__ = ["fingerprint"]


def fingerprint(*given: Any) -> str:
    """Return SHA-256 (first 16 hex digits) of numbers, texts and arrays, in order.

    Examples
    --------
    >>> fingerprint(1.5, "a") == fingerprint(1.5, "a") != fingerprint("a", 1.5)
    True
    """
    digest = sha256()
    for each in given:
        if isinstance(each, np.ndarray):
            digest.update(str(each.shape).encode())
            digest.update(steady(each) if each.dtype.kind == "f" else each.tobytes())
        else:
            digest.update(repr(each).encode())
        digest.update(b"\x00")
    return digest.hexdigest()[:16]
