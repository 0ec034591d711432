"""Expression tables of other layouts and units, recognised by their header and values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from lncprom import text
from lncprom.errors import InputError

MOST = 1000  # columns; more are samples or cells, and would need several GB
_FEWEST = 20  # genes that can show the unit of a table
_SUM = 2e6  # of a column; the TPM of a sample add up to one million
_LARGEST_LOG = 20  # log2 of one million
_ENSEMBL = re.compile(r'"?ENS[A-Z]*\d{11}')
_ROW_NUMBERS = ("", "id", "index", "unnamed: 0")
_DONOR = re.compile(r"GTEX-(\w+)-")
_SAMPLE = re.compile(r"GTEX-\w+-\w+|TCGA-\w+-\w+|(SRR|ERR|DRR|GSM|SAMN|SAMEA|SAMD|ENCFF|ENCSR)\w*\d")
_NUMBERED = re.compile(r"[._ -]*(rep|replicate|sample)?[._ -]*\d+$", re.IGNORECASE)
_LONG = re.compile(r"tissues?|tissue_name|tissuesitedetailid|sample(_id|_name)?|cell_?type|organ|condition")
_MEASURE = re.compile(r"n?tpm|median(_tpm)?|value|expression")
_QUANTIFIER = re.compile(
    r"chr(om(osome)?)?|start|end|strand|(eff(ective)?_?)?length|numreads|expected_count|est_counts|coverage"
)


def refuse_header(where: str, columns: Sequence[str], first_tissue: int) -> None:
    """Refuse, by the names of its columns, a table that is not one of genes (rows) and tissues (columns)."""
    tissues, names = columns[first_tissue:], {name: name.lower().replace(" ", "_") for name in columns}
    if _ENSEMBL.match(columns[0]) or columns[0] == "N_unmapped":
        raise InputError(f"{where}: a gene in place of the header. Write names above it: gene, then the tissues.")
    if sum(map(bool, map(_ENSEMBL.match, tissues))) > len(tissues) / 2:
        raise InputError(f"{where}: genes as columns. Transpose the table: one row a gene, one column a tissue.")
    if long := next((name for name in columns if _LONG.fullmatch(names[name])), None):
        _refuse_long(where, columns, long)
    if known := [name for name in tissues if _QUANTIFIER.fullmatch(names[name])]:
        what = "a table of one quantifier (featureCounts, Salmon, kallisto, RSEM, StringTie)"
        remedy = "Give one table of the TPM of all tissues: gene, then one column a tissue."
        raise InputError(f"{where}: {known[0]} is no tissue but a column of {what}. {remedy}")
    donors = [found[1] for name in tissues if (found := _DONOR.match(name))]
    if len(tissues) > MOST or len(set(donors)) < len(donors):  # in a file of one tissue, each donor has one sample
        what = "samples of GTEx" if donors else "samples or cells"
        files = "GTEx's medians, *_gene_median_tpm.gct.gz, or its file of one tissue" if donors else "their medians"
        what = f"{len(tissues):,} columns of {what} such as {tissues[0]}, not of tissues"
        raise InputError(f"{where}: {what}. Give one column a tissue: {files}.")


def _refuse_long(where: str, columns: Sequence[str], tissue: str) -> None:
    """Refuse a table with one row for each gene and tissue."""
    gene = next(name for name in columns if name != tissue)
    value = next((name for name in reversed(columns) if _MEASURE.fullmatch(name.lower())), columns[-1])
    read = f"polars.read_csv('{where.rpartition(', line')[0]}', separator='\\t')"
    pivot = f"{read}.pivot('{tissue}', index='{gene}', values='{value}').write_csv('wide.tsv', separator='\\t')"
    raise InputError(f"{where}: a long table, its tissues are in column {tissue}. Pivot it, in Python: {pivot}")


def refuse_long_rows(where: str, columns: Sequence[str], first_tissue: int, rows: Sequence[Sequence[str]]) -> None:
    """Refuse a long table by its first rows: ids repeated beside words, or words repeated beside Ensembl ids."""
    if len({row[0] for row in rows}) < len(rows):
        may_be_tissue = [*([0] if any(map(_ENSEMBL.match, rows[0][1:])) else []), *range(first_tissue, len(columns))]
        for at in may_be_tissue:
            if all(re.fullmatch(r'"?[A-Za-z][\w ()-]{2,}"?', row[at]) for row in rows):
                _refuse_long(where, columns, columns[at])


def wrong_width(where: str, columns: Sequence[str], row: str, is_first: bool) -> InputError:
    """What is wrong with a row of more or fewer cells than the header."""
    cells = row.split("\t")
    remedy = "Export or download the table again."
    if is_first and len(cells) == len(columns) + 1:
        remedy = "Write it in R by write.table(x, FILE, sep='\\t', col.names=NA), or add gene and a tab to the header."
        remedy = f"R leaves out the first column's name. {remedy}" if cells[-1].strip() else "Remove the last tabs."
    return InputError(f"{where}: {len(cells)} columns, the header has {len(columns)}. {remedy}")


def has_row_numbers(columns: Sequence[str]) -> bool:
    """Whether the first column may be a number of the row, as in GTEx's files of one tissue."""
    return columns[0].lower() in _ROW_NUMBERS


def gene_column(columns: Sequence[str], first_tissue: int, row: Sequence[str]) -> tuple[int, str]:
    """The column of the genes' ids by the first gene, and a hint if another column has Ensembl ids."""
    at = next((at for at in range(first_tissue) if _ENSEMBL.match(row[at])), 0)
    if at == 0 or (has_row_numbers(columns) and row[0].strip('" ').isdigit()):
        return at, ""
    return 0, f"Ids and names are swapped: column {at + 1} ({columns[at]}) has {row[at]}; exchange it with column 1."


def cell_remedy(cell: str) -> str:
    """What to write in place of a cell that is no TPM."""
    if cell.strip().lower() in ("", "na", "nan", "null", "none", "-", "."):
        return "Write 0 where it means not expressed, or leave out the gene or the tissue."
    if re.fullmatch(r"[\d.]+,[\d.]+", cell):
        return "Write decimals with a point."
    if re.fullmatch(r"[\d.]+(,[\d.]+)+", cell):
        return "Give one number, such as the median (the third of the five in a file of Expression Atlas)."
    return f"Give {'TPM, no logarithms or z-scores' if cell.startswith('-') else 'a number >= 0 in every cell'}."


def notes(name: str, tissues: Sequence[str], tpm: np.ndarray) -> list[str]:
    """Signs that columns are samples, or that values are not TPM; sums far above one million are refused."""
    found, stems = [], Counter(_NUMBERED.sub("", tissue) for tissue in tissues)
    repeated = [tissue for tissue in tissues if stems[_NUMBERED.sub("", tissue)] > 1]
    if samples := [tissue for tissue in tissues if _SAMPLE.match(tissue)] or repeated:
        what = f"{len(samples):,} columns are samples by their names ({text.some(samples, 2)})"
        found.append(f"{what}; each counts as a tissue. Give the median instead where several are of one tissue")
    if len(tpm) < _FEWEST:
        return found
    sums, whole, largest = tpm.sum(axis=0), not (tpm % 1).any(), tpm.max()
    if sums.max() > _SUM:
        where = f"{name}, column {tissues[int(sums.argmax())]}"
        what = "raw read counts?" if whole else "of another unit?"
        raise InputError(f"{where}: a sum of {sums.max():,.0f}, TPM add up to 1,000,000 ({what}). Give TPM.")
    if whole and largest > 1:
        found.append("all values are whole numbers: if they are raw read counts, give TPM instead")
    elif 0 < largest <= _LARGEST_LOG:
        found.append(f"no value exceeds {largest:.4g}: if these are logarithms such as log2(TPM + 1), give TPM instead")
    return found
