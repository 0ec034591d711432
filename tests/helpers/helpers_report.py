"""Inputs of a report in the format of the steps, with simulated numbers."""

from __future__ import annotations

import itertools
import json
import zlib
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import provenance, study
from lncprom.report import inputs, page, titles
from lncprom.tables.dataset import COMPOSITION
from lncprom.tables.genes import TPM
from lncprom.tables.metrics import CURVES, METRICS, SEEDS
from lncprom.tables.training import KMERS

LENGTHS = (300, 500, 1000, 2000)
# task -> (samples per class, MCC of each model)
TASKS = {
    "biological_vs_artificial": (400, {"logistic_regression": 0.87, "gc_cpg": 0.6}),
    "promoter_vs_nonpromoter": (400, {"logistic_regression": 0.75, "gc_cpg": 0.65}),
    "high_vs_low_expression": (260, {"logistic_regression": 0.7, "gc_cpg": 0.55, "biotype": 0.73}),
    "coding_vs_lncrna": (300, {"logistic_regression": 0.37, "gc_cpg": 0.25}),
}
DEMO_SOURCES = ("genome.fa.gz", "annotation.gtf.gz", "expression.gct.gz", "promoters.bed")
HUMAN_SOURCES = (
    "Homo_sapiens.GRCh38.dna_sm.primary_assembly.fa.gz",
    "Homo_sapiens.GRCh38.110.gtf.gz",
    "GTEx_Analysis_2017-06-05_v8_RNASeQCv1.1.9_gene_median_tpm.gct.gz",
    "Hs_EPDnew_006_hg38.bed",
)
TABLES = {"metrics": METRICS, "curves": CURVES, "composition": COMPOSITION, "kmers": KMERS, "seeds": SEEDS}
DAG = (Path(__file__).resolve().parents[2] / "assets" / "dag.svg").read_text(encoding="utf-8")
VERSIONS = "EXTRACT_TSS:\n  lncprom: '0.1.0'\nTRAIN_BASELINE:\n  lncprom: '0.1.0'\n  scikit-learn: '1.7.2'\n"
PARAMETERS = {"fasta": "genome.fa.gz", "lengths": "300,500,1000,2000", "seed": 42, "assembly_report": None}


def make(
    folder: Path,
    tasks: tuple[str, ...] = tuple(TASKS),
    lengths: tuple[int, ...] = LENGTHS,
    imported: tuple[str, ...] = ("tata",),
    human: bool = False,
    seed_models: dict[str, tuple[int, ...]] | None = None,
) -> dict[str, Path]:
    """Option of report.py -> its path, for a run over these tasks, lengths and ready-made sets."""
    given = {f"--{name}": folder / name for name in ("cards", *TABLES)}
    sources = folder / "sources"
    for path in (sources, *given.values()):
        path.mkdir(parents=True, exist_ok=True)
    for name in (*(HUMAN_SOURCES if human else DEMO_SOURCES), "train.csv", "dev.csv", "test.csv"):
        (sources / name).write_text(name)
    sets = [(f"{task}_{length}", task, length) for task in tasks for length in lengths]
    for about in [*sets, *((name, name, 300) for name in imported)]:
        name, task, length = about
        size, scores = TASKS.get(task, (250, {"logistic_regression": 0.6, "gc_cpg": 0.45}))
        card = _built(sources, task, length, size, human) if task in TASKS else _imported(sources, size)
        own = given["--cards"] / f"{name}.dataset.json"
        provenance.write(card | {"dataset": name, "task": task, "length": length}, own)
        seeds = dict.fromkeys(scores, (42,)) | (seed_models or {})
        metrics = _metrics(about, seeds, scores, size)
        rows = {"metrics": metrics, "seeds": _over_seeds(metrics), "kmers": _kmers(name)}
        rows["curves"] = [
            (*about, model, seed, curve, x, y)
            for model in seeds
            for seed in seeds[model]
            for curve, x, y in (
                ("roc", 0.0, 0.0),
                ("roc", 0.1, 0.8),
                ("roc", 1.0, 1.0),
                ("pr", 0.0, 1.0),
                ("pr", 1.0, 0.5),
            )
        ]
        rows["composition"] = _composition(name, length, size, length - 51 if task in TASKS else 0)
        for kind, table in TABLES.items():
            table.write(table.frame(rows[kind]), given[f"--{kind}"] / f"{name}.{kind}.tsv")
        parameters = {"confidence": 0.95, "seed": 42}
        step = provenance.make("evaluate", parameters=parameters, upstream=[own])
        provenance.write(step | {"dataset": name}, given["--cards"] / f"{name}.metrics.json")
    if "high_vs_low_expression" in tasks:
        tpm = [("lncRNA", 17_000, 49, 0.91, 6.4, 0.0, 0.61), ("protein_coding", 19_300, 49, 45.1, 790.2, 7.2, 0.12)]
        given["--tpm"] = folder / "labelled.tpm.tsv"
        TPM.write(TPM.frame(tpm), given["--tpm"])
    texts = {"dag": ("dag.svg", DAG), "versions": ("versions.yml", VERSIONS)}
    for option, (name, text) in (texts | {"parameters": ("params.json", json.dumps(PARAMETERS))}).items():
        given[f"--{option}"] = folder / name
        given[f"--{option}"].write_text(text)
    return given


def read(given: dict[str, Path]) -> inputs.Inputs:
    return inputs.read(**{option[2:].replace("-", "_"): path for option, path in given.items()})


def rendered(given: dict[str, Path], title: str = "A run") -> str:
    return page.render(read(given), title)


def rows(given: dict[str, Path], kind: str) -> list[dict]:
    """Rows of all tables of a kind, such as `metrics`."""
    tables = [pl.read_csv(path, separator="\t") for path in sorted(given[f"--{kind}"].glob("*.tsv"))]
    return pl.concat(tables).to_dicts()


def arguments(given: dict[str, Path], out: Path, title: str = "A run") -> list[str]:
    return [*(str(part) for pair in given.items() for part in pair), "--title", title, "--out", str(out)]


def _built(sources: Path, task: str, length: int, size: int, human: bool) -> dict:
    fasta, gtf, gct, bed = (sources / source for source in (HUMAN_SOURCES if human else DEMO_SOURCES))
    size = study.TASKS[task].size if human else size
    promoters = task.startswith(("bio", "prom"))
    chain = [
        provenance.make("prepare_genome", inputs={"fasta": fasta}, counts={"sequences": 4, "bases": 8_000_000}),
        provenance.make(
            "extract_tss",
            inputs={"gtf": gtf},
            parameters={"biotypes": ["protein_coding", "lncRNA"], "tss_source": "gene", "primary_only": True},
            counts={"genes_in_file": 2 * size + 2_192, "genes": 2 * size + 900},
            dropped={"of another biotype": 1_204, "on scaffolds, patches or alternate sequences": 88},
        ),
        provenance.make(
            "label_expression",
            inputs={"expression": gct},
            parameters={"high_percentile": 75.0, "low_percentile": 25.0, "share": 1.0, "exclude_tissues": "study"}
            | {"high_ties": "exclude", "low_ties": "include"},
            counts={"universe": 2 * size + 870, "tissues": 49, "tissues_needed": 47, "tissues_excluded": ["Bladder"]}
            | {"expression": {"high": size, "low": size + 81, "neither": 900, "absent": 30}},
            dropped={"without expression values": 30},
        ),
        provenance.make(
            "define_task",
            inputs={"promoters": bed} if promoters else {},
            parameters={"task": task, "tata": "exclude", "balance": True, "seed": 42},
            counts={"candidates": 2 * size + 125, "sites": 2 * size},
            dropped={"left out to balance the classes": 81, "with a TATA box": 44},
            notes=["The TATA matrix agrees with GUE's two sets on 91.2% of their promoters."],
        )
        | {"task": task},
    ]
    if promoters:
        kind = "substitute" if task.startswith("bio") else "genomic"
        counts = {"label": {"positive": size, "negative": size}}
        negatives = provenance.make("sample_negatives", parameters={"kind": kind, "seed": 42}, counts=counts)
        chain.append(negatives | {"task": task})
    folds = {"by": "group", "fractions": [0.8, 0.1, 0.1], "window": 2_001, "seed": 42}
    chain.append(provenance.make("assign_folds", parameters=folds, counts={"groups": 3 * size}))
    card = provenance.make(
        "build_length_variants",
        parameters={"length": length, "max_n_share": 0.0, "seed": 42},
        counts=_counts(size)
        | {
            "biotype": {"protein_coding": size + 50, "lncRNA": size - 50},
            "biotype_by_label": {"protein_coding": {"0": 150, "1": size - 100}, "lncRNA": {"0": size - 150, "1": 100}},
        },
        dropped={"window runs off its chromosome": 3, "window with N": length // 100},
    )
    return card | {"upstream": chain}


def _imported(sources: Path, size: int) -> dict:
    parts = {part: sources / f"{part}.csv" for part in ("train", "dev", "test")}
    return provenance.make("import_dataset", inputs=parts, parameters={"seed": 42}, counts=_counts(size))


def _counts(size: int) -> dict:
    fold = {"train": 2 * size - 4 * (size // 10), "dev": 2 * (size // 10), "test": 2 * (size // 10)}
    by_label = {name: {"0": count // 2, "1": count // 2} for name, count in fold.items()}
    return {"samples": 2 * size, "label": {"0": size, "1": size}, "fold": fold, "fold_by_label": by_label}


def _random(*words: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(" ".join(map(str, words)).encode()))


def _metrics(about: tuple, seeds: dict[str, tuple[int, ...]], scores: dict[str, float], size: int) -> list[tuple]:
    rows, runs = [], [(model, seed) for model in seeds for seed in seeds[model]]
    for (model, seed), (fold, part) in itertools.product(runs, (("train", 0.8), ("dev", 0.1), ("test", 0.1))):
        draw, n = _random(about[0], model, seed, fold), max(8, int(size * part))
        mcc = scores.get(model, 0.7) + draw.normal(0, 0.03)
        values = dict(zip(titles.METRICS, [(1 + mcc) / 2, (1 + mcc) / 2, mcc, *draw.uniform(0.5, 1, 3)], strict=True))
        for metric, value in values.items():
            low, high = (float(np.clip(value + side / np.sqrt(n), -1, 1)) for side in (-1, 1))
            numbers = (float(value), low, high, None, 2 * n, n, int(1.8 * n))
            rows.append((*about, model, 1, seed, fold, "raw", 0.5, metric, *numbers))
    return rows


def _over_seeds(rows: list[tuple]) -> list[tuple]:
    """The table over seeds of rows of metrics; its intervals are made up."""
    key = ["dataset", "task", "length", "model", "split", "fold", "probability", "metric"]
    several, mean = pl.len() > 1, pl.col("value").mean()
    return (
        METRICS.frame(rows)
        .group_by(key, maintain_order=True)
        .agg(
            pl.len().alias("seeds"),
            mean.alias("mean"),
            pl.col("value").std().alias("sd"),
            pl.when(several).then(mean - 0.123).otherwise(pl.col("ci_low").first()).alias("ci_low"),
            pl.when(several).then(mean + 0.045).otherwise(pl.col("ci_high").first()).alias("ci_high"),
            pl.col("interval_note", "n", "n_positive", "n_groups").first(),
        )
        .rows()
    )


def _composition(name: str, length: int, size: int, before: int) -> list[tuple]:
    rows = []
    for label in (0, 1):
        fractions = _random(name, label).dirichlet([40, 40, 40, 40], length).tolist()
        rows += [
            (name, label, at - before, size, *of, 0.05 if at < length - 1 else None) for at, of in enumerate(fractions)
        ]
    return rows


def _kmers(name: str) -> list[tuple]:
    rows = []
    for direction, sign, letters in (("positive", 1, "CCGGAT"), ("negative", -1, "AATTCG")):
        words = dict.fromkeys("".join(_random(name, at).choice(list(letters), 5)) for at in range(60))
        rows += [
            (name, word, sign * 3 / rank, 1.5, 0.3, rank, direction)
            for rank, word in enumerate(list(words)[:15], start=1)
        ]
    return rows
