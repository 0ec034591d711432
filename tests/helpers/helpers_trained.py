"""One tiny model of each family, trained in this process and once for all tests of a session."""

from __future__ import annotations

import importlib
from pathlib import Path

from click.testing import CliRunner

import tiny_checkpoints
from helpers_baseline import planted
from lncprom.tables import dataset

NAME, TSS = "planted_60", 40
CNN = ("--option", "hidden=16", "--option", "max_tokens=80")
QUICK = ("--epochs", 1, "--restarts", 0, "--threads", 1, "--warmup-steps", 5)
ENCODERS = ("dnabert", "dnabert2", "nucleotide_transformer", "hyenadna")
FEATURES = {"logistic_regression": "kmers", "position_ladder": "position_ladder"}
# Name of a model -> its family and further options of finetune.py.
MODELS = {
    "cnn": ("cnn", *CNN),
    "shuffled": ("cnn", *CNN, "--shuffle-labels"),  # the label-shuffled control
    "dnabert": ("dnabert", "--truncation", "right"),
    "dnabert2": ("dnabert2",),
    "nucleotide_transformer": ("nucleotide_transformer",),
    "hyenadna": ("hyenadna",),
}


class Trained:
    """Folders of trained models, each made when a test first asks for it. Tests read them and change nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "d.parquet"
        dataset.write(planted(120, tss_index=[TSS] * 120), self.data)

    def __call__(self, name: str) -> Path:
        """The folder with `model`, `p.parquet`, `t.tsv` and `c.json` of one of MODELS or `logistic_regression`.

        `logistic_regression` has `k.tsv` and `k.svg` in place of `t.tsv`.
        """
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir()
            (self._regression if name in FEATURES else self._network)(name, folder)
        return folder

    def checkpoint(self, family: str) -> Path | None:
        """The folder of the pretrained checkpoint of a family; None for cnn."""
        if family not in (*ENCODERS, "huggingface"):
            return None
        folder = self.folder / "checkpoints" / family
        return folder if folder.exists() else tiny_checkpoints.write(folder, family)

    def _network(self, name: str, folder: Path) -> None:
        family, *more = MODELS[name]
        if checkpoint := self.checkpoint(family):
            more += ["--checkpoint", checkpoint]
        places = ("--out-dir", folder / "model", "--training", folder / "t.tsv")
        self._call("finetune", folder, "--family", family, "--model", name, *QUICK, *more, *places)

    def _regression(self, name: str, folder: Path) -> None:
        places = ("--out-dir", folder / "model", "--kmers", folder / "k.tsv", "--plot", folder / "k.svg")
        self._call("train_baseline", folder, "--features", FEATURES[name], "--c-grid", 1, *places)

    def _call(self, script: str, folder: Path, *given: object) -> None:
        shared = ("--dataset", self.data, "--name", NAME, "--predictions", folder / "p.parquet")
        words = [str(word) for word in (*shared, "--card", folder / "c.json", *given)]
        result = CliRunner().invoke(importlib.import_module(script).main, words)
        assert result.exit_code == 0, result.output
