"""What fine-tuning and compare_models add to a made-up run: cards, losses by epoch, pairs of models."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lncprom import provenance
from lncprom.evaluation import claims
from lncprom.tables.metrics import CLAIMS, COMPARISONS
from lncprom.tables.training import TRAINING

# model -> family, weights, weights trained, LoRA rank
MODELS = {
    "nt_500m_human_ref": ("nucleotide_transformer", 480_000_000, 2_625_282, 8),
    "dnabert_2": ("dnabert2", 117_000_000, 117_000_000, None),
    **{f"dnabert_{k}": ("dnabert", 86_000_000 + k, 86_000_000 + k, None) for k in (3, 4, 5, 6)},
    "cnn": ("cnn", 152_066, 152_066, None),
}
LENGTHS = {"dnabert_3": 512, "dnabert_4": 513, "dnabert_5": 514, "dnabert_6": 515}  # bases that they see


def seeds_of(given: dict[str, Path]) -> list[tuple[str, str, int | None, str, int]]:
    """Data set, task, length, model and seed of every run in the metrics, in order."""
    rows = pl.concat([pl.read_csv(path, separator="\t") for path in sorted(given["--metrics"].glob("*.tsv"))])
    return rows.select("dataset", "task", "length", "model", "seed").unique(maintain_order=True).rows()


def finetune(given: dict[str, Path], truncation: str = "tss", collapsed: tuple[str, ...] = ()) -> dict[str, Path]:
    """Cards and losses of the language models among the metrics; every second seed needed a second attempt."""
    folder = given["--metrics"].parent / "training"
    folder.mkdir()
    for dataset, task, length, model, seed in seeds_of(given):
        if model not in MODELS:
            continue
        lost = model in collapsed
        name = _file(dataset, model, seed)
        provenance.write(
            card(dataset, task, length, model, seed, truncation, lost), given["--cards"] / f"{name}.finetune.json"
        )
        rows = []
        for attempt in range(1, 2 + seed % 2):
            for epoch in range(1, 4):
                kept = int(attempt == 1 + seed % 2 and epoch == 2)
                losses = (0.7 / epoch + seed / 100, 0.75 / epoch + (0.3 if epoch == 3 else 0))
                told = "all 40 dev sequences are called positive" if lost else None
                rows.append((dataset, model, seed, attempt, epoch, 19 * epoch, 3e-5, *losses, 0.5, told, kept))
        TRAINING.write(TRAINING.frame(rows), folder / f"{name}.training.tsv")
    return given | {"--training": folder}


def _file(dataset: str, model: str, seed: int) -> str:
    return f"{dataset}.{model}.seed{seed}"


def card(dataset: str, task: str, length: int, model: str, seed: int, truncation: str, lost: bool = False) -> dict:
    """As finetune writes it, with figures in `run` that no two runs share."""
    family, weights, trained, rank = MODELS[model]
    fits = LENGTHS.get(model, length) >= length
    told = "all 40 dev sequences are called positive" if lost else ""
    attempts = [{"attempt": at + 1, "collapsed": told} for at in range(1 + seed % 2)]
    options = {"lora_r": rank, "lora_targets": ["query", "value"]} if rank else {}
    made = provenance.make(
        "finetune",
        parameters={"family": family, "model": model, "truncation": truncation, "learning_rate": 3e-5, "epochs": 3}
        | {"batch": 32, "warmup_steps": 50, "weight_decay": 0.01, "clip": 1.0, "restarts": 2, "seed": seed}
        | {"shuffle_labels": False, "options": options},
        counts={
            "samples": 600,
            "bases_seen_share": 1.0 if fits else round(LENGTHS[model] / length, 6),
            "sequences_cut": 0 if fits else 600,
            "tss_seen_share": 1.0 if fits or truncation == "tss" else 0.0,
            "weights": weights,
            "weights_trained": trained,
            "best_epoch": 2,
            "collapsed": told,
            "attempts": attempts,
        },
        notes=["collapsed in the last of 2 attempts, its probabilities say little"] if lost else [],
    )
    made["inputs"]["checkpoint"] = {"file": f"{model}-checkpoint", "sha256": "a" * 64}
    run = {"device": "NVIDIA H100 80GB HBM3", "precision": "bf16", "seconds": 1234.5, "peak_memory_bytes": 98_765}
    return {"step": "finetune", "dataset": dataset, "task": task} | made | {"run": run}


def compare(given: dict[str, Path], differences: dict[tuple[str, str], tuple], lacking=None) -> dict[str, Path]:
    """Contrasts with the logistic regression: (data set, model) -> MCC difference, bounds, p; one other pair."""
    folder = given["--metrics"].parent / "comparisons"
    folder.mkdir()
    sets: dict[tuple, list[str]] = {}
    for dataset, task, length, model, _ in seeds_of(given):
        models = sets.setdefault((dataset, task, length), [])
        if model not in models:
            models.append(model)
    tables = []
    for (dataset, task, length), models in sets.items():
        others = [model for model in models if model != "logistic_regression"]
        rows = []
        for model, other in [*((model, "logistic_regression") for model in others), tuple(others[:2])]:
            value, low, high, p = differences.get((dataset, model), (0.012, -0.034, 0.056, 0.7))
            contrast = other if other == "logistic_regression" else None
            for metric, part in (("mcc", 1.0), ("auroc", 0.5)):
                numbers = (value * part, low * part, high * part, 0.02 * part, 90.5, p, p, 0.06 * part, None, lacking)
                rows.append(
                    (dataset, task, length, 1, "test", contrast, model, other, metric, *numbers, 120, 100, 2, 1, 1)
                )
        tables.append(COMPARISONS.frame(rows))
        COMPARISONS.write(tables[-1], folder / f"{dataset}.comparisons.tsv")
        asked = {"contrasts": [], "no_chance": ["logistic_regression"], "confidence": 0.95, "permutations": 1_999}
        made = provenance.make("compare_models", parameters=asked, notes=["a note of pairs"])
        provenance.write(made | {"dataset": dataset, "task": task}, given["--cards"] / f"{dataset}.comparisons.json")
    found = claims.claims(pl.concat(tables).with_columns(file=pl.lit("made")))
    CLAIMS.write(found.table, folder.parent / "claims.tsv")
    record = provenance.make("make_claims", parameters={"level": claims.LEVEL}, counts=found.counts)
    provenance.write(record, given["--cards"] / "claims.json")
    return given | {"--comparisons": folder, "--claims": folder.parent / "claims.tsv"}
