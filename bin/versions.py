#!/usr/bin/env python3
"""Print the version of a package without importing it: `versions.py scikit-learn`. An absent one prints `absent`.

Every task asks for versions, stub runs on a bare machine too: so the standard library alone, of whatever python3
is there.
"""

import os
import re
import sys


def of_package(name):
    """Version of an installed distribution, of this package (`lncprom`) or of the interpreter (`python`)."""
    if name == "python":
        return "{}.{}.{}".format(*sys.version_info[:3])
    if name == "lncprom":
        beside = os.path.join(os.path.dirname(os.path.realpath(__file__)), "lncprom", "__init__.py")
        with open(beside, encoding="utf-8") as source:
            return re.search(r'^__version__ = "([^"]+)"', source.read(), re.MULTILINE).group(1)
    try:
        from importlib import metadata
    except ImportError:  # Python 3.7 and older
        return "absent"
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


if __name__ == "__main__":
    if "--help" in sys.argv:
        print(__doc__)
    elif len(sys.argv) == 2 and sys.argv[1]:
        print(of_package(sys.argv[1]))
    else:
        print("Error: name one package: versions.py PACKAGE", file=sys.stderr)
        sys.exit(2)
