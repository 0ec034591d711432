#!/bin/sh
# Run while an image is built: every package of a lock, each file held to its digest, into a virtual environment of its
# own. Ready-made wheels only, so that no compiler is needed; pip itself stays out.
set -eu
lock=$1

python3 -m venv /opt/pip
python3 -m venv --without-pip /opt/lncprom
/opt/pip/bin/python -m pip --disable-pip-version-check --no-input --python /opt/lncprom/bin/python install \
    --quiet --no-cache-dir --only-binary :all: --require-hashes --requirement "$lock"
rm -rf /opt/pip

# Headers and libraries to link against; nothing is compiled in a container.
find /opt/lncprom -name '*.a' -delete
find /opt/lncprom -path '*/pyarrow/include' -prune -exec rm -rf {} +
