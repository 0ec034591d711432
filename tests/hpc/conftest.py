"""Apptainer, Docker and a one-node Slurm, installed and started if root can.

`make test-hpc` runs these tests; without LNCPROM_HPC=1 each is skipped with the reason. Images are kept in
~/.cache/lncprom/hpc under the digest of their sources.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers_nextflow import QUICK_START, ROOT, read_trace

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lncprom" / "hpc"
COMPARED = ("datasets", "models", "predictions", "metrics", "importance", "motifs", "scores", "variants", "scan")
LABEL = "lncprom-hpc-test"
# Begins the note of a step to which Slurm gave a GPU: the stand-in is none
NO_GPU = "no GPU can be used here (CUDA_VISIBLE_DEVICES='0')"


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.hpc)
            if not os.environ.get("LNCPROM_HPC"):
                item.add_marker(pytest.mark.skip(reason="containers and Slurm: make test-hpc (root, Debian or Ubuntu)"))


def digests(outdir: Path) -> dict[str, str]:
    """SHA-256 of each file with results; of provenance records without facts about the machine."""
    files = [path for folder in COMPARED for path in (outdir / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(outdir)): hashlib.sha256(lasting(path)).hexdigest() for path in sorted(files)}


def lasting(path: Path) -> bytes:
    content = path.read_bytes()
    card = json.loads(content) if path.suffix == ".json" else None
    return json.dumps(without_machine(card)).encode() if isinstance(card, dict) and "step" in card else content


def without_machine(card):
    """A provenance record without run times, versions and the GPU."""
    if isinstance(card, list):
        return [without_machine(part) for part in card if not str(part).startswith(NO_GPU)]
    if isinstance(card, dict):
        return {name: without_machine(part) for name, part in card.items() if name not in ("run", "versions")}
    return card


def key(*parts: str | Path) -> str:
    """Twelve hexadecimal digits of the digest of these files and words."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return digest.hexdigest()[:12]


def bring(script: str, *arguments: str | Path, timeout: float = 900) -> subprocess.CompletedProcess:
    return subprocess.run(
        [HERE / script, *arguments], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )


def need(program: str, script: str, *arguments: str | Path) -> None:
    """Install a program by a script; skip with the script's last line if that fails."""
    done = bring(script, *arguments)
    if done.returncode:
        pytest.skip(f"no {program} here: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")


class Running:
    """A running Nextflow in a session of its own, so that tests can stop it as users and nodes do."""

    def __init__(self, folder: Path, words: list[str], environment: dict[str, str]) -> None:
        self.folder, self.outdir = folder, folder / "results"
        self._log = folder / f"said-{os.urandom(3).hex()}"
        with open(self._log, "wb") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self._process = subprocess.Popen(words, cwd=folder, env=environment, start_new_session=True, **streams)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        return self._log.read_text()

    def finish(self, patience: float = 900) -> int:
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill(signal.SIGTERM)
            raise

    def kill(self, number: signal.Signals) -> None:
        self._process.send_signal(number)
        self._process.wait(60)

    def trace(self) -> list[dict[str, str]]:
        return read_trace(self.outdir / "pipeline_info" / "trace.txt")


class Task(NamedTuple):
    """A task and its folder, with the header of its job script."""

    name: str
    folder: Path

    @property
    def header(self) -> list[str]:
        lines = (self.folder / ".command.run").read_text().splitlines()
        return [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")]


def tasks(work: Path, process: str) -> list[Task]:
    """Tasks of a process under a work folder, ordered by name."""
    found = []
    for path in work.glob("*/*/.command.run"):
        named = re.search(r"^### name: '(.*)'$", path.read_text(), re.MULTILINE)
        name = named[1] if named else ""
        if name.split(" ")[0].split(":")[-1] == process:
            found.append(Task(name, path.parent))
    return sorted(found)


@pytest.fixture(scope="session")
def apptainer() -> str:
    if not shutil.which("apptainer"):
        need("apptainer", "install-apptainer.sh")
    return "apptainer"


@pytest.fixture(scope="session")
def containers(apptainer, base) -> str:
    """Apptainer, if it can start a container: some machines do not let even root do that."""
    tried = subprocess.run([apptainer, "exec", base, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"apptainer starts no container here: {(tried.stderr.strip().splitlines() or ['no reason'])[-1]}")
    return apptainer


@pytest.fixture(scope="session")
def slurm():
    """A one-node Slurm with partitions cpu and gpu. Its GPU is a stand-in that is allocated like a real one."""
    running = bring("start-slurm-one-node.sh", "status").returncode == 0
    if not running:
        need("Slurm", "start-slurm-one-node.sh", "start")
    line = bring("start-slurm-one-node.sh", "env").stdout.strip()
    yield {"SLURM_CONF": line.partition("=")[2]}
    if not running:
        bring("start-slurm-one-node.sh", "stop")


@pytest.fixture(scope="session")
def docker():
    """The machine's Docker, or one that is started for the tests."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        yield "docker"
        return
    need("docker", "start-docker.sh", "start", CACHE / "docker")
    yield "docker"
    bring("start-docker.sh", "stop", CACHE / "docker")


@pytest.fixture(scope="session")
def base() -> Path:
    """Root file system of a Debian 12 with Python, made from packages without a registry of images."""
    folder = CACHE / f"base-{key(HERE / 'make-base.sh')}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        need("Debian base", "make-base.sh", folder)
    return folder


def make(*arguments: str, timeout: float = 3000, **environment: str) -> None:
    words = ["make", "-C", str(ROOT), *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, env=clean | environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def recipe(image: str) -> list[Path]:
    return [ROOT / "containers" / name for name in ("install.sh", f"{image}/Dockerfile", f"{image}/requirements.lock")]


@pytest.fixture(scope="session")
def docker_base(docker, base) -> str:
    name = f"{LABEL}-base:{base.name}"
    if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode:
        with subprocess.Popen(["tar", "-C", base, "-c", "."], stdout=subprocess.PIPE) as packed:
            subprocess.run(["docker", "import", "-", name], stdin=packed.stdout, check=True, capture_output=True)
    return name


@pytest.fixture(scope="session")
def docker_image(docker_base):
    """Name of an image that `make images` built on the base: `docker_image("cpu")`."""

    def built(image: str) -> str:
        version = key(docker_base, *recipe(image))
        name = f"lncprom-{image}:{version}"
        if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode:
            words = [f"IMAGES={image}", f"VERSION={version}", f"BASE_IMAGE={docker_base}"]
            make("images", *words, "BUILD_OPTIONS=--network host --force-rm", DOCKER_BUILDKIT="0")
        return name

    return built


@pytest.fixture(scope="session")
def sif(containers, base):
    """Path of an image that `make sif` built on the base: `sif("cpu")`."""

    def built(image: str) -> Path:
        version = key(base.name, ROOT / "containers" / "apptainer.def", *recipe(image))
        path = CACHE / f"lncprom-{image}-{version}.sif"
        if not path.is_file():
            words = [f"IMAGES={image}", f"VERSION={version}", f"SIF_DIR={CACHE}"]
            make("sif", *words, f"BASE_IMAGE={base}", "BOOTSTRAP=localimage", APPTAINER_NO_PRIVS="1")
        return path

    return built


@pytest.fixture(scope="session")
def start(nextflow_command, project):
    """Start Nextflow in a folder: `start(folder, profiles, *words, **environment)`; stopped at the end."""
    begun: list[Running] = []

    def go(folder: Path, profiles: str, *words: object, prefix: tuple[str, ...] = (), **environment: str) -> Running:
        command = [*prefix, nextflow_command, "run", project / "main.nf", "-ansi-log", "false", "-profile", profiles]
        command += ["--outdir", "results", *words]
        begun.append(Running(folder, [str(word) for word in command], os.environ | QUICK_START | environment))
        return begun[-1]

    yield go
    for run in begun:
        if run.alive:
            run.kill(signal.SIGTERM)


@pytest.fixture(scope="session")
def local(start, tmp_path_factory) -> Path:
    """Results of an undisturbed local run in .venv and .venv-gpu."""
    run = start(tmp_path_factory.mktemp("local"), "test,venv", *MODELS)
    assert run.finish() == 0, run.output
    return run.outdir


@pytest.fixture(scope="session")
def expected(local) -> dict[str, str]:
    """Digests of these results."""
    found = digests(local)
    assert len(found) > 15
    return found


MODELS = ("--models", HERE / "models.csv")
# Polls the scheduler every second instead of every ten
QUICK = ("-c", HERE / "quick.config")
