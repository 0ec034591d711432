"""Integrated gradients and gradient x input on the vectors of the embedding layer.

A hook on the embedding layer replaces the vectors; the ids stay as they are. `inputs_embeds` would skip what ESM
computes from the ids (the scale of its token dropout) and so change the logits.

Source: Sundararajan et al. 2017 (integrated gradients); Shrikumar et al. 2016 (gradient x input).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lncprom.attribution.explained_model import Rows
from lncprom.models import base
from lncprom.models.base import Family

FINER = (4, 16)  # times the steps, where the sum misses too much
_MISS, _LEAST = 0.05, 0.01  # of the difference of logits that scores should add up to, and at least so much


class Integrated(NamedTuple):
    """Scores of tokens (rows, T); of each row the logits here and at the baseline, and by how much scores miss that."""

    scores: torch.Tensor
    here: torch.Tensor
    there: torch.Tensor
    delta: torch.Tensor

    def missed(self) -> torch.Tensor:
        """(rows,): whether scores miss what they should add up to by more than is tolerated."""
        return self.delta.abs() > _MISS * (self.here - self.there).abs() + _LEAST


def converged(family: Family, rows: Rows, steps: int = 32, baseline: str = "mean") -> Integrated:
    """Integrated gradients, with more steps for rows whose scores do not add up: their logits jump along the way."""
    found = integrated(family, rows, steps, baseline)
    for more in FINER:
        odd = found.missed()
        if not odd.any():
            break
        again = integrated(family, rows.only(odd), steps * more, baseline)
        for old, new in zip(found, again, strict=True):
            old[odd] = new
    return found


def integrated(family: Family, rows: Rows, steps: int = 32, baseline: str = "mean") -> Integrated:
    """From the baseline, where every base is the mean of all (`mean`) or padding (`pad`), to the sequence.

    Special tokens are the same at both ends, so they take no part; a midpoint rule of `steps` steps.
    """
    vectors = _vectors(family, rows.ids)
    base = baseline_vectors(family, rows, vectors, baseline)
    change, scores = vectors - base, torch.zeros_like(vectors)
    for part in torch.linspace(0.5 / steps, 1 - 0.5 / steps, steps).tolist():
        scores += _slope(family, rows, base + part * change) * (1 / steps) * change
    with torch.no_grad():
        here, there = (logit(family, rows, given) for given in (vectors, base))
    scores = scores.sum(dim=-1)
    covered = scores * _covers(rows)
    return Integrated(scores, here, there, covered.sum(dim=1) - (here - there))


def gradient_x_input(family: Family, rows: Rows) -> torch.Tensor:
    """(rows, T): the slope of the logits along each token's vector, times the vector."""
    vectors = _vectors(family, rows.ids)
    return (_slope(family, rows, vectors) * vectors).sum(dim=-1)


def baseline_vectors(family: Family, rows: Rows, vectors: torch.Tensor, baseline: str) -> torch.Tensor:
    """The vectors of a sequence without bases: at each token that covers some, that of the baseline."""
    ids = family.base_tokens() if baseline == "mean" else np.array([family.pad_id])
    # in fp64, so that the sum over thousands of tokens does not depend on how a device orders it
    nothing = _vectors(family, torch.from_numpy(ids)[None].long().to(vectors.device)).double().mean(dim=1)
    return torch.where(_covers(rows)[..., None], nothing.to(vectors.dtype)[:, None], vectors)


def _slope(family: Family, rows: Rows, vectors: torch.Tensor) -> torch.Tensor:
    """(rows, T, width): the gradient of the logits at these vectors."""
    vectors = vectors.detach().requires_grad_()
    return torch.autograd.grad(logit(family, rows, vectors).sum(), vectors)[0]


def logit(family: Family, rows: Rows, vectors: torch.Tensor) -> torch.Tensor:
    """(rows,): the logit of the positive class above that of the other, the embedding layer giving these vectors."""
    handle = family.embedding().register_forward_hook(lambda module, given, found: vectors)
    try:
        logits = family.logits(rows.ids, rows.mask)
    finally:
        handle.remove()
    return base.score(logits).float()


def _covers(rows: Rows) -> torch.Tensor:
    """(rows, T): whether a token covers bases."""
    return torch.from_numpy(rows.spans[..., 0] >= 0).to(rows.ids.device)


def _vectors(family: Family, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return family.embedding()(ids).detach()
