"""The one exception for mistakes that the user can correct."""

import click


class InputError(click.ClickException):
    """One line with the file, the record, the fact and the remedy; exit code 2.

    >>> raise InputError("genes.gtf, line 2: 8 columns, GTF needs 9. Re-download the file.")
    """

    exit_code = 2
