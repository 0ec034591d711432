"""Effects of variants as a table and as INFO of their VCF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lncprom import __version__, files
from lncprom.application.vcf import COLUMNS, Vcf
from lncprom.tables.variants import VARIANTS

_DIGITS = 6
_PARTS = [
    "allele",
    "promoter",
    "strand",
    "distance",
    "delta",
    "delta_sd",
    "agree",
    "delta_probability",
    "percentile",
    "p",
]
_MEANING = {
    "LNCPROM": (
        ".",
        "String",
        f"Change of the score of each promoter whose window holds the allele: {'|'.join(_PARTS)}",
    ),
    "LNCPROM_DELTA": ("A", "Float", "Change of the logit, mean over models, of the promoter where it is largest"),
    "LNCPROM_P": ("A", "Float", "Empirical p of that change among matched changes in other promoters"),
}
_OWN = r"(^|;)LNCPROM(_DELTA|_P)?=[^;]*"


def table(rows: pl.DataFrame, alleles: pl.DataFrame, found: Vcf) -> pl.DataFrame:
    """The table of variants, in an order that does not depend on that of the VCF; and `record`, `allele` of each row.

    Parameters
    ----------
    rows
        As of `variant_effects.effects`.
    alleles
        The variants that these rows number: record, allele.
    """
    rows = rows.hstack(alleles[rows["variant"]].select("record", "allele"))
    records = found.records[rows["record"]].select(
        chrom="CHROM", position="POS", id=pl.col("ID").replace(".", None), ref="REF", alt=pl.col("ALT").str.split(",")
    )
    rows = rows.drop("chrom").hstack(records).with_columns(pl.col("alt").list.get(pl.col("allele")))
    absent = [name for name in ("percentile", "p") if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in absent)
    rows = rows if "null_n" in rows.columns else rows.with_columns(null_n=pl.lit(0, pl.Int64))
    rows = rows.with_columns(pl.col(pl.Float64).round_sig_figs(_DIGITS))
    order = [*VARIANTS.key, "tss", "strand", "id"]
    return rows.select(*VARIANTS.columns, "record", "allele").sort(order, nulls_last=True)


def vcf_text(found: Vcf, rows: pl.DataFrame, order: Sequence[str], models: Sequence[str]) -> str:
    """The VCF's eight columns, sorted, with three INFO fields; `order`: sequences in the order of the FASTA.

    `rows`: as of `table`.
    """
    info = found.records["INFO"].fill_null(".").str.replace_all(_OWN, "").str.strip_prefix(";")
    records = found.records.with_columns(INFO=info).with_row_index("record")
    records = records.with_columns(pl.col("record").cast(pl.Int64)).join(_info(records, rows), "record", "left")
    plain = pl.col("INFO").is_in(["", "."])
    both = (
        pl.when(plain)
        .then(pl.coalesce("own", pl.lit(".")))
        .otherwise(pl.concat_str("INFO", "own", separator=";", ignore_nulls=True))
    )
    number = {name: at for at, name in enumerate(order)}
    chrom = pl.col("CHROM").replace_strict(number, default=len(number), return_dtype=pl.Int64).alias("rank")
    records = records.with_columns(chrom, INFO=both).sort("rank", *COLUMNS)
    own = [f"##INFO=<ID={name}," for name in _MEANING]
    header = [line for line in found.header if not line.startswith((*own, "##lncprom="))]
    header += [
        f'##INFO=<ID={name},Number={number},Type={kind},Description="{text}">'
        for name, (number, kind, text) in _MEANING.items()
    ]
    header += [f'##lncprom=<Version={__version__},Models="{",".join(models)}">', "#" + "\t".join(COLUMNS)]
    body = records.select(COLUMNS).write_csv(separator="\t", include_header=False, quote_style="never", null_value=".")
    return "\n".join(header) + "\n" + body


def _info(records: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """INFO of each record with a scored allele: record, own."""
    shown = rows.with_columns(
        pl.col("promoter").str.replace_all(r"[\s;=,|%]", "_"),
        pl.col(pl.Float64).map_batches(
            lambda values: pl.Series([None if v is None else f"{v:g}" for v in values], dtype=pl.String),
            return_dtype=pl.String,
        ),
    )
    cells = [pl.col("alt" if name == "allele" else name).cast(pl.String).fill_null("") for name in _PARTS]
    entries = shown.with_columns(entry=pl.concat_str(cells, separator="|"), size=rows["delta"].abs())
    largest = entries.sort("size", descending=True, maintain_order=True).unique(
        ["record", "allele"], keep="first", maintain_order=True
    )
    each = (
        records.filter(pl.col("record").is_in(rows["record"].implode()))
        .select(pl.col("record").cast(pl.Int64), alt=pl.col("ALT").str.split(","))
        .explode("alt")
        .with_columns(allele=pl.int_range(pl.len()).over("record"))
        .join(largest.select("record", "allele", "delta", "p"), ["record", "allele"], "left", maintain_order="left")
        .group_by("record", maintain_order=True)
        .agg(pl.col("delta", "p").fill_null(".").str.join(","))
    )
    every = entries.group_by("record", maintain_order=True).agg(pl.col("entry").str.join(","))
    own = pl.format("LNCPROM={};LNCPROM_DELTA={};LNCPROM_P={}", "entry", "delta", "p")
    return each.join(every, "record").select("record", own=own)


def write_vcf(text: str, path: Path) -> None:
    """Plain, or bgzip where the name ends with .gz."""
    if path.suffix != ".gz":
        files.write_text(text, path)
        return
    import pysam

    with files.writing(path) as beside, pysam.BGZFile(str(beside), "wb") as out:
        out.write(text.encode())
