"""A saved probe: a linear model on embeddings of a language model, and what is needed to embed further sequences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from lncprom import files
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError

FILE = "probe.json"
_ARRAYS = ("mean", "deviation", "weights", "intercept")


@dataclass(frozen=True)
class Probe:
    """Weights on standardised embeddings of one layer and pooling; `embedded`: how the embeddings were computed.

    Attributes
    ----------
    mean, deviation
        (width,): embeddings are standardised by them; `deviation` is the standard deviation in train times the root of
        the width, so that an inverse penalty c means the same at every width.
    weights, intercept
        (outputs, width) and (outputs,): one output, or of a regression of all tissues the mean and then each tissue.
    lengths
        Bases of the shortest and of the longest training sequence.
    tss_index
        That of the training sequences; None where they differ or have none.
    """

    embedded: Mapping[str, object]
    layer: int
    pooling: str
    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    c: float
    lengths: tuple[int, int]
    tss_index: int | None
    scale: Scale | None = None

    def score(self, values: np.ndarray) -> np.ndarray:
        """(samples,): the logit of the positive class, or the score of a regression; (samples, outputs) of several."""
        found = np.einsum("ij,kj->ik", (values - self.mean) / self.deviation, self.weights) + self.intercept
        return found[:, 0] if found.shape[1] == 1 else found

    def save(self, path: Path) -> None:
        """JSON, every number as exact as it was fitted."""
        content = asdict(self) | {name: getattr(self, name).tolist() for name in _ARRAYS}
        content["scale"] = self.scale and self.scale.record()
        files.write_text(json.dumps(content, allow_nan=False) + "\n", path)

    @classmethod
    def load(cls, folder: Path) -> Probe:
        path = Path(folder) / FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            content |= {name: np.array(content[name], np.float64) for name in _ARRAYS}
            content["scale"] = content["scale"] and Scale.of_record(content["scale"])
            return cls(**{field.name: content[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise InputError(f"{path}: no probe that can be loaded ({fault}). Train it again.") from None
