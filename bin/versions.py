#!/usr/bin/env python3
"""Print the version of a package without importing it: `versions.py scikit-learn`. Prints `absent` for a missing one.

Every task calls this several times, also in stub runs on a machine without the packages. It therefore runs on any
Python 3 and reads the name of the package's .dist-info folder: importlib.metadata alone takes 0.1 s to import.
"""

import os
import sys


def canonical(name):
    """The name as it stands in file names: scikit-learn -> scikit_learn."""
    return name.lower().replace("-", "_").replace(".", "_")


def version_of(name):
    """Version of an installed distribution, of this package (`lncprom`) or of the interpreter (`python`)."""
    if name == "python":
        return "{}.{}.{}".format(*sys.version_info[:3])
    if name == "lncprom":
        beside = os.path.join(os.path.dirname(os.path.realpath(__file__)), "lncprom", "__init__.py")
        with open(beside, encoding="utf-8") as source:
            return source.read().split('__version__ = "')[1].split('"')[0]
    for folder in filter(os.path.isdir, sys.path):
        for entry in os.listdir(folder):
            stem, ending = os.path.splitext(entry)
            package, _, version = stem.partition("-")
            if ending == ".dist-info" and canonical(package) == canonical(name):
                return version
    return "absent"


if __name__ == "__main__":
    if "--help" in sys.argv:
        print(__doc__)
    elif len(sys.argv) == 2 and sys.argv[1]:
        print(version_of(sys.argv[1]))
    else:
        print("Error: versions.py takes one name. Give the name of a package.", file=sys.stderr)
        sys.exit(2)
