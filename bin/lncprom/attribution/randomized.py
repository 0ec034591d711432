"""The control without training: the same architecture with every weight drawn anew, embeddings and head too."""

from __future__ import annotations

import copy

from lncprom.attribution.explained_model import Network


def twin(model: Network, seed: int) -> Network:
    """A model of its own; the one that was lent stays as it is."""
    family = copy.copy(model.family)
    family.module = copy.deepcopy(model.family.module)
    family.redraw(seed)
    return Network(family, model.truncation, model.machine, model.batch)
