"""Calls of the pipeline's steps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def call(script: str, *words: object) -> None:
    """Run a script of `bin`; its last line of stderr is the fault."""
    command = [sys.executable, ROOT / "bin" / f"{script}.py", *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Error: {script} failed: {done.stderr.strip().splitlines()[-1]}")
