"""Named motifs: folders that compare_motifs wrote, as the page shows them."""

from __future__ import annotations

from pathlib import Path


def view(folder: Path | None) -> list[str] | None:
    """Names of its folders, one a data set and model; None where none was given."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder else None
