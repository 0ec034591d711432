"""A trained model as a folder for others: its files, their sizes and digests, a model card for the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lncprom import __version__, files
from lncprom.application import record
from lncprom.errors import InputError
from lncprom.inference import released
from lncprom.provenance import MODEL_RECORD as RECORD
from lncprom.tables.metrics import METRICS

README = "README.md"
_SHOWN = ("mcc", "auroc", "auprc", "spearman", "pearson", "r2")
_LIMITS = """\
- Scores hold for sequences like the training data: `apply_model.py` flags others.
- Calibrated probabilities assume as many positives as in the training data.
- The model knows a fixed window, not its chromatin, enhancers or cell type. It is for research, not for diagnosis.
"""
_LOAD = """\
```console
apply_model.py --regions promoters.fa --model-dir {name}{checkpoint} \\
    --out scores.parquet --tsv scores.tsv --bed scores.bed --card scores.json
```

lncprom {version} compares the files with the digests in `{record}` and refuses others.
"""


def digests(folders: Sequence[Path], names: Sequence[str]) -> dict[str, dict]:
    """For a card: each model with one digest over all its files."""
    found = {}
    for path, name in zip(folders, names, strict=True):
        facts = released.listing(path, without=())
        lines = "".join(f"{of['sha256']}  {file}\n" for file, of in facts.items())
        total = sum(of["bytes"] for of in facts.values())
        found[f"model {name}"] = {"file": name, "bytes": total, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    return found


def make(model: Path, card: dict, metrics: pl.DataFrame | None, licence: str | None, folder: Path) -> None:
    """Fill an empty folder: the model's files as they are, README.md, and lncprom.json with their sizes and digests.

    Parameters
    ----------
    card
        Of the training (train_baseline or finetune).
    metrics
        Of evaluate; rows of the model and of the trivial baselines on test are shown.
    licence
        Of the weights, e.g. `mit`; None: that of the checkpoint, if an upstream card names it.
    """
    about = record.read(model)
    if about is None:
        raise InputError(f"{model}: no {record.FILE}, so nothing is known of its training. Train it again.")
    for path in sorted(model.iterdir()):
        if path.is_file() and path.name != RECORD:
            shutil.copyfile(path, folder / path.name)
    kept = {"family": "logistic_regression", "content": "model"}
    if (model / RECORD).is_file():
        kept = json.loads((model / RECORD).read_text(encoding="utf-8"))
    files.write_text(readme(about, kept, card, metrics, licence), folder / README)
    kept |= {released.LISTED: released.listing(folder)}
    files.write_text(json.dumps(kept, indent=2) + "\n", folder / RECORD)


def readme(about: dict, kept: dict, card: dict, metrics: pl.DataFrame | None, licence: str | None) -> str:
    """The model card: task, how to load, data with digests, metrics with intervals and baselines, limits, licence."""
    adapter = kept["content"] == "adapter"
    base = card["inputs"].get("checkpoint")
    notes = [
        note for of in card.get("upstream", []) for note in of["notes"] if note.startswith("licence of the weights")
    ]
    licence = licence or next((note.rpartition(": ")[2] for note in notes), None)
    name = f"{about['dataset']}.{about['model']}.seed{about['seed']}"
    lengths = sorted(set(about["lengths"]))
    parts = [
        _front(licence),
        f"# {name}\n\nA model of the task `{about['task']}`: class 1 is {about['classes']['1']}, class 0 "
        f"{about['classes']['0']}. Family: `{kept['family']}`. Windows of {' to '.join(map(str, lengths))} bases"
        + (f", TSS at index {about['tss_index']}" if about["tss_index"] is not None else "")
        + (f"; longer sequences are cut by `{about['truncation']}`" if about["truncation"] else "")
        + f". Seed {about['seed']}.\n",
        "## How to load\n\n"
        + _LOAD.format(
            name=name, version=__version__, record=RECORD, checkpoint=" --checkpoint CHECKPOINT" if adapter else ""
        ),
        f"The folder holds LoRA adapters. CHECKPOINT is the folder of `{base['file']}` (digest `{base['sha256']}`).\n"
        if adapter and base
        else "",
        "## Training data\n\n" + _inputs(card),
        "## Metrics on the test split\n\n" + _scores(about, metrics),
        "## Limits\n\n" + _LIMITS,
        "## Licence\n\n"
        + (
            f"`{licence}`.\n"
            if licence
            else "Not stated. The weights of a pretrained model keep the licence of its authors.\n"
        ),
    ]
    return "\n".join(part for part in parts if part)


def _front(licence: str | None) -> str:
    tags = "".join(f"- {tag}\n" for tag in ("biology", "genomics", "dna", "promoter"))
    about = f"library_name: lncprom\npipeline_tag: text-classification\nlicense: {licence or 'unknown'}\n"
    return f"---\n{about}tags:\n{tags}---\n"


def _inputs(card: dict) -> str:
    """A line for each file that the data set was made of."""
    steps = [*card.get("upstream", []), card]
    rows = [(of["step"], name, facts) for of in steps for name, facts in of["inputs"].items()]
    lines = [f"| {step} | {name} | `{facts['file']}` | `{facts['sha256']}` |\n" for step, name, facts in rows]
    counts = card["counts"].get("fold_by_label", {})
    sizes = ", ".join(f"{fold} {of.get('1', 0):,} and {of.get('0', 0):,}" for fold, of in counts.items())
    head = f"Samples of class 1 and class 0: {sizes}.\n\n" if sizes else ""
    return head + "| step | input | file | SHA-256 |\n| --- | --- | --- | --- |\n" + "".join(lines)


def _scores(about: dict, metrics: pl.DataFrame | None) -> str:
    if metrics is None:
        return "Not given.\n"
    rows = metrics.filter(
        pl.col("dataset") == about["dataset"], pl.col("fold") == "test", pl.col("probability") == "raw"
    ).filter(
        pl.col("metric").is_in(_SHOWN), pl.col("seed").is_in([about["seed"]]) | (pl.col("model") != about["model"])
    )
    if not (rows["model"] == about["model"]).any():
        raise InputError(f"--metrics: no row of {about['model']} for {about['dataset']}. Give the metrics of evaluate.")
    lines = [
        f"| {model} | {metric} | {_number(value)} | {_number(low)} to {_number(high)} |\n"
        for model, metric, value, low, high in rows.select("model", "metric", "value", "ci_low", "ci_high").iter_rows()
    ]
    return "| model | metric | value | interval |\n| --- | --- | --- | --- |\n" + "".join(lines)


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def read_metrics(path: Path | None) -> pl.DataFrame | None:
    return None if path is None else METRICS.read(path)
