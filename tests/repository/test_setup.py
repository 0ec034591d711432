"""Set-up by make: a Nextflow that is new enough and environments that match the locks, each installed once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

JAVA_17 = "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2"
JARS = {"nextflow-25.04.0.jar": "the core", "nf-lang-25.04.0.jar": "the language"}
# Replaces Maven: writes the jars where dependency:copy-dependencies would, and records its calls.
MAVEN = """
for argument in "$@"; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
echo called >> "$CALLS"
printf 'the core' > "$folder/nextflow-25.04.0.jar"; printf 'the language' > "$folder/nf-lang-25.04.0.jar"
"""


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)
    return path


def answers(version: str) -> str:
    return f"printf '\\n      N E X T F L O W\\n      version {version} build 1\\n'"


class Machine:
    """A folder with a copy of tools/ and its own PATH and cache."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder, self.path, self.cache = folder, [folder / "path"], folder / "cache"
        self.calls = folder / "calls"
        shutil.copytree(root / "tools", folder / "tools")
        self.lock(JARS)
        for name in ("bash", "dirname", "readlink"):
            self.program(name, f'exec {shutil.which(name)} "$@"')

    def lock(self, jars: dict[str, str]) -> None:
        lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in jars.items()]
        (self.folder / "tools" / "nextflow" / "jars.sha256").write_text("".join(lines))

    def program(self, name: str, body: str) -> Path:
        return program(self.path[0] / name, body)

    def start(self, script: str, *arguments: str) -> subprocess.Popen:
        environment = {
            "PATH": os.pathsep.join(map(str, self.path)),
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.cache),
            "CALLS": str(self.calls),
        }
        command = [sys.executable, self.folder / "tools" / script, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=self.folder, stdout=pipe, stderr=pipe, text=True)

    def run(self, script: str, *arguments: str) -> tuple[int, str, str]:
        process = self.start(script, *arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out.strip(), err.strip()

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(root, tmp_path) -> Machine:
    return Machine(root, tmp_path)


@pytest.fixture
def with_maven(machine) -> Machine:
    machine.program("java", JAVA_17)
    machine.program("mvn", MAVEN)
    return machine


def test_nextflow_on_path_is_new__used_without_a_download(machine):
    command = machine.program("nextflow", answers("25.04.0"))
    assert machine.run("setup_nextflow.py") == (0, str(command), "")
    assert not machine.cache.exists()


def test_nextflow_on_path_is_old__reported_and_another_downloaded_once(with_maven):
    old = with_maven.program("nextflow", answers("24.10.6"))
    code, out, err = with_maven.run("setup_nextflow.py")
    assert code == 0
    assert f"{old} is 24.10.6, lncprom needs Nextflow 25.04 or later" in err
    assert Path(out).parent.parent == with_maven.cache / "lncprom"
    assert os.access(out, os.X_OK)
    assert with_maven.called() == ["called"]
    assert with_maven.run("setup_nextflow.py")[1] == out
    assert with_maven.called() == ["called"]


def test_nextflow_old_first_and_new_later_on_path__the_later_used(machine):
    machine.program("nextflow", answers("25.03.1"))
    later = program(machine.folder / "later" / "nextflow", answers("25.10.0"))
    machine.path.append(later.parent)
    assert machine.run("setup_nextflow.py")[:2] == (0, str(later))


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ({}, ("java is not on PATH", "Install Java 17")),
        ({"java": "echo 'openjdk version \"11.0.2\"' >&2"}, ("is Java 11", "needs Java 17 or later")),
        ({"java": "echo 'java version \"1.8.0_392\"' >&2"}, ("is Java 8", "needs Java 17 or later")),
        ({"java": JAVA_17}, ("Maven (mvn)", "Install Maven")),
        ({"java": JAVA_17, "mvn": "echo no route to host; exit 1"}, ("no route to host", "Maven could not download")),
    ],
)
def test_a_program_that_nextflow_needs_is_missing__reported_with_the_remedy(machine, programs, words):
    for name, body in programs.items():
        machine.program(name, body)
    code, out, err = machine.run("setup_nextflow.py")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Error: ")
    for word in words:
        assert word in err


def test_download_truncated__refused_and_nothing_left(with_maven):
    with_maven.lock(JARS | {"nf-lang-25.04.0.jar": "the language, whole"})
    code, _, err = with_maven.run("setup_nextflow.py")
    assert code == 1
    assert "Error: nf-lang-25.04.0.jar: the digest differs from tools/nextflow/jars.sha256" in err
    assert list((with_maven.cache / "lncprom").iterdir()) == []


def test_jar_in_the_cache_damaged__downloaded_again(with_maven):
    command = Path(with_maven.run("setup_nextflow.py")[1])
    jar = command.parent / "lib" / "nextflow-25.04.0.jar"
    jar.write_text("the co")
    assert with_maven.run("setup_nextflow.py")[:2] == (0, str(command))
    assert jar.read_text() == "the core"
    assert [path.name for path in (with_maven.cache / "lncprom").iterdir()] == [command.parent.name]


def test_two_calls_at_once__one_download_for_both(with_maven):
    with_maven.program("mvn", f"{shutil.which('sleep')} 0.5\n{MAVEN}")
    both = [with_maven.start("setup_nextflow.py") for _ in range(2)]
    outs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outs[0] == outs[1] != ""
    assert with_maven.called() == ["called"]


def test_launcher__passes_options_class_path_and_arguments_to_java(with_maven):
    command = with_maven.run("setup_nextflow.py")[1]
    java = with_maven.program("java", 'printf "%s\\n" "$@"; echo "offline $NXF_OFFLINE"')
    environment = {"PATH": str(java.parent), "NXF_OPTS": "-Xmx384m -Xss2m"}
    out = subprocess.run([command, "run", "a b.nf"], env=environment, capture_output=True, text=True, check=True).stdout
    lines = out.splitlines()
    assert {"-Xmx384m", "-Xss2m", "--add-opens=java.base/java.util=ALL-UNNAMED"} <= set(lines)
    tail = ["-cp", f"{Path(command).parent}/lib/*", "nextflow.cli.Launcher", "run", "a b.nf", "offline true"]
    assert lines[-6:] == tail


UV = """
echo "$@" >> "$CALLS"
case $1 in
venv) for folder in "$@"; do :; done
    mkdir -p "$folder/bin"; touch "$folder/pyvenv.cfg"; ln -s "$PYTHON" "$folder/bin/python";;
pip) exit ${FAIL:-0};;
esac
"""


@pytest.fixture
def with_uv(machine) -> Machine:
    (machine.folder / "bin").mkdir()
    for name in ("cpu", "test", "gpu"):
        lock = machine.folder / "containers" / name / "requirements.lock"
        lock.parent.mkdir(parents=True)
        lock.write_text(f"# {name}\n")
    for name in ("mkdir", "touch", "ln"):
        machine.program(name, f'exec {shutil.which(name)} "$@"')
    machine.program("uv", UV.replace("$PYTHON", sys.executable))
    return machine


@pytest.fixture
def installed(with_uv) -> Machine:
    """A machine that has the environment of the data steps."""
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    return with_uv


def test_environment_requested_twice__installed_once(installed):
    venv, install = installed.called()
    assert venv.startswith("venv ")
    assert "--require-hashes" in install
    assert install.endswith("containers/cpu/requirements.lock")
    assert installed.run("setup_venv.py", "cpu") == (0, "", "")
    assert len(installed.called()) == 2


def test_environment_of_the_tests__the_models_packages_and_those_of_the_tests(with_uv):
    assert with_uv.run("setup_venv.py", "gpu")[0] == 0
    assert with_uv.run("setup_venv.py", "test")[0] == 0
    assert not (with_uv.folder / ".venv").exists()
    assert [call.rsplit("/", 2)[1] for call in with_uv.called()[1:]] == ["gpu", "test"]
    for name in ("gpu", "test"):
        assert with_uv.run("setup_venv.py", name) == (0, "", "")


def test_lock_changed__installed_into_the_existing_environment(installed):
    (installed.folder / "containers" / "cpu" / "requirements.lock").write_text("# another\n")
    assert installed.run("setup_venv.py", "cpu")[0] == 0
    assert [call.split()[0] for call in installed.called()] == ["venv", "pip", "pip"]
    assert installed.run("setup_venv.py", "cpu") == (0, "", "")


def test_installation_fails__the_next_call_repeats_it(with_uv):
    with_uv.program("uv", UV.replace("$PYTHON", sys.executable).replace("${FAIL:-0}", "3"))
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "Error: " in err
    assert "Traceback" not in err
    assert not (with_uv.folder / ".venv" / ".locks.json").exists()
    with_uv.program("uv", UV.replace("$PYTHON", sys.executable))
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0


def test_python_of_the_environment_is_gone__created_again(installed):
    python = installed.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    code, _, err = installed.run("setup_venv.py", "cpu")
    assert code == 0
    assert "does not start" in err
    assert [call.split()[0] for call in installed.called()] == ["venv", "pip", "venv", "pip"]


def test_checkout_moved__environment_created_again(installed):
    installed.folder = installed.folder.rename(installed.folder.parent / "moved")
    installed.path, installed.calls = [installed.folder / "path"], installed.folder / "calls"
    code, _, err = installed.run("setup_venv.py", "cpu")
    assert code == 0
    assert ".venv was moved" in err
    assert [call.split()[0] for call in installed.called()] == ["venv", "pip", "venv", "pip"]


def test_venv_is_a_link_to_another_checkouts__that_one_unchanged(installed):
    others = (installed.folder / ".venv").rename(installed.folder / "others")
    (installed.folder / ".venv").symlink_to(others)
    (others / ".locks.json").write_text('{"folder": "/elsewhere"}')
    assert installed.run("setup_venv.py", "cpu")[0] == 0
    assert not (installed.folder / ".venv").is_symlink()
    assert (others / "pyvenv.cfg").is_file()


def test_folder_of_the_users_named_venv__refused_and_unchanged(with_uv):
    mine = with_uv.folder / ".venv" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("two years of work")
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "is not a virtual environment" in err
    assert mine.read_text() == "two years of work"


@pytest.mark.full  # pip creates an environment
def test_no_uv_and_a_package_without_a_digest__refused_by_pip(with_uv):
    (with_uv.path[0] / "uv").unlink()
    (with_uv.folder / "containers" / "cpu" / "requirements.lock").write_text("click==8.1.7\n")
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "--require-hashes" in err
    assert not (with_uv.folder / ".venv" / ".locks.json").exists()
    (with_uv.folder / "containers" / "cpu" / "requirements.lock").write_text("# nothing to install\n")
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
