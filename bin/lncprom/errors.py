"""The one exception for what a user can mend."""

import click


class InputError(click.ClickException):
    """One line that names the file, the record, what is wrong and what would mend it; exit code 2.

    >>> raise InputError("genes.gtf, line 2: 8 columns, a GTF line has 9; re-export the file")
    """

    exit_code = 2
