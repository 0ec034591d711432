"""The randomly initialised control: the same architecture, every weight redrawn, embeddings and head included.

Source: Adebayo et al. 2018, "Sanity checks for saliency maps" (model parameter randomization test).
"""

from __future__ import annotations

import copy

from lncprom.attribution.explained_model import Network


def twin(model: Network, seed: int) -> Network:
    """A randomly initialised copy; the model itself stays as it is."""
    family = copy.copy(model.family)
    family.module = copy.deepcopy(model.family.module)
    family.redraw(seed)
    return Network(family, model.truncation, model.machine, model.batch)
