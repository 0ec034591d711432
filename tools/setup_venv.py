"""Make a virtual environment from hashed locks, and only when a lock differs from what is in it.

python3 tools/setup_venv.py cpu         .venv: what the pipeline's data steps and the logistic regression need
python3 tools/setup_venv.py test        .venv: that and what the tests need
python3 tools/setup_venv.py gpu         .venv-gpu: what the language models need too (torch; 6 GB)
python3 tools/setup_venv.py test-gpu    .venv-gpu: that and what their tests need
python3 tools/setup_venv.py lint        .venv-lint: nf-core's lint, which shares nothing with the others

Standard library only. Nothing is ever taken out of an environment: a lock adds to what another brought.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A lock, and the locks that it contains whole; test_repository.py holds them to that.
LOCKS = {"cpu": (), "test": ("cpu",), "gpu": ("cpu",), "lint": ()}
# What can be asked for: the folder, and the locks that go into it.
ENVIRONMENTS = {
    "cpu": (".venv", ("cpu",)),
    "test": (".venv", ("test",)),
    "gpu": (".venv-gpu", ("gpu",)),
    "test-gpu": (".venv-gpu", ("gpu", "test")),
    "lint": (".venv-lint", ("lint",)),
}
OLDEST = (3, 10)


def lock_path(name: str, root: Path = ROOT) -> Path:
    return root / "containers" / name / "requirements.lock"


def digests(name: str, root: Path = ROOT) -> dict[str, str]:
    """Lock -> SHA-256, of this lock and of those it contains."""
    return {each: hashlib.sha256(lock_path(each, root).read_bytes()).hexdigest() for each in (name, *LOCKS[name])}


def usable(folder: Path) -> bool:
    """Whether the environment's Python starts, is new enough, and stands where it was made: its scripts hold paths."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        starts = subprocess.run([folder / "bin" / "python", "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return starts.returncode == 0 and stamp(folder).get("folder", str(folder)) == str(folder)


def stamp(folder: Path) -> dict[str, str]:
    """Lock -> SHA-256 of what was installed into `folder`, and where that was; empty where it was not finished."""
    try:
        return json.loads((folder / ".locks.json").read_text())
    except (OSError, ValueError):
        return {}


def make(folder: Path, uv: str | None) -> None:
    """An empty virtual environment in the place of one that cannot be used."""
    if folder.exists():
        if not (folder / "pyvenv.cfg").is_file():
            sys.exit(f"Error: {folder} is there and is no virtual environment; move it away, then repeat")
        say(f"{folder.name} was made elsewhere, or its Python does not start or is too old: making it anew")
        if folder.is_symlink():
            folder.unlink()  # what it leads to is another checkout's
        else:
            shutil.rmtree(folder)
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    else:
        try:
            venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        except (subprocess.CalledProcessError, ModuleNotFoundError):
            shutil.rmtree(folder, ignore_errors=True)
            sys.exit(
                f"Error: {sys.executable} cannot make a virtual environment with pip; install what it lacks "
                "(Debian, Ubuntu: apt-get install python3-venv) or uv, then repeat"
            )


def install(folder: Path, name: str, uv: str | None) -> None:
    """Every package of the lock, each file held to the digest written there."""
    python, lock = str(folder / "bin" / "python"), str(lock_path(name))
    if uv:
        run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "--require-hashes", "-r", lock])
        return
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:
        run([python, "-m", "ensurepip", "--default-pip"])  # uv made this one, and uv is gone
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", lock])


def run(command: list[str]) -> None:
    # A foreign PYTHONPATH or an active environment must not decide what is installed where.
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as fault:
        sys.exit(f"Error: {fault}\nIts own words are above; repeat the same command when the cause is mended")


@contextmanager
def alone(root: Path):
    """Two `make` at once in one checkout: the second waits."""
    import fcntl

    handle = os.open(root, os.O_RDONLY)
    with suppress(OSError):  # a network file system may have no locks
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a virtual environment from hashed locks.")
    parser.add_argument("environment", choices=ENVIRONMENTS)
    place, locks = ENVIRONMENTS[parser.parse_args().environment]
    if sys.version_info < OLDEST:
        sys.exit(f"Error: {sys.executable} is Python {sys.version.split()[0]}; lncprom needs 3.10 or later")
    folder = ROOT / place
    with alone(ROOT):
        there = usable(folder)
        missing = [name for name in locks if not (there and digests(name).items() <= stamp(folder).items())]
        if not missing:
            return
        uv = shutil.which("uv")
        if not there:
            make(folder, uv)
        for name in missing:
            how = "by uv" if uv else "by pip, about a minute"
            say(f"installing containers/{name}/requirements.lock into {folder.name} {how} ...")
            install(folder, name, uv)
            beside = folder / ".locks.json.part"
            done = stamp(folder) | digests(name) | {"folder": str(folder)}
            beside.write_text(json.dumps(done, indent=2) + "\n")
            beside.replace(folder / ".locks.json")


if __name__ == "__main__":
    main()
