"""The benchmark of fine-tuning runs, and says where it was made and by what."""

import subprocess
import sys

import pytest


@pytest.mark.full
def test_two_steps_of_a_small_model__a_table_of_both_loops(root, tmp_path):
    given = ["--device", "cpu", "--family", "dnabert2", "--steps", "2", "--rounds", "1", "--out", tmp_path / "b.md"]
    command = [sys.executable, root / "benchmarks" / "finetune.py", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "b.md").read_text().splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| dnabert2")]
    assert [row[1] for row in rows] == ["lncprom", "lncprom, bf16", "Trainer, 32 x 1"]
    assert all(float(row[2].replace(",", "")) > 0 for row in rows)
    assert any("transformers" in line and "torch" in line for line in lines)
