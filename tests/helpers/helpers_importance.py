"""Importance as score_attention writes it, made by hand: a known pattern in known promoters, and its controls."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import polars as pl

from lncprom.tables import dataset, importance, predictions

NAME, MODEL = "made_120", "dnabert_6"
LENGTH, TSS = 120, 100  # positions -100..19
MOTIF = -30  # where each positive has its motif of six bases, give or take
ATTENTION = ("attention", "attention_all")


def samples(per_class: int = 12, built: bool = False, task: str = NAME) -> pl.DataFrame:
    """Promoters named p00.. (class 1) and n00.. (class 0); built: each on chr1 or chr2, strands in turn."""
    rows = []
    for label, letter in ((1, "p"), (0, "n")):
        for at in range(per_class):
            name = f"{letter}{at:02d}"
            draw = _random(name)
            row = {"sample_id": name, "task": task, "label": label, "transform": "none", "fold": "test"}
            row |= {"negative_kind": None if label else "genomic", "group": f"g{letter}{at // 2}", "tss_index": TSS}
            row["sequence"] = "".join(draw.choice(list("ACGT"), LENGTH))
            if built:
                strand, tss = "+-"[at % 2], 1000 + 40 * at
                start = tss - TSS if strand == "+" else tss - (LENGTH - TSS - 1)
                row |= {"chrom": "chr1" if label else "chr2", "tss": tss, "strand": strand, "gene_name": f"GENE{at}"}
                row |= {"start": start, "end": start + LENGTH, "gene_id": name, "biotype": "lncRNA"}
            rows.append(row)
    schema = {name: column.dtype for name, column in dataset.TABLE.columns.items()}
    return pl.DataFrame(rows, schema=schema)


def scores(
    rows: pl.DataFrame,
    methods: tuple[str, ...] = ("attention", "integrated_gradients", "occlusion"),
    seed: int = 1,
    control: str = "",
    unseen: int = 0,
    model: str = MODEL,
    name: str = NAME,
) -> pl.DataFrame:
    """Long rows: noise, and in positives a motif near -30 (trained model only); attention is a share of 1.

    `unseen`: how many bases at the 5' end the model did not see.
    """
    parts = []
    for method in methods:
        for sample in rows.sort("sample_id").iter_rows(named=True):
            size = len(sample["sequence"])
            draw = _random(sample["sample_id"], seed if control == "" else f"{control}{seed}")
            value = 0.2 * draw.normal(0, 1, size)
            value += 0.02 * _random(sample["sample_id"], method, control).normal(0, 1, size)
            first = -sample["tss_index"] if sample["tss_index"] is not None else 1 - size
            if control == "" and sample["label"] == 1:
                at = MOTIF + _random(sample["sample_id"]).integers(-12, 13) - first
                value[at : at + 6] += 2.0
            if method in (*ATTENTION, "rollout"):
                value = np.abs(value) / np.abs(value).sum()
            value = value.astype(np.float32)
            score = [None] * unseen + value[unseen:].tolist()
            parts.append(
                pl.DataFrame({"position": range(first, first + size), "score": score}).with_columns(
                    pl.lit(method).alias("method"),
                    pl.lit(sample["sample_id"]).alias("sample_id"),
                    pl.lit(sample["label"]).alias("label"),
                )
            )
    about = {"dataset": name, "model": model, "seed": seed, "control": control}
    return pl.concat(parts).with_columns(pl.lit(value).alias(column) for column, value in about.items())


def curves(
    methods: tuple[str, ...] = ("attention", "integrated_gradients", "occlusion"),
    seed: int = 1,
    falls: dict[str, float] | None = None,
) -> pl.DataFrame:
    """Curves in which the highest bases move the logit by `falls` (5), random ones by 1, give or take 0.3."""
    rows = []
    for method in methods:
        for kind in ("deletion", "insertion"):
            for bases in (0, 5, 10, 20, 40, 80):
                mean, random = (falls or {}).get(method, 5.0) * bases / 20, bases / 20
                low, high = mean - random - 0.3, mean - random + 0.3
                rows.append((NAME, MODEL, seed, "", method, kind, bases, 12, mean, 1.0, random, 0.5, low, high))
    columns = ("dataset", "model", "seed", "control", "method", "kind", "bases", "n")
    columns += ("mean", "sd", "random_mean", "random_sd", "ci_low", "ci_high")
    return pl.DataFrame(rows, schema=list(columns), orient="row")


def heads(seed: int = 1) -> pl.DataFrame:
    """Two layers of three heads; in the last one a head looks away from the first 80 bp."""
    rows = [(NAME, MODEL, seed, "", 0, head, 0.9, 5.0) for head in range(3)]
    rows += [(NAME, MODEL, seed, "", 1, head, share, 4.0) for head, share in enumerate((0.9, 0.85, 0.1))]
    columns = ("dataset", "model", "seed", "control", "layer", "head", "share_first80", "entropy_bits")
    return pl.DataFrame(rows, schema=list(columns), orient="row")


def predicted(rows: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    """p00 is the surest positive, then p01 ..; n00 the least sure negative."""
    rank = rows["sample_id"].str.slice(1).cast(pl.Int64)
    value = pl.when(rows["label"] == 1).then(0.99 - 0.001 * rank).otherwise(0.4 - 0.001 * rank)
    return rows.select(
        pl.lit(NAME).alias("dataset"), pl.lit(MODEL).alias("model"), pl.lit(seed).alias("seed"),
        "sample_id", "label", "fold", value.alias("probability"),
    )  # fmt: skip


def make(
    folder: Path,
    built: bool = False,
    per_class: int = 12,
    seeds: tuple[int, ...] = (1, 2),
    methods: tuple[str, ...] = ("attention", "occlusion"),
) -> list[str]:
    """Arguments of profile_importance.py for files in `folder`, all but --out-dir and --card."""
    rows = samples(per_class, built)
    dataset.write(rows, folder / "d.parquet")
    given = ["--dataset", str(folder / "d.parquet"), "--name", NAME, "--model", MODEL]
    for seed in seeds:
        table = pl.concat([scores(rows, methods, seed), scores(rows, methods, seed, "random_init")])
        importance.write(table, folder / f"i{seed}.parquet")
        predictions.write(predicted(rows, seed), folder / f"p{seed}.parquet")
        curves(methods, seed).write_csv(folder / f"c{seed}.tsv", separator="\t")
        heads(seed).write_csv(folder / f"h{seed}.tsv", separator="\t")
        for option, name in (
            ("--importance", f"i{seed}.parquet"),
            ("--predictions", f"p{seed}.parquet"),
            ("--curves", f"c{seed}.tsv"),
            ("--heads", f"h{seed}.tsv"),
        ):
            given += [option, str(folder / name)]
    return given


def _random(*words: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(" ".join(map(str, words)).encode()))
