"""The benchmark of attention on a small model: both sides give one profile, and the page says what was missed."""

from __future__ import annotations

import importlib.util
import json

import pytest


@pytest.fixture
def benchmark(root, monkeypatch):
    spec = importlib.util.spec_from_file_location("benchmark_attention", root / "benchmarks" / "attention.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tiny = {"hidden_size": 32, "num_hidden_layers": 12, "num_attention_heads": 4, "intermediate_size": 64}
    monkeypatch.setattr(module, "SIZES", tiny)
    return module


@pytest.mark.full
@pytest.mark.parametrize("family", ["dnabert", "dnabert2", "nucleotide_transformer"])
def test_small_model__the_same_profile_both_ways(benchmark, tmp_path, family):
    import torch

    folder = tmp_path / family
    benchmark.write_checkpoint(family, folder)
    threads = torch.get_num_threads()
    ours, eager = (benchmark.work(family, way, 90, 2, "cpu", threads, folder) for way in benchmark.WAYS)
    assert ours.wall > 0
    assert ours.memory >= 0
    assert ours.profile[0] == pytest.approx(eager.profile[0], abs=1e-5)
    assert len(ours.profile) == 2
    json.dumps(ours)


def test_goal_that_is_missed__named(benchmark):
    def pass_of(memory, seconds):
        return benchmark.Measured(seconds, seconds, memory, [[0.5, 0.5]])

    found = {
        ("dnabert", (512, 4)): {"lncprom": pass_of(100, 9.0), "eager": pass_of(460, 1.0)},
        ("dnabert2", (2000, 1)): {"lncprom": pass_of(100, 1.0), "eager": pass_of(690, 1.7)},
    }
    text, missed = benchmark.page(found, 1, "cpu", 1, [1.0])
    assert missed == [
        "MosaicBERT (DNABERT-2), 2,000 tokens: 6.9 times less memory, not 7.0",
        "MosaicBERT (DNABERT-2), 2,000 tokens: 1.70 times as fast, not 1.8",
    ]
    assert "| BERT (DNABERT) | 512 x 4 | 0 | 0 | 4.6 |" in text
