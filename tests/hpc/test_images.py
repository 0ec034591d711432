"""The images of `make images` and `make sif`, on a base made from packages: their programs and packages.

The image of the language models takes 7 GB and 15 minutes; LNCPROM_HPC_GPU=1 builds it too.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from helpers_locks import locked
from hpc.conftest import ROOT

IMAGES = ("cpu", "gpu")
ENGINES = ("docker", "apptainer")
STEPS = sorted(path.name for path in (ROOT / "bin").glob("*.py"))
READY = ROOT / "assets" / "demo" / "ready"
# Calls of steps on the demo's ready-made data set
IMPORT = f"import_dataset.py --name ready --train {READY}/train.csv --dev {READY}/dev.csv --test {READY}/test.csv"
IMPORT += " --out d.parquet --composition c.tsv --card d.json"
BASELINE = "train_baseline.py --dataset d.parquet --name ready --upstream d.json --out-dir lr.model"
BASELINE += " --predictions p.parquet --kmers k.tsv --plot k.svg --card m.json --kmer-max 4 --c-grid 1"
CNN = "finetune.py --dataset d.parquet --name ready --family cnn --model cnn --epochs 1 --batch 64 --device cpu"
CNN += " --checkpoint-dir state --upstream d.json --out-dir cnn.model --predictions p.parquet --training t.tsv"
CNN += " --card m.json"


@pytest.fixture(params=[(image, engine) for image in IMAGES for engine in ENGINES], ids=" by ".join)
def inside(request, tmp_path):
    """Run a line of bash in an image as on a cluster: as an ordinary user, without a writable HOME."""
    image, engine = request.param
    if image == "gpu" and not os.environ.get("LNCPROM_HPC_GPU"):
        pytest.skip("the image of the language models (7 GB) is built only by LNCPROM_HPC_GPU=1 make test-hpc")
    tmp_path.chmod(0o777)
    places = {ROOT: "ro", tmp_path: "rw"}
    if engine == "docker":
        name = request.getfixturevalue("docker_image")(image)
        mounts = [word for path, mode in places.items() for word in ("-v", f"{path}:{path}:{mode}")]
        words = ["docker", "run", "--rm", "--network", "none", "-u", "4321:4321", *mounts, "-w", str(tmp_path)]
        words += ["-e", "HOME=.", "-e", "USER=lncprom", name]
    else:
        name = str(request.getfixturevalue("sif")(image))
        mounts = [word for path, mode in places.items() for word in ("-B", f"{path}:{path}:{mode}")]
        words = ["apptainer", "exec", "--no-home", "--cleanenv", "--contain", *mounts, "--pwd", str(tmp_path), name]

    def run(line: str) -> subprocess.CompletedProcess:
        line = f'export PATH="$PATH:{ROOT}/bin" HOME=. MPLCONFIGDIR=./mpl; {line}'
        return subprocess.run([*words, "bash", "-euc", line], capture_output=True, text=True, check=False)

    run.image, run.engine, run.name, run.folder = image, engine, name, tmp_path
    return run


def test_every_step__prints_its_help(inside):
    done = inside(f"for step in {' '.join(STEPS)}; do [ $step = versions.py ] || $step --help | head -1; done")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()] == [name for name in STEPS if name != "versions.py"]


def test_import_and_training__write_a_data_set_and_predictions(inside):
    done = inside(f"{IMPORT}; {CNN if inside.image == 'gpu' else BASELINE}; versions.py lncprom")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "0.1.0"
    assert {"d.parquet", "p.parquet", "m.json"} <= {path.name for path in inside.folder.iterdir()}


def test_packages__exactly_those_of_the_lock(inside):
    line = "import importlib.metadata as m; print(*{f'{d.name} {d.version}' for d in m.distributions()}, sep='\\n')"
    found = dict(row.split() for row in inside(f'python -c "{line}"').stdout.splitlines())
    found = {name.lower().replace("_", "-"): version for name, version in found.items()}
    assert found == locked(inside.image, "3.11.2")


def test_programs__ps_for_the_trace_and_none_that_compiles_or_installs(inside):
    done = inside("command -v ps bash; for name in gcc g++ cc c++ ld make pip pip3; do ! command -v $name; done")
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == 2


def test_docker_image__ordinary_user_and_labels(docker_image):
    template = '{{.Config.User}} {{index .Config.Labels "org.opencontainers.image.version"}} {{.Size}}'
    words = ["docker", "image", "inspect", "--format", template, docker_image("cpu")]
    user, version, size = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert (user, version) == ("lncprom", "0.1.0")
    assert int(size) < 1.1e9


def test_sif__labels_and_size(sif):
    path: Path = sif("cpu")
    labels = subprocess.run(["apptainer", "inspect", path], capture_output=True, text=True, check=True).stdout
    assert "org.opencontainers.image.version: 0.1.0" in labels
    assert path.stat().st_size < 4e8
