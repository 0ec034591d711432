"""Print the path of a Nextflow that can run this pipeline; download one from Maven Central if none is installed.

A `nextflow` on PATH is used if it is new enough. Otherwise the jars of tools/nextflow/pom.xml are downloaded to
$XDG_CACHE_HOME/lncprom (~/.cache/lncprom), once for all checkouts, and checked against tools/nextflow/jars.sha256.
Uses the standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

RECIPE = Path(__file__).resolve().parent / "nextflow"
OLDEST = (25, 4)
OLDEST_JAVA = 17


def version_of(command: str) -> tuple[int, ...]:
    """Version of a nextflow, for example (25, 4, 0); () if it does not start."""
    try:
        answer = subprocess.run(
            [command, "-version"], capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"version\s+(\d+(?:\.\d+)+)", answer.stdout)
    return tuple(int(part) for part in found.group(1).split(".")) if found and answer.returncode == 0 else ()


def on_path() -> str | None:
    """Find the first nextflow on PATH that is new enough; prints each that is not."""
    for folder in os.get_exec_path():
        command = shutil.which("nextflow", path=folder)
        if command is None:
            continue
        version = version_of(command)
        if version >= OLDEST:
            return os.path.abspath(command)
        shown = f"is {'.'.join(map(str, version))}" if version else "does not start"
        say(f"{command} {shown}, lncprom needs Nextflow 25.04 or later: trying the next")
    return None


def java() -> str:
    """Find the Java that Nextflow will use, in the order of its launcher, and check its version."""
    home = os.environ.get("NXF_JAVA_HOME") or os.environ.get("JAVA_HOME")
    command = shutil.which(os.path.join(home, "bin", "java")) if home else None
    command = command or shutil.which("java")
    remedy = (
        f"Install Java {OLDEST_JAVA} or later (Debian, Ubuntu: apt-get install default-jre-headless) or set JAVA_HOME."
    )
    if command is None:
        sys.exit(f"Error: java is not on PATH, and Nextflow needs it. {remedy}")
    answer = subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', answer)  # 17.0.15 or, before Java 9, 1.8.0_392
    if found is None or int(found.group(1)) < OLDEST_JAVA:
        shown = f"is Java {found.group(1)}" if found else "does not start"
        sys.exit(f"Error: {command} {shown}, and Nextflow needs Java {OLDEST_JAVA} or later. {remedy}")
    return command


def home(recipe: Path = RECIPE) -> Path:
    """Folder of this Nextflow in the cache, one for each recipe: its name holds the recipe's digest."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    texts = [(recipe / name).read_bytes() for name in ("pom.xml", "jars.sha256", "launcher.sh")]
    version = re.search(rb"<nextflow.version>([^<]+)<", texts[0]).group(1).decode()
    return Path(base) / "lncprom" / f"nextflow-{version}-{hashlib.sha256(b''.join(texts)).hexdigest()[:8]}"


def digests(jars: Path) -> dict[str, str]:
    """SHA-256 of each file in a folder, by name; empty if the folder does not exist."""
    found = {}
    for path in sorted(jars.iterdir()) if jars.is_dir() else ():
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def locked(recipe: Path = RECIPE) -> dict[str, str]:
    """SHA-256 of each jar as recorded in the repository, by name."""
    lines = (recipe / "jars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def complete(folder: Path) -> bool:
    return os.access(folder / "nextflow", os.X_OK) and digests(folder / "lib") == locked()


def download(jars: Path) -> None:
    """Download the jars from Maven Central with the user's own Maven settings."""
    maven = shutil.which("mvn")
    if maven is None:
        sys.exit(
            "Error: neither Nextflow 25.04 or later nor Maven (mvn), which downloads it, is on PATH. Install Maven "
            "(Debian, Ubuntu: apt-get install maven) or Nextflow (https://www.nextflow.io/docs/latest/install.html)."
        )
    say("downloading Nextflow from Maven Central (30 MB, once) ...")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    quiet = ["--batch-mode", "--quiet", "--strict-checksums", "-Dstyle.color=never"]
    command = [maven, *quiet, "--file", str(RECIPE / "pom.xml"), *goal]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode:
        say(answer.stdout[-3000:] + answer.stderr[-3000:])
        sys.exit("Error: Maven could not download Nextflow; its output is above. Check the network, then repeat.")


def install(folder: Path) -> None:
    """Create `folder` with lib/*.jar and the command `nextflow`. It is renamed into place when it is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as name:
        part = Path(name) / folder.name
        (part / "lib").mkdir(parents=True)
        download(part / "lib")
        found, wanted = digests(part / "lib"), locked()
        wrong = sorted(jar for jar in found.keys() | wanted.keys() if found.get(jar) != wanted.get(jar))
        if wrong:
            sys.exit(
                f"Error: {', '.join(wrong)}: the digest differs from tools/nextflow/jars.sha256, the download is "
                "damaged. Remove the folder of that name from ~/.m2/repository, then repeat."
            )
        shutil.copy(RECIPE / "launcher.sh", part / "nextflow")
        (part / "nextflow").chmod(0o755)
        if folder.exists():
            folder.rename(Path(name) / "broken")
        try:
            part.rename(folder)
        except OSError:  # without file locks another `make` may have renamed first
            if not complete(folder):
                raise


@contextmanager
def alone(folder: Path):
    """Hold a lock, so that a second `make` waits and then finds the folder complete."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    with suppress(OSError):  # some network file systems have no locks; the rename is safe without
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def write_lock() -> None:
    """Write tools/nextflow/jars.sha256 from the jars that the pom resolves to now."""
    with tempfile.TemporaryDirectory() as name:
        download(Path(name))
        lines = [f"{digest}  {jar}\n" for jar, digest in digests(Path(name)).items()]
    (RECIPE / "jars.sha256").write_text("".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the path of a Nextflow; download one if none is installed.")
    parser.add_argument("--lock", action="store_true", help="update the digests of the jars after a change of pom.xml")
    if parser.parse_args().lock:
        write_lock()
        return
    command = on_path()
    if command is None:
        java()
        folder = home()
        if not complete(folder):
            with alone(folder.parent):
                if not complete(folder):
                    install(folder)
        command = str(folder / "nextflow")
    print(command)


if __name__ == "__main__":
    main()
