"""Known answers: what the authors' own code gave for one short sequence, by which a downloaded checkpoint is checked.

known_answers.json holds, for each checkpoint and commit, the sequence, its token ids, how the last hidden state is
pooled (`mean` over all tokens, special ones too; `cls`: the first token) and the first values of the result, in
float32 on a CPU. Source: the oracles of evo.cpp (github.com/tcztzy/evo.cpp, commit c281681e, configs/evidence).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lncprom.errors import InputError

FILE = Path(__file__).with_name("known_answers.json")
NONE = "self-check: no known answer for this checkpoint and commit"
TOLERANCE = 2e-4  # float32 passes on any CPU, bfloat16 does not


class Answer(NamedTuple):
    """Of one checkpoint at one commit: a sequence, its token ids, and the first values of the pooled embedding."""

    checkpoint: str
    revision: str
    sequence: str
    ids: list[int]
    pooling: str
    values: list[float]


def of(checkpoint: str, commit: str, path: Path = FILE) -> Answer | None:
    """The known answer of a checkpoint at a commit; None where there is none.

    Raises
    ------
    InputError
        If the file is not a list of answers.
    """
    try:
        answers = [Answer(**given) for given in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as fault:
        raise InputError(f"{path.name}: not a list of known answers ({fault}). Write it as {FILE.name}.") from None
    return next((answer for answer in answers if answer[:2] == (checkpoint, commit)), None)


def check(answer: Answer, family: str, folder: Path) -> str:
    """Compare a checkpoint folder with its known answer; returns the result in words.

    Raises
    ------
    InputError
        If the model cannot be loaded, or its token ids or its embedding differ from the answer.
    """
    import torch  # takes seconds; most checkpoints have no known answer

    from lncprom.inference.predict import evaluating
    from lncprom.models import base

    model = base.load(family, folder, seed=0)
    ids = model.tokenize([answer.sequence]).ids[0].tolist()
    where = f"{answer.checkpoint} at {answer.revision}: self-check failed"
    if ids != answer.ids:
        raise InputError(
            f"{where}: the tokens of {answer.sequence} are {ids}, the authors' code gives {answer.ids}. The "
            "vocabulary is another one: check --family and the revision."
        )
    with evaluating(model.module), torch.inference_mode():
        (hidden,) = model.hidden_states(torch.tensor([ids]), None, [model.depth])
    pooled = (hidden[0].mean(dim=0) if answer.pooling == "mean" else hidden[0, 0])[: len(answer.values)].tolist()
    difference = max(abs(found - known) for found, known in zip(pooled, answer.values, strict=True))
    if not difference <= TOLERANCE:
        raise InputError(
            f"{where}: the embedding of {answer.sequence} begins with {_listed(pooled)}, the authors' code gives "
            f"{_listed(answer.values)}. Do not use these weights; delete them from the cache and download them again."
        )
    return f"self-check: the embedding of {answer.sequence} equals the authors' to {difference:.0e}"


def _listed(values: Sequence[float]) -> str:
    return " ".join(f"{value:.4f}" for value in values)
