"""CR2 and its Satterthwaite degrees of freedom, from each cluster's cross-products alone.

Least squares of y on X, clusters g. With B = (X'X)⁻¹ = LL' and the eigenvectors V and values w of
L'X_g'X_gL, the CR2 adjustment A_g = (I − H_gg)^(−½) acts on a cluster's regressors as

    A_g X_g = X_g K_g,   K_g = L V (1 − w)^(−½) V' L⁻¹,

so that X_g'X_g and X_g'y_g are all that is needed. The working model is that of independent errors
of one variance.

References
----------
Bell, R. M. & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with
multi-stage samples. Survey Methodology 28(2), 169–181.
Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation
and hypothesis testing in fixed effects models. JBES 36(4), 672–683 (equations 10 to 12; theorem 2:
fixed effects may be absorbed first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Fit", "cr0", "cr2", "determined"]

_WHOLE = 1e-9  # how near to 1 an eigenvalue is that of a direction only this cluster has
_NONE = 1e-12  # of a square, what is rounding
_SINGULAR = 1e11  # condition number of X'X scaled to a unit diagonal


class Fit(NamedTuple):
    """A coefficient, the variance of it, and Satterthwaite's degrees of freedom."""

    estimate: float
    variance: float
    df: float


def cr2(gram: Floats, cross: Floats, place: int) -> Fit:
    """Return one coefficient with its CR2 variance.

    Parameters
    ----------
    gram, cross
        (clusters, k, k) X_g'X_g and (clusters, k) X_g'y_g.
    place
        Which of the k coefficients.
    """
    bread = np.linalg.inv(gram.sum(axis=0))
    root = np.linalg.cholesky(bread)
    beta = bread @ cross.sum(axis=0)
    values, vectors = np.linalg.eigh(root.T @ gram @ root)
    left = 1 - values
    scale = np.where(left > _WHOLE, 1 / np.sqrt(np.maximum(left, _WHOLE)), 0.0)
    inner = np.einsum("gij,gj,gkj->gik", vectors, scale, vectors)
    adjust = root @ inner @ np.linalg.inv(root)
    scores = np.einsum("gji,gj->gi", adjust, cross - gram @ beta)
    variance = float(((scores @ bread[place]) ** 2).sum())
    # P_gh = p_g'p_h for the working model's covariance I, p_g = (I − H)_g' A_g X_g B c
    along = adjust @ bread[place]
    moved = np.einsum("gij,gj->gi", gram, along)
    # = a_g on the diagonal, less m_g'B m_h; its trace and squares without a matrix of clusters
    own = np.einsum("gi,gi->g", along, moved)
    taken = np.einsum("gi,ij,gj->g", moved, bread, moved)
    inner = bread @ moved.T @ moved
    squares = float((own * (own - 2 * taken)).sum() + np.trace(inner @ inner))
    total = float((own - taken).sum())
    df = total**2 / squares if squares > _NONE * total**2 else np.nan
    return Fit(float(beta[place]), variance, df)


def determined(gram: Floats) -> bool:
    """Return whether the columns of X tell themselves apart."""
    total = gram.sum(axis=0)
    size = np.sqrt(np.diag(total))
    if not (size > 0).all():
        return False
    return bool(np.linalg.cond(total / np.outer(size, size)) < _SINGULAR)


def cr0(gram: Floats, cross: Floats, place: int) -> Fit:
    """Return one coefficient with its unadjusted sandwich variance, as if clusters were many."""
    bread = np.linalg.inv(gram.sum(axis=0))
    beta = bread @ cross.sum(axis=0)
    scores = cross - gram @ beta
    return Fit(float(beta[place]), float(((scores @ bread[place]) ** 2).sum()), np.inf)
