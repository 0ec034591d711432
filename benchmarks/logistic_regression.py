#!/usr/bin/env python3
"""Time the baseline, TF-IDF of 3- to 6-mers and logistic regression with c = 1: lncprom against scikit-learn."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from measure import Job, cpu_model, run

ROOT = Path(__file__).resolve().parents[1]
SAMPLES, LENGTH = 42_452, 300  # GUE's prom_300_notata, train
CORES = 2
LEAST_RATIO, MOST_DIFFERENCE = 4, 1e-6
PARTS = ("features", "fit", "predict")
# name -> arguments of the peer's LogisticRegression
CONVERGED = "scikit-learn, newton-cg, converged"
PEERS = {
    CONVERGED: {"solver": "newton-cg", "tol": 1e-8, "max_iter": 10_000},  # 1e-7 leaves 7e-5 of a probability
    "scikit-learn, lbfgs, smallest tolerance": {"solver": "lbfgs", "tol": 1e-9, "max_iter": 10_000},
    "scikit-learn, defaults": {},
}


def make_sequences(seed: int = 1) -> tuple[list[str], np.ndarray]:
    """Promoter-like sequences (GC content of their own and towards the TSS, few CpG) and GUE's kind of negatives.

    A negative is a positive in 20 chunks, of which 12 of the first 19 are replaced by random bases.
    """
    draw = np.random.default_rng(seed)
    half = SAMPLES // 2
    near = 0.12 * np.exp(-(((np.arange(LENGTH) - 249) / 60) ** 2))
    gc = np.clip(draw.beta(6, 5, (half, 1)) + near, 0.2, 0.9)
    strong, first = draw.random((half, LENGTH)) < gc, draw.random((half, LENGTH)) < 0.5
    bases = np.where(strong, np.where(first, 1, 2), np.where(first, 0, 3)).astype(np.uint8)
    lost = draw.random((half, LENGTH - 1)) < 0.9 * draw.random((half, 1))
    bases[:, 1:][(bases[:, :-1] == 1) & (bases[:, 1:] == 2) & lost] = 0
    chunks = bases.reshape(half, 20, LENGTH // 20).copy()
    chosen = draw.random((half, 19)).argsort(axis=1)[:, :12]
    chunks[np.arange(half)[:, None], chosen] = draw.integers(0, 4, (half, 12, LENGTH // 20), dtype=np.uint8)
    bases = np.concatenate([bases, chunks.reshape(half, LENGTH)])
    label = np.repeat([1, 0], half)
    order = draw.permutation(SAMPLES)
    text = np.frombuffer(b"ACGT", np.uint8)[bases[order]].tobytes().decode()
    return [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)], label[order]


def ours(sequences: list[str], label: np.ndarray, lap: Callable[[str], None], **_) -> np.ndarray:
    sys.path.insert(0, str(ROOT / "bin"))
    from lncprom.baseline import kmer_tfidf, kmer_words, newton
    from lncprom.baseline.classifier import LogisticRegression

    lap("import")
    words = kmer_words.count_words(sequences, 3, 6)
    vocabulary = kmer_tfidf.Vocabulary.of(words, 3, 6)
    features = kmer_tfidf.Features(words, vocabulary)
    lap("features")
    fit = newton.fit(features.times, features.transposed_times, label, features.shape[1], 1.0)
    lap("fit")
    model = LogisticRegression(vocabulary, fit.weights, fit.intercept, 1.0)
    probability = model.predict_probability(sequences)  # from the sequences: features are made again
    lap("predict")
    return probability


def peer(sequences: list[str], label: np.ndarray, lap: Callable[[str], None], **arguments) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    lap("import")
    matrix = TfidfVectorizer(analyzer="char", ngram_range=(3, 6), lowercase=False).fit_transform(sequences)
    lap("features")
    model = LogisticRegression(C=1.0, **arguments).fit(matrix, label)
    lap("fit")
    probability = model.predict_proba(matrix)[:, 1]  # from the matrix at hand: features are not made again
    lap("predict")
    return probability


class Timed(NamedTuple):
    """Seconds and processor seconds by part, greatest resident memory in bytes, and the probabilities."""

    wall: dict[str, float]
    cpu: dict[str, float]
    memory: int
    probability: np.ndarray

    @property
    def seconds(self) -> float:
        return sum(self.wall[part] for part in PARTS)

    @property
    def processor(self) -> float:
        return sum(self.cpu[part] for part in PARTS)


def work(name: str, out: Path) -> None:
    """One side in a process of its own: probabilities to `out`.npy, seconds by part to `out`.json."""
    sequences, label = make_sequences()
    found: dict[str, dict[str, float]] = {"wall": {}, "cpu": {}}
    last = [time.perf_counter(), time.process_time()]

    def lap(part: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        found["wall"][part], found["cpu"][part] = (b - a for a, b in zip(last, now, strict=True))
        last[:] = now

    side = peer if name in PEERS else ours
    np.save(f"{out}.npy", side(sequences, label, lap, **PEERS.get(name, {})))
    Path(f"{out}.json").write_text(json.dumps(found))


def measured(name: str, folder: Path) -> Timed:
    out = folder / "out"
    command = [sys.executable, str(Path(__file__).resolve()), "--worker", name, "--out", str(out)]
    memory = run([Job("worker", command)], 1, folder).memory
    return Timed(**json.loads(Path(f"{out}.json").read_text()), memory=memory, probability=np.load(f"{out}.npy"))


def page(best: dict[str, Timed], times: int, loads: list[float]) -> str:
    mine = best["lncprom"]
    lines = [
        "# The baseline: TF-IDF of 3- to 6-mers and logistic regression",
        "",
        f"{SAMPLES:,} sequences of {LENGTH} bp, as many as the train split of GUE's prom_300_notata, generated by the",
        "benchmark from a fixed seed: features, fit with C = 1, probabilities. With its default tolerance,",
        "scikit-learn stops far from the minimum. Therefore it also runs with the tolerance that brings its",
        "probabilities within 1e-6 of those of lncprom. Its default solver, lbfgs, never reaches this, because",
        "rounding hides the remaining decrease of the loss. For prediction, lncprom computes the features again from",
        "the sequences; scikit-learn reuses its matrix.",
        "",
        f"Written by `python benchmarks/logistic_regression.py --times {times}`, the best of {times} runs each, in",
        "turn, each in its own process. Ratios are seconds of the row divided by those of lncprom.",
        "",
        "| | features, s | fit, s | predict, s | all, s | ratio | processor, s | ratio | peak memory, MiB "
        "| largest difference of a probability |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, found in best.items():
        parts = " | ".join(f"{found.wall[part]:.2f}" for part in PARTS)
        apart = np.abs(found.probability - mine.probability).max()
        lines.append(
            f"| {name} | {parts} | {found.seconds:.1f} | {found.seconds / mine.seconds:.1f} | {found.processor:.1f} | "
            f"{found.processor / mine.processor:.1f} | {found.memory >> 20:,} | {f'{apart:.1e}' if apart else ''} |"
        )
    told = [
        f"{name}: `{', '.join(f'{key}={value}' for key, value in kind.items())}`"
        for name, kind in PEERS.items()
        if kind
    ]
    lines += ["", f"{'; '.join(told)}.", f"{CORES} cores of {cpu_model()}, load average {min(loads):.1f} to "]
    lines[-1] += f"{max(loads):.1f} during the runs. Where it exceeds 1, compare processor seconds. {versions()}."
    return "\n".join(lines) + "\n"


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for module in ("numpy", "scipy", "sklearn"):
        found.append(f"{module} {__import__(module).__version__}")
    return ", ".join(found).replace("sklearn", "scikit-learn")


@click.command(help=__doc__)
@click.option("--times", type=click.IntRange(1), default=3, show_default=True, help="Runs of each; the best counts.")
@click.option("--worker", hidden=True)
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "logistic_regression.md")
def main(times: int, worker: str | None, out: Path) -> None:
    if worker:
        work(worker, out)
        return
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    best: dict[str, Timed] = {}
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(times):
            for name in ("lncprom", *PEERS):
                found = measured(name, Path(folder))
                loads.append(os.getloadavg()[0])
                click.echo(f"{name}: {found.seconds:.1f} s; load {loads[-1]:.1f}", err=True)
                if name not in best or found.seconds < best[name].seconds:
                    best[name] = found
    text = page(best, times, loads)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(text)
    fast, slow = best["lncprom"], best[CONVERGED]
    apart, ratio = np.abs(slow.probability - fast.probability).max(), slow.seconds / fast.seconds
    if ratio < LEAST_RATIO or apart > MOST_DIFFERENCE:
        click.echo(f"missed: {ratio:.1f} times as fast, probabilities {apart:.1e} apart", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
