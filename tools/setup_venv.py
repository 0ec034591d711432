"""Make a virtual environment from locks with digests; does nothing where the locks have not changed.

python3 tools/setup_venv.py cpu     .venv: packages of the data steps and of the logistic regression
python3 tools/setup_venv.py gpu     .venv-gpu: packages of all steps (torch; 6 GB)
python3 tools/setup_venv.py test    .venv-gpu: those and the packages of the tests, ruff and import-linter
python3 tools/setup_venv.py lint    .venv-lint: nf-core, independent of the others

Uses the standard library only. It adds packages to an environment and never removes any.
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
# A lock and the locks whose packages it repeats; tests/repository/test_locks.py checks that.
LOCKS = {"cpu": (), "test": ("cpu",), "gpu": ("cpu",), "lint": ()}
# Name on the command line: the folder and the locks installed into it.
ENVIRONMENTS = {
    "cpu": (".venv", ("cpu",)),
    "gpu": (".venv-gpu", ("gpu",)),
    "test": (".venv-gpu", ("gpu", "test")),
    "lint": (".venv-lint", ("lint",)),
}
OLDEST = (3, 10)


def lock_path(name: str, root: Path = ROOT) -> Path:
    return root / "containers" / name / "requirements.lock"


def digests(name: str, root: Path = ROOT) -> dict[str, str]:
    """SHA-256 of a lock and of the locks that it contains, by name."""
    return {each: hashlib.sha256(lock_path(each, root).read_bytes()).hexdigest() for each in (name, *LOCKS[name])}


def usable(folder: Path) -> bool:
    """Whether Python starts, is new enough, and the folder has not moved: scripts hold absolute paths."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        starts = subprocess.run([folder / "bin" / "python", "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return starts.returncode == 0 and stamp(folder).get("folder", str(folder)) == str(folder)


def stamp(folder: Path) -> dict[str, str]:
    """SHA-256 of each installed lock, and the folder's path then; empty if no installation was completed."""
    try:
        return json.loads((folder / ".locks.json").read_text())
    except (OSError, ValueError):
        return {}


def make(folder: Path, uv: str | None) -> None:
    """Create an empty virtual environment; replaces one that cannot be used."""
    if folder.exists():
        if not (folder / "pyvenv.cfg").is_file():
            sys.exit(f"Error: {folder} exists and is not a virtual environment. Move it away, then repeat.")
        say(f"{folder.name} was moved, or its Python does not start or is too old: creating it again")
        if folder.is_symlink():
            folder.unlink()  # the target belongs to another checkout
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
                f"Error: {sys.executable} cannot create a virtual environment with pip. Install venv "
                "(Debian, Ubuntu: apt-get install python3-venv) or uv, then repeat."
            )


def install(folder: Path, name: str, uv: str | None) -> None:
    """Install every package of the lock and check each file against its digest."""
    python, lock = str(folder / "bin" / "python"), str(lock_path(name))
    if uv:
        run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "--require-hashes", "-r", lock])
        return
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:
        run([python, "-m", "ensurepip", "--default-pip"])  # uv created this environment and is no longer installed
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", lock])


def compile_motif_search(folder: Path) -> None:
    """Compile the loops that compare_motifs runs: half a minute that no run of the pipeline spends later."""
    say("compiling the motif search ...")
    code = "from lncprom.motifs import compare; compare.fill_cache()"
    subprocess.run([folder / "bin" / "python", "-c", code], cwd=ROOT / "bin", check=False, capture_output=True)


def run(command: list[str]) -> None:
    # PYTHONPATH or an active environment would change what is installed, and where
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as fault:
        sys.exit(f"Error: {fault}\nThe output of the command is above. Fix its cause, then repeat.")


@contextmanager
def alone(root: Path):
    """Hold a lock, so that a second `make` in the same checkout waits."""
    import fcntl

    handle = os.open(root, os.O_RDONLY)
    with suppress(OSError):  # some network file systems have no locks
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a virtual environment from locks with digests.")
    parser.add_argument("environment", choices=ENVIRONMENTS)
    place, locks = ENVIRONMENTS[parser.parse_args().environment]
    if sys.version_info < OLDEST:
        sys.exit(
            f"Error: {sys.executable} is Python {sys.version.split()[0]}, lncprom needs 3.10. Install a newer Python."
        )
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
            say(f"installing containers/{name}/requirements.lock into {folder.name} with {'uv' if uv else 'pip'} ...")
            install(folder, name, uv)
            beside = folder / ".locks.json.part"
            done = stamp(folder) | digests(name) | {"folder": str(folder)}
            beside.write_text(json.dumps(done, indent=2) + "\n")
            beside.replace(folder / ".locks.json")
            if name == "gpu":
                compile_motif_search(folder)


if __name__ == "__main__":
    main()
