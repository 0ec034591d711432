"""A trained model as its explanations need it: logits of any sequence, and of a network its tokens too."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from lncprom import provenance
from lncprom.attribution import methods
from lncprom.attribution.options import Request
from lncprom.baseline import classifier
from lncprom.errors import InputError
from lncprom.inference import batches, encode, predict, saved_model
from lncprom.inference.device import Machine
from lncprom.models import base, out_of_memory, saved_folder

LOGISTIC_REGRESSION = "logistic_regression"
_TRAINED = ("finetune", "train_baseline")  # steps whose cards are models'


class Rows(NamedTuple):
    """Tokens of some sequences on the device: `owner` says of each row which sequence it is a stretch of."""

    ids: torch.Tensor
    mask: torch.Tensor | None
    spans: np.ndarray
    owner: np.ndarray
    samples: int
    length: int

    def only(self, which: torch.Tensor) -> Rows:
        """Some of the rows, as if each were a sequence by itself."""
        mask, here = None if self.mask is None else self.mask[which], which.cpu().numpy()
        count = int(here.sum())
        return Rows(self.ids[which], mask, self.spans[here], np.arange(count), count, self.length)


class Network:
    """A fine-tuned model of any family that has layers."""

    def __init__(self, family: base.Family, truncation: str, machine: Machine, batch: int = 16) -> None:
        self.family, self.truncation, self.machine, self.batch = family, truncation, machine, batch
        self.has = frozenset({methods.GRADIENTS, methods.SEQUENCES})
        if family.self_attentions():
            self.has |= {methods.ATTENTION}
        self.notes = family.notes

    def logit(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> np.ndarray:
        """float64 (texts,): the model's score, each text cut as in training; see `predict.score`."""
        data, _ = encode.encode_texts(self.family, list(texts), names, self.truncation, tss_index, self.machine.device)
        return predict.score(predict.logits(self.family, data, self.machine, 4 * self.batch))

    def seen(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> np.ndarray:
        """int64 (texts, 2): first base that the model sees and the base after the last."""
        tokens = self.family.tokenize(texts, self.truncation, tss_index, names)
        starts = np.searchsorted(tokens.sample, np.arange(len(texts)))
        first = np.minimum.reduceat(tokens.first_base, starts)
        return np.stack([first, np.maximum.reduceat(tokens.last_base, starts)], axis=1).astype(np.int64)

    def tokens(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> np.ndarray:
        """(texts,): tokens of the longest stretch of each."""
        found = self.family.tokenize(texts, self.truncation, tss_index, names)
        return np.maximum.reduceat(found.lengths, np.searchsorted(found.sample, np.arange(len(texts))))

    def rows(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> Rows:
        tokens = self.family.tokenize(texts, self.truncation, tss_index, names)
        data = batches.Encoded.of(tokens, len(texts), self.machine.device)
        batch = batches.gather(data, np.arange(len(texts)))
        spans = self.family.spans(texts, tokens)
        return Rows(batch.ids, batch.mask, spans, tokens.sample, len(texts), max(map(len, texts)))

    def randomly_initialised(self, seed: int) -> Network:
        """The same architecture, every weight redrawn, embeddings and head included (Adebayo et al. 2018)."""
        family = copy.copy(self.family)
        family.module = copy.deepcopy(self.family.module)
        family.redraw(seed)
        return Network(family, self.truncation, self.machine, self.batch)


class Regression:
    """A logistic regression on features of k-mers."""

    has = frozenset({methods.SEQUENCES, methods.KMERS})
    notes: Sequence[str] = ()

    def __init__(self, model: classifier.LogisticRegression) -> None:
        self.model, self.contributions = model, model.contributions

    def logit(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> np.ndarray:
        return self.model.logit(texts)

    def seen(self, texts: Sequence[str], names: Sequence[str], tss_index: int | None) -> np.ndarray:
        return np.array([self.model.feature_set.seen(len(text)) for text in texts], np.int64)


Model = Network | Regression


def check_cards(upstream: Sequence[Path], dataset: str) -> None:
    """Refuse the card of a model of another data set: the only sign of it that a logistic regression has."""
    for path in upstream:
        card = provenance.read(path)
        if card["step"] in _TRAINED and card.get("dataset") != dataset:
            raise InputError(
                f"{path.name}: a model of the data set {card.get('dataset')!r}, --name says {dataset!r}; explain a "
                "model by the data that it was trained on, or name that by --trained-on"
            )


def opened(folder: Path, checkpoint: Path | None, request: Request, machine: Machine) -> Model:
    """The model in a folder, where it is what the request says it is."""
    family, shuffled = request.family, request.control == "shuffled_labels"
    if family == LOGISTIC_REGRESSION:
        if not (folder / classifier.FILE).is_file():
            raise InputError(
                f"{folder}: no {classifier.FILE} in it, so no {family}; give the folder that "
                "train_baseline.py wrote, or the model's --family"
            )
        found = classifier.LogisticRegression.load(folder)
        if found.mean is None:
            raise InputError(
                f"{folder / classifier.FILE}: no train_mean_contribution, which explanations need; train it again"
            )
        return Regression(found)
    base.family_class(family)
    there = saved_model.facts(folder)
    kind = saved_folder.read_record(folder)["family"]
    if kind != family:
        raise InputError(f"{folder}: a model of the family {kind}, not {family}; give --family {kind}, or its folder")
    for name, option, value in (
        ("dataset", "--name", request.learnt_from),
        ("model", "--model", request.model),
        ("seed", "--seed", request.seed),
    ):
        if there[name] != value:
            raise InputError(
                f"{folder}: its {name} is {there[name]!r}, {option} says {value!r}; explain a model under its own name "
                "and seed, by the data that it was trained on, or name that by --trained-on"
            )
    found = saved_model.open_folder(folder, checkpoint)
    if found.shuffled_labels != shuffled:
        how = "shuffled labels" if found.shuffled_labels else "the true labels"
        remedy = "Give" if found.shuffled_labels else "Leave out"
        raise InputError(f"{folder}: the model was trained on {how}. {remedy} --control shuffled_labels.")
    with out_of_memory.needed(machine.name, "the model's weights"):
        found.family.module.to(machine.device)
    return Network(found.family, found.truncation, machine, request.batch)
