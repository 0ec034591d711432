"""Inputs of a report in the format of the steps, with simulated numbers."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import polars as pl
from sklearn import metrics as sk

from lncprom import provenance, study
from lncprom.report import inputs, page

LENGTHS = (300, 500, 1000, 2000)
# task -> (samples per class, distance between the classes' scores by model)
TASKS = {
    "biological_vs_artificial": (400, {"logistic_regression": 3.2, "gc_cpg": 1.6}),
    "promoter_vs_nonpromoter": (400, {"logistic_regression": 2.4, "gc_cpg": 1.9}),
    "high_vs_low_expression": (260, {"logistic_regression": 2.0, "gc_cpg": 1.5, "biotype": 2.1}),
    "coding_vs_lncrna": (300, {"logistic_regression": 0.9, "gc_cpg": 0.6}),
}
DEMO_SOURCES = ("genome.fa.gz", "annotation.gtf.gz", "expression.gct.gz", "promoters.bed")
HUMAN_SOURCES = (
    "Homo_sapiens.GRCh38.dna_sm.primary_assembly.fa.gz",
    "Homo_sapiens.GRCh38.110.gtf.gz",
    "GTEx_Analysis_2017-06-05_v8_RNASeQCv1.1.9_gene_median_tpm.gct.gz",
    "Hs_EPDnew_006_hg38.bed",
)
DAG = (Path(__file__).resolve().parents[2] / "assets" / "dag.svg").read_text(encoding="utf-8")
VERSIONS = "EXTRACT_TSS:\n  lncprom: '0.1.0'\nTRAIN_BASELINE:\n  lncprom: '0.1.0'\n  scikit-learn: '1.7.2'\n"
PARAMETERS = {"fasta": "genome.fa.gz", "lengths": "300,500,1000,2000", "seed": 42, "assembly_report": None}
METRICS = ("accuracy", "f1", "mcc", "auroc", "auprc", "brier")


def make(
    folder: Path,
    tasks: tuple[str, ...] = tuple(TASKS),
    lengths: tuple[int, ...] = LENGTHS,
    imported: tuple[str, ...] = ("tata",),
    human: bool = False,
    seed_models: dict[str, tuple[int, ...]] | None = None,
) -> dict[str, Path]:
    """Option of report.py -> its path, for a run over these tasks, lengths and ready-made sets."""
    parts = {name: folder / name for name in ("cards", "metrics", "curves", "composition", "kmers", "seeds", "sources")}
    for path in parts.values():
        path.mkdir(parents=True, exist_ok=True)
    for name in (*(HUMAN_SOURCES if human else DEMO_SOURCES), "train.csv", "dev.csv", "test.csv"):
        (parts["sources"] / name).write_text(name)
    sets = [(f"{task}_{length}", task, length) for task in tasks for length in lengths]
    for name, task, length in [*sets, *((name, name, 300) for name in imported)]:
        size, distances = TASKS.get(task, (250, {"logistic_regression": 1.4, "gc_cpg": 1.1}))
        card = _imported(parts, name, size) if task not in TASKS else _built(parts, name, task, length, size, human)
        provenance.write(card, parts["cards"] / f"{name}.dataset.json")
        seeds = dict.fromkeys(distances, (42,)) | (seed_models or {})
        rows, curves = [], []
        for model in seeds:
            for seed in seeds[model]:
                for fold, share in (("train", 0.8), ("dev", 0.1), ("test", 0.1)):
                    distance = distances.get(model, 2.2) + (0.6 if fold == "train" else 0)
                    scored = _scored(name, model, seed, fold, max(8, int(size * share)), distance)
                    rows += [(name, task, length, model, seed, fold, *row) for row in _metrics(*scored)]
                    if fold == "test":
                        curves += [(name, task, length, model, seed, *point) for point in _curves(*scored)]
        tables = {
            "metrics": rows,
            "curves": curves,
            "composition": _composition(name, task, length, size),
            "kmers": _kmers(name),
            "seeds": over_seeds(rows),
        }
        for kind, table in tables.items():
            _write(parts[kind] / f"{name}.{kind}.tsv", table, kind)
        step = provenance.make(
            "evaluate",
            parameters={"confidence": 0.95, "bootstrap": 1000, "seed": 42},
            upstream=[parts["cards"] / f"{name}.dataset.json"],
        )
        provenance.write(step | {"dataset": name}, parts["cards"] / f"{name}.metrics.json")
    given = {"--cards": parts["cards"], "--metrics": parts["metrics"], "--curves": parts["curves"]}
    given |= {f"--{kind}": parts[kind] for kind in ("composition", "kmers", "seeds")}
    if "high_vs_low_expression" in tasks:
        tpm = [("lncRNA", 17_000, 49, 0.91, 6.4, 0.0, 0.61), ("protein_coding", 19_300, 49, 45.1, 790.2, 7.2, 0.12)]
        given["--tpm"] = folder / "labelled.tpm.tsv"
        _write(given["--tpm"], tpm, "tpm")
    for option, name, text in (
        ("--dag", "dag.svg", DAG),
        ("--versions", "versions.yml", VERSIONS),
        ("--parameters", "params.json", json.dumps(PARAMETERS)),
    ):
        given[option] = folder / name
        given[option].write_text(text)
    return given


COLUMNS = {
    "metrics": (
        *("dataset", "task", "length", "model", "seed", "fold", "metric", "value", "ci_low", "ci_high"),
        *("n", "n_positive", "n_groups"),
    ),
    "curves": ("dataset", "task", "length", "model", "seed", "curve", "x", "y"),
    "composition": ("dataset", "label", "position", "n", "A", "C", "G", "T", "CpG"),
    "kmers": ("dataset", "kmer", "weight", "idf", "document_share", "rank", "direction"),
    "seeds": (
        *("dataset", "task", "length", "model", "fold", "metric", "seeds", "mean", "sd", "ci_low", "ci_high"),
        *("n", "n_positive", "n_groups"),
    ),
    "tpm": ("biotype", "genes", "tissues", "mean", "sd", "median", "zero_share"),
}


def read(given: dict[str, Path]) -> inputs.Inputs:
    return inputs.read(**{option[2:]: path for option, path in given.items()})


def rendered(given: dict[str, Path], title: str = "A run") -> str:
    return page.render(read(given), title)


def rows(given: dict[str, Path], kind: str) -> list[dict]:
    """Rows of all tables of a kind, such as `metrics`."""
    tables = [pl.read_csv(path, separator="\t") for path in sorted(given[f"--{kind}"].glob("*.tsv"))]
    return pl.concat(tables).to_dicts()


def arguments(given: dict[str, Path], out: Path, title: str = "A run") -> list[str]:
    return [*(str(part) for pair in given.items() for part in pair), "--title", title, "--out", str(out)]


def _write(path: Path, rows: list[tuple], kind: str) -> None:
    pl.DataFrame(rows, schema=list(COLUMNS[kind]), orient="row", infer_schema_length=None).write_csv(
        path, separator="\t"
    )


def _random(*words: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(" ".join(map(str, words)).encode()))


def _built(parts: dict[str, Path], name: str, task: str, length: int, size: int, human: bool) -> dict:
    fasta, gtf, gct, bed = (parts["sources"] / source for source in (HUMAN_SOURCES if human else DEMO_SOURCES))
    size = study.TASKS[task].size if human else size
    chain = [
        provenance.make(
            "prepare_genome", inputs={"fasta": fasta}, counts={"sequences": 4, "bases": 8_000_000, "N": 41_000}
        ),
        provenance.make(
            "extract_tss",
            inputs={"gtf": gtf},
            parameters={"biotypes": ["protein_coding", "lncRNA"], "tss_source": "gene", "primary_only": True},
            counts={"genes": 2 * size + 900},
            dropped={"of another biotype": 1_204, "on scaffolds, patches or alternate sequences": 88},
        ),
        provenance.make(
            "label_expression",
            inputs={"expression": gct},
            parameters={"high_percentile": 75.0, "low_percentile": 25.0, "share": 1.0, "exclude_tissues": "study"},
            counts={"high": size, "low": size + 81, "neither": 900, "absent": 30},
            dropped={"without expression values": 30},
        ),
        provenance.make(
            "define_task",
            inputs={"promoters": bed} if task.startswith(("bio", "prom")) else {},
            parameters={"task": task, "tata": "exclude", "balance": True, "seed": 42},
            counts={"positives": size, "negatives": size},
            dropped={"left out to balance the classes": 81, "with a TATA box": 44},
            notes=["The TATA matrix agrees with GUE's two sets on 91.2% of their promoters."],
        )
        | {"task": task},
    ]
    if task.startswith(("bio", "prom")):
        kind = "substitute" if task.startswith("bio") else "genomic"
        chain.append(provenance.make("sample_negatives", parameters={"kind": kind, "seed": 42}) | {"task": task})
    chain.append(provenance.make("assign_folds", parameters={"by": "group", "fractions": [0.8, 0.1, 0.1]}))
    fold = {"train": 2 * size - 4 * (size // 10), "dev": 2 * (size // 10), "test": 2 * (size // 10)}
    card = provenance.make(
        "build_length_variants",
        parameters={"length": length, "max_n_share": 0.0, "seed": 42},
        counts={
            "label": {"0": size, "1": size},
            "fold": fold,
            "biotype": {"protein_coding": size + 50, "lncRNA": size - 50},
            "biotype_by_label": {"protein_coding": {"0": 150, "1": size - 100}, "lncRNA": {"0": size - 150, "1": 100}},
            "fold_by_label": {key: {"0": value // 2, "1": value // 2} for key, value in fold.items()},
        },
        dropped={"window runs off its chromosome": 3, "window with N": length // 100},
    )
    return card | {"dataset": name, "task": task, "length": length, "upstream": chain}


def _imported(parts: dict[str, Path], name: str, size: int) -> dict:
    fold = {"train": 2 * size - 4 * (size // 10), "dev": 2 * (size // 10), "test": 2 * (size // 10)}
    card = provenance.make(
        "import_dataset",
        inputs={part: parts["sources"] / f"{part}.csv" for part in ("train", "dev", "test")},
        parameters={"seed": 42},
        counts={
            "label": {"0": size, "1": size},
            "fold": fold,
            "fold_by_label": {key: {"0": value // 2, "1": value // 2} for key, value in fold.items()},
        },
    )
    return card | {"dataset": name, "task": name, "length": 300}


def _scored(name: str, model: str, seed: int, fold: str, size: int, distance: float) -> tuple[np.ndarray, np.ndarray]:
    draw = _random(name, model, seed, fold)
    label = np.repeat([0, 1], size)
    logit = draw.normal(0, 1, 2 * size) + distance * (label - 0.5)
    return label, 1 / (1 + np.exp(-logit * distance))


def _metrics(label: np.ndarray, probability: np.ndarray) -> list[tuple]:
    called = probability >= 0.5
    values = {
        "accuracy": sk.accuracy_score(label, called),
        "f1": sk.f1_score(label, called),
        "mcc": sk.matthews_corrcoef(label, called),
        "auroc": sk.roc_auc_score(label, probability),
        "auprc": sk.average_precision_score(label, probability),
        "brier": sk.brier_score_loss(label, probability),
    }
    n, rows = len(label), []
    for metric, value in values.items():
        half = 1.96 * np.sqrt(max(1 - value**2, 0.01) / n)
        bounds = (max(value - half, -1 if metric == "mcc" else 0), min(value + half, 1))
        rows.append((metric, float(value), *map(float, bounds), n, int(label.sum()), int(n * 0.9)))
    return rows


def over_seeds(rows: list[tuple]) -> list[tuple]:
    """The table over seeds of rows of metrics; its intervals are made up."""
    found: dict[tuple, list[tuple]] = {}
    for name, task, length, model, _, fold, metric, *rest in rows:
        found.setdefault((name, task, length, model, fold, metric), []).append(tuple(rest))
    table = []
    for key, each in found.items():
        value = [row[0] for row in each]
        bounds = each[0][1:3] if len(each) == 1 else (np.mean(value) - 0.123, np.mean(value) + 0.045)
        sd = float(np.std(value, ddof=1)) if len(each) > 1 else None
        table.append((*key, len(each), float(np.mean(value)), sd, *map(float, bounds), *each[0][3:]))
    return table


def _curves(label: np.ndarray, probability: np.ndarray) -> list[tuple]:
    false, true, _ = sk.roc_curve(label, probability)
    precision, recall, _ = sk.precision_recall_curve(label, probability)
    points = [("roc", x, y) for x, y in zip(false, true, strict=True)]
    points += [("pr", x, y) for x, y in zip(recall[::-1], precision[::-1], strict=True)]
    return [(curve, float(x), float(y)) for curve, x, y in points]


def _composition(name: str, task: str, length: int, size: int) -> list[tuple]:
    position = np.arange(length) - (length - 51 if task in TASKS else 0)
    rows = []
    for label in (0, 1):
        draw = _random(name, "composition", label)
        rise = label * 0.09 * np.exp(-(((position + 60) / 220.0) ** 2))
        tata = label * 0.12 * np.exp(-(((position + 29) / 3.0) ** 2))
        noise = draw.normal(0, 0.012, (length, 4))
        share = np.stack([0.27 - rise / 2 + tata, 0.23 + rise / 2, 0.23 + rise / 2, 0.27 - rise / 2], axis=1) + noise
        share /= share.sum(axis=1, keepdims=True)
        cpg = 0.012 + 0.35 * rise + np.abs(draw.normal(0, 0.004, length))
        rows += [
            (name, label, int(at), size, *map(float, shares), float(c) if at < position[-1] else None)
            for at, shares, c in zip(position, share, cpg, strict=True)
        ]
    return rows


def _kmers(name: str) -> list[tuple]:
    draw = _random(name, "kmers")
    rows = []
    for direction, sign, letters in (("positive", 1, "CCGGAT"), ("negative", -1, "AATTCG")):
        words: dict[str, None] = {}
        while len(words) < 30:
            words["".join(draw.choice(list(letters), draw.integers(3, 7)))] = None
        weights = np.sort(draw.gamma(2, 1.2, len(words)))[::-1]
        rows += [
            (name, word, float(sign * weight), float(1 + draw.random()), float(draw.random()), rank, direction)
            for rank, (word, weight) in enumerate(zip(words, weights, strict=True), start=1)
        ]
    return rows
