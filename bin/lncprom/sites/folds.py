"""Groups of overlapping loci, and a split for every sample: the same for a group in every task and length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.errors import InputError
from lncprom.genome import intervals
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome
from lncprom.sites import checks, homology, stratify
from lncprom.tables import sites as table
from lncprom.tables.base import FOLDS


class Assigned(NamedTuple):
    """The tables with group and fold, and counts and notes for the card."""

    tables: dict[str, pl.DataFrame]
    counts: dict[str, object]
    notes: list[str]


def assign(
    tables: Mapping[str, pl.DataFrame],
    window: int,
    by: str,
    fractions: Sequence[float],
    seed: int,
    splits: int = 1,
    genome: Genome | None = None,
    lengths: Sequence[int] = (),
) -> Assigned:
    """Every sites table with groups and splits; the result does not depend on the order of tables or rows.

    Parameters
    ----------
    tables
        File name -> sites.
    window
        The longest length that will be built: loci whose windows overlap at that length form one group.
    by
        What stays in one split: `group`, `homology` (groups with similar sequences), `chromosome`, or `sample` (each
        sample by itself, as in the study).
    fractions
        Of train, dev and test.
    splits
        Number of independent assignments; `fold` is the first, `folds` lists all where there are several.
    genome
        The FASTA of the sites, for `homology`.
    lengths
        Lengths at which `homology` compares windows, in bp; none: at `window`. Two loci may share a core promoter and
        nothing else, so each length that is built belongs here.

    Raises
    ------
    InputError
        If a table is empty, a site has no locus, there are fewer than three chromosomes for `chromosome`, or a group
        of `homology` is too large for a split.
    """
    fractions = np.asarray(fractions, dtype=np.float64)
    rows = _together(tables)
    rows = rows.with_columns(group=loci(rows, window))
    if by == "homology":
        for length in sorted(set(lengths or (window,))):
            rows = rows.with_columns(group=joined(rows["group"], homology.clusters(rows, genome, length)))
    rows = _with_pairs(rows, by)
    units = _units(rows, by)
    names = units.unique().sort()
    of = units.replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64).to_numpy()
    counts = _counts(rows, of)
    if by == "homology":
        homology.refuse_giant(counts.sum(axis=1), fractions)
    seeds = [seed, *(int(key) for key in random_keys.keys(map(str, range(2, splits + 1)), seed, "splits"))]
    dealt = np.stack([_dealt(counts, names.to_list(), by, fractions, own) for own in seeds], axis=1)
    fold = dealt[:, 0]
    rows = rows.with_columns(fold=pl.Series(np.array(FOLDS)[fold[of]]))
    if splits > 1:
        rows = rows.with_columns(folds=pl.Series(np.array(FOLDS)[dealt[of]].tolist()))
    summary, notes = _summary(rows)
    if rows["pair"].count() and (most := summary["largest_group"]["samples"]) > rows.height * fractions.min() / 2:
        notes.append(f"one group holds {most:,} of {rows.height:,} samples: pairs of several tasks link their loci")
    if by == "chromosome":
        summary["chromosomes"] = dict(zip(names.to_list(), np.array(FOLDS)[fold].tolist(), strict=True))
    if (different := len({split.tobytes() for split in dealt.T})) < splits:
        notes.append(f"only {different} of {splits} splits differ: there are {len(names)} units ({by}) to assign")
    return Assigned(_apart(rows, tables, splits > 1), summary, [*notes, *_split_groups(rows)])


def _together(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The sites of all tables with a column `file`, sorted by class."""
    for file in sorted(tables):
        if not tables[file].height:
            raise InputError(f"{file}: no sites. Leave the file out; its card says why they were lost.")
        checks.refuse_without_locus(tables[file], file)
    # some tables have a column, such as `target` or `pair`, that others lack
    rows = pl.concat([tables[file].with_columns(file=pl.lit(file)) for file in sorted(tables)], how="diagonal")
    return rows.sort("task", "file", pl.col("label").neg(), "sample_id")


def _apart(rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame], several: bool) -> dict[str, pl.DataFrame]:
    """The rows of each file, with the columns that it had, and `folds` where there are several splits."""
    done = {}
    for (file,), part in rows.group_by("file", maintain_order=True):
        own = [*tables[file].drop("folds", strict=False).columns, *["folds"] * several]
        done[file] = part.select(name for name in table.COLUMNS if name in own)
    return done


def _units(rows: pl.DataFrame, by: str) -> pl.Series:
    """For each site, the name of what stays in one split."""
    sample = pl.format("{}\t{}", "task", pl.coalesce("pair", "sample_id"))
    columns = {"group": pl.col("group"), "homology": pl.col("group"), "chromosome": pl.col("chrom"), "sample": sample}
    units = rows.select(columns[by]).to_series()
    if by == "chromosome" and units.n_unique() < len(FOLDS):
        raise InputError(
            f"--by chromosome: all sites lie on {units.n_unique()} chromosome(s) "
            f"({', '.join(units.unique().sort())}), {len(FOLDS)} splits need at least {len(FOLDS)}. Give --by group."
        )
    return units


def _dealt(counts: np.ndarray, names: list[str], by: str, fractions: np.ndarray, seed: int) -> np.ndarray:
    """The split of every unit: 0, 1 or 2."""
    if by == "chromosome":
        return stratify.whole(counts, names, fractions, seed)
    return stratify.deal(counts, random_keys.keys(names, seed, "folds"), fractions, seed)


def check_fractions(fractions: Sequence[float]) -> None:
    """Refuse anything but three positive fractions that sum to 1."""
    if len(fractions) != len(FOLDS) or min(fractions) <= 0 or not abs(sum(fractions) - 1) < 1e-9:
        given = ",".join(map(str, fractions))
        raise InputError(f"--fractions {given}: not three fractions above 0 that sum to 1. Give e.g. 0.8,0.1,0.1.")


def output_paths(sites: Sequence[Path], out_dir: Path) -> dict[str, Path]:
    """File name -> path of its output; two inputs of one name, or an input in `out_dir`, are refused."""
    outputs: dict[str, Path] = {}
    for path in sites:
        if path.name in outputs:
            raise InputError(f"{path}: a second --sites file named {path.name}. Rename one: outputs keep the names.")
        outputs[path.name] = out_dir / path.name
        if outputs[path.name].exists() and outputs[path.name].samefile(path):
            raise InputError(f"{path}: lies in --out-dir and would be overwritten. Choose another folder.")
    return outputs


def loci(rows: pl.DataFrame, window: int) -> pl.Series:
    """The merged locus of each site's window as `chrom:start-end`, 0-based, half-open."""
    chroms = rows["chrom"].unique().sort()
    number = rows["chrom"].replace_strict(chroms, np.arange(len(chroms)), return_dtype=pl.Int64).to_numpy()
    start, end = window_bounds(rows["tss"].to_numpy(), rows["strand"].to_numpy(), window)
    found = intervals.clusters(number, np.maximum(start, 0), end)
    named = pl.DataFrame({"chrom": chroms[found.chrom], "start": found.start, "end": found.end})
    return named.select(group=pl.format("{}:{}-{}", "chrom", "start", "end"))["group"][found.of]


def _with_pairs(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rows with a column `pair`; loci that share a matched pair are one group, so that no pair is in two splits."""
    if "pair" not in rows.columns or not rows["pair"].count():
        return rows.with_columns(pair=pl.lit(None, dtype=pl.String))
    if by == "chromosome":
        raise InputError("--by chromosome: it divides matched pairs of genes. Give --by group, or leave out --match.")
    pair = rows.select(pl.format("{}\t{}", "task", "pair")).to_series()
    return rows.with_columns(group=joined(rows["group"], pair))


def joined(group: pl.Series, pair: pl.Series) -> pl.Series:
    """Groups that share a pair, directly or through others, as one: the first of them by name; null: in no pair.

    >>> joined(pl.Series(["a", "b", "c", "d"]), pl.Series([None, "p", "q", "p"])).to_list()
    ['a', 'b', 'c', 'b']
    """
    names = group.unique().sort()
    links = pl.DataFrame({"group": group, "pair": pair}).drop_nulls()
    locus = links["group"].replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64).to_numpy()
    pairs = links["pair"].rank("dense").to_numpy().astype(np.int64) + len(names) - 1  # pairs are nodes too
    size = len(names) + links["pair"].n_unique()
    # half a second to import, which splits without pairs do not need
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(locus)), (locus, pairs)), shape=(size, size))
    part = connected_components(graph, directed=False)[1][: len(names)]
    merged = pl.DataFrame({"name": names, "part": part}).select(pl.col("name").first().over("part"))["name"]
    return group.replace_strict(names, merged)


def _counts(rows: pl.DataFrame, of: np.ndarray) -> np.ndarray:
    """Samples of each task's class in each unit: (units, classes); `rows` are sorted by class."""
    klass = rows.select(pl.struct("task", "file", "label").rle_id()).to_series().to_numpy().astype(np.int64)
    classes, units = klass[-1] + 1, of.max() + 1
    return np.bincount(of * classes + klass, minlength=units * classes).reshape(units, classes)


def _summary(rows: pl.DataFrame) -> tuple[dict[str, object], list[str]]:
    """Groups, the largest group, samples by task, class and split, as numbers and fractions; notes on empty splits."""
    sizes = rows.group_by("group").len().sort("len", "group", descending=[True, False])
    samples: dict[str, dict] = {}
    fractions: dict[str, dict] = {}
    notes = []
    for (title, label), part in _by_class(rows):
        fold = dict(part["fold"].value_counts().rows())
        number = {name: fold.get(name, 0) for name in FOLDS}
        samples.setdefault(title, {})[str(label)] = number
        fractions.setdefault(title, {})[str(label)] = {name: round(n / part.height, 4) for name, n in number.items()}
        if empty := [name for name in FOLDS if not number[name]]:
            held = f"{part.height:,} samples in {part['group'].n_unique():,} groups"
            notes.append(f"{title}: class {label} ({held}) has no sample in {' and '.join(empty)}")
    largest = {"group": sizes["group"][0], "samples": sizes["len"][0]}
    return {"groups": sizes.height, "largest_group": largest, "samples": samples, "fractions": fractions}, notes


def _by_class(rows: pl.DataFrame):
    """Rows by task and label; the file name distinguishes two files of one task."""
    files = rows.group_by("task").agg(pl.col("file").n_unique().alias("files"))
    several = pl.format("{} ({})", "task", "file")
    rows = rows.join(files, on="task", maintain_order="left")
    title = pl.when(pl.col("files") > 1).then(several).otherwise("task")
    return rows.with_columns(title=title).group_by("title", "label", maintain_order=True)


def _split_groups(rows: pl.DataFrame) -> list[str]:
    """A note on groups with samples in several splits, which `by sample` allows."""
    folds = rows.group_by("group").agg(pl.col("fold").n_unique().alias("folds"), pl.len().alias("samples"))
    split = folds.filter(pl.col("folds") > 1)
    if not split.height:
        return []
    return [
        f"{split.height:,} of {folds.height:,} groups ({split['samples'].sum():,} samples) lie in several splits: "
        "overlapping or derived sequences are in train and test, so scores are too high"
    ]
