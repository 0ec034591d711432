"""The benchmark's peer, bedtools and pandas, makes of the demo what the pipeline's steps make of it."""

from __future__ import annotations

import gzip
import re
import shutil
import sys

import pytest

TOOLS = ("bedtools", "samtools", "bgzip")
LENGTHS = (1000,)


@pytest.fixture
def benchmark(root, monkeypatch):
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    monkeypatch.setenv("PYTHONPATH", str(root / "bin"))
    import build_datasets
    import measure

    return build_datasets, measure


def gaps(fasta: bytes) -> str:
    """Runs of N of a FASTA, as BED."""
    rows = []
    for record in fasta.decode().split(">")[1:]:
        name, *lines = record.splitlines()
        rows += [f"{name}\t{run.start()}\t{run.end()}\n" for run in re.finditer("N+", "".join(lines))]
    return "".join(rows)


@pytest.mark.full
def test_demo_by_the_steps_and_by_bedtools_with_pandas__the_same_windows_base_for_base(root, tmp_path, benchmark):
    build_datasets, measure = benchmark
    demo, ours, peer = root / "assets" / "demo", tmp_path / "ours", tmp_path / "peer"
    (ours / "folded").mkdir(parents=True)
    peer.mkdir()
    fasta, gtf, gct, bed = (
        demo / name for name in ("genome.fa.gz", "annotation.gtf.gz", "expression.gct.gz", "promoters.bed")
    )
    (tmp_path / "gaps.bed").write_text(gaps(gzip.decompress(fasta.read_bytes())))
    measured = measure.run(build_datasets.steps(fasta, gtf, gct, bed, LENGTHS), 2, ours)
    assert len(measured.jobs) == 10 + 4 * len(LENGTHS)
    assert 20e6 < max(job.memory for job in measured.jobs) <= measured.memory * 1.5
    command = [sys.executable, str(root / "benchmarks" / "peer_bedtools_pandas.py"), "--work", ".", "--fasta", fasta]
    command += ["--gaps", tmp_path / "gaps.bed", "--gtf", gtf, "--expression", gct, "--promoters", bed]
    command += ["--lengths", ",".join(map(str, LENGTHS))]
    measure.run([measure.Job("peer", [str(word) for word in command])], 1, peer)
    for name, mine, theirs, both, alike in build_datasets.compare(ours, peer, LENGTHS):
        assert abs(mine - theirs) <= 0.02 * mine, name
        assert both > 0.4 * mine, name
        assert both == alike, name


def test_command_that_fails__the_benchmark_stops_with_what_it_said(tmp_path, benchmark):
    _, measure = benchmark
    jobs = [
        measure.Job("bad", ["bash", "-c", "echo no such genome; exit 3"]),
        measure.Job("next", ["touch", "made"], ("bad",)),
    ]
    with pytest.raises(RuntimeError, match=r"bad ended with 3:\n.*\nno such genome"):
        measure.run(jobs, 2, tmp_path)
    assert not (tmp_path / "made").exists()
