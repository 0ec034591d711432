"""What `make` brings: a Nextflow that is new enough, and .venv as the locks say, each once and whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

JAVA_17 = "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2"
JARS = {"nextflow-25.04.0.jar": "the core", "nf-lang-25.04.0.jar": "the language"}
# Stands in for Maven: writes the jars where dependency:copy-dependencies would, and counts its calls.
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
    """A folder with a copy of tools/, a PATH of its own and a cache of its own."""

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


def test_nextflow_on_path_is_new__taken_and_nothing_is_brought(machine):
    command = machine.program("nextflow", answers("25.04.0"))
    assert machine.run("setup_nextflow.py") == (0, str(command), "")
    assert not machine.cache.exists()


def test_nextflow_on_path_is_old__named_and_another_brought(with_maven):
    old = with_maven.program("nextflow", answers("24.10.6"))
    code, out, err = with_maven.run("setup_nextflow.py")
    assert code == 0
    assert f"{old} is 24.10.6, lncprom needs Nextflow 25.04 or later" in err
    assert Path(out).parent.parent == with_maven.cache / "lncprom"
    assert os.access(out, os.X_OK)
    assert with_maven.called() == ["called"]
    assert with_maven.run("setup_nextflow.py")[1] == out
    assert with_maven.called() == ["called"], "the second call brings nothing"


def test_nextflow_old_first_and_new_later_on_path__the_later_taken(machine):
    machine.program("nextflow", answers("25.03.1"))
    later = program(machine.folder / "later" / "nextflow", answers("25.10.0"))
    machine.path.append(later.parent)
    assert machine.run("setup_nextflow.py")[:2] == (0, str(later))


def test_nextflow_on_path_does_not_start__said(with_maven):
    broken = with_maven.program("nextflow", "exit 1")
    code, _, err = with_maven.run("setup_nextflow.py")
    assert code == 0
    assert f"{broken} does not start" in err


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ({}, ("no java on PATH", "install Java 17")),
        ({"java": "echo 'openjdk version \"11.0.2\"' >&2"}, ("is Java 11", "needs 17 or later")),
        ({"java": "echo 'java version \"1.8.0_392\"' >&2"}, ("is Java 8", "needs 17 or later")),
        ({"java": JAVA_17}, ("no Maven (mvn)", "install Maven")),
        ({"java": JAVA_17, "mvn": "echo no route to host; exit 1"}, ("no route to host", "Maven could not bring")),
    ],
)
def test_what_nextflow_needs_is_missing__said_with_its_mend(machine, programs, words):
    for name, body in programs.items():
        machine.program(name, body)
    code, out, err = machine.run("setup_nextflow.py")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Error: ")
    for word in words:
        assert word in err


def test_download_cut_short__refused_by_name_and_nothing_left(with_maven):
    with_maven.lock(JARS | {"nf-lang-25.04.0.jar": "the language, whole"})
    code, _, err = with_maven.run("setup_nextflow.py")
    assert code == 1
    assert "Error: nf-lang-25.04.0.jar: not what tools/nextflow/jars.sha256 says" in err
    assert list((with_maven.cache / "lncprom").iterdir()) == []


def test_jar_in_the_cache_damaged__brought_again(with_maven):
    command = Path(with_maven.run("setup_nextflow.py")[1])
    jar = command.parent / "lib" / "nextflow-25.04.0.jar"
    jar.write_text("the co")
    assert with_maven.run("setup_nextflow.py")[:2] == (0, str(command))
    assert jar.read_text() == "the core"
    assert [path.name for path in (with_maven.cache / "lncprom").iterdir()] == [command.parent.name]


def test_two_at_once__one_download_and_both_have_it(with_maven):
    with_maven.program("mvn", f"{shutil.which('sleep')} 0.5\n{MAVEN}")
    both = [with_maven.start("setup_nextflow.py") for _ in range(2)]
    outs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outs[0] == outs[1] != ""
    assert with_maven.called() == ["called"]


def test_launcher__hands_java_the_options_the_quoted_jars_and_the_arguments(with_maven):
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
    for name in ("cpu", "test", "gpu"):
        lock = machine.folder / "containers" / name / "requirements.lock"
        lock.parent.mkdir(parents=True)
        lock.write_text(f"# {name}\n")
    machine.program("mkdir", f'exec {shutil.which("mkdir")} "$@"')
    machine.program("touch", f'exec {shutil.which("touch")} "$@"')
    machine.program("ln", f'exec {shutil.which("ln")} "$@"')
    machine.program("uv", UV.replace("$PYTHON", sys.executable))
    return machine


def test_venv_twice__installed_once_by_digest(with_uv):
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    venv, install = with_uv.called()
    assert venv.startswith("venv ")
    assert "--require-hashes" in install
    assert install.endswith("containers/cpu/requirements.lock")
    assert with_uv.run("setup_venv.py", "cpu") == (0, "", "")
    assert len(with_uv.called()) == 2


def test_venv_of_the_tests_lock__the_smaller_lock_is_in_it(with_uv):
    assert with_uv.run("setup_venv.py", "test")[0] == 0
    assert with_uv.run("setup_venv.py", "cpu") == (0, "", "")
    assert len(with_uv.called()) == 2
    lock = with_uv.folder / "containers" / "cpu" / "requirements.lock"
    lock.write_text("# another\n")
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    added = with_uv.called()[2:]
    assert len(added) == 1, "into the same environment, which is not made anew"
    assert added[0].startswith("pip install ")
    stamps = json.loads((with_uv.folder / ".venv" / ".locks.json").read_text())
    assert stamps["cpu"] == hashlib.sha256(lock.read_bytes()).hexdigest()
    assert stamps["test"] == hashlib.sha256(b"# test\n").hexdigest()


def test_venv_of_the_models__a_folder_of_its_own_with_both_locks(with_uv):
    assert with_uv.run("setup_venv.py", "gpu")[0] == 0
    assert not (with_uv.folder / ".venv").exists()
    assert with_uv.called()[1].endswith("containers/gpu/requirements.lock")
    assert with_uv.run("setup_venv.py", "test-gpu")[0] == 0
    assert [call.rsplit("/", 2)[1] for call in with_uv.called()[1:]] == ["gpu", "test"]
    for name in ("gpu", "test-gpu"):
        assert with_uv.run("setup_venv.py", name) == (0, "", "")


def test_venv_install_fails__no_stamp_and_the_next_call_tries_again(with_uv):
    with_uv.program("uv", UV.replace("$PYTHON", sys.executable).replace("${FAIL:-0}", "3"))
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "Error: " in err
    assert "Traceback" not in err
    assert not (with_uv.folder / ".venv" / ".locks.json").exists()
    with_uv.program("uv", UV.replace("$PYTHON", sys.executable))
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0


def test_venv_whose_python_is_gone__made_anew(with_uv):
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    python = with_uv.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 0
    assert "does not start" in err
    assert [call.split()[0] for call in with_uv.called()] == ["venv", "pip", "venv", "pip"]


def test_checkout_moved__venv_made_anew_since_its_scripts_hold_paths(with_uv):
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    with_uv.folder = with_uv.folder.rename(with_uv.folder.parent / "moved")
    with_uv.path, with_uv.calls = [with_uv.folder / "path"], with_uv.folder / "calls"
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 0
    assert "made elsewhere" in err
    assert [call.split()[0] for call in with_uv.called()] == ["venv", "pip", "venv", "pip"]


def test_venv_is_a_link_to_another_checkouts__that_one_left_alone(with_uv):
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0
    others = (with_uv.folder / ".venv").rename(with_uv.folder / "others")
    (with_uv.folder / ".venv").symlink_to(others)
    (with_uv.folder / "others" / ".locks.json").write_text('{"folder": "/elsewhere"}')
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 0
    assert "made elsewhere" in err
    assert not (with_uv.folder / ".venv").is_symlink()
    assert (others / "pyvenv.cfg").is_file()


def test_folder_of_another_kind_named_venv__left_alone(with_uv):
    mine = with_uv.folder / ".venv" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("two years of work")
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "no virtual environment" in err
    assert mine.read_text() == "two years of work"


def test_no_uv_and_a_package_without_a_digest__pip_refuses_it(with_uv):
    (with_uv.path[0] / "uv").unlink()
    (with_uv.folder / "containers" / "cpu" / "requirements.lock").write_text("click==8.1.7\n")
    code, _, err = with_uv.run("setup_venv.py", "cpu")
    assert code == 1
    assert "--require-hashes" in err
    assert not (with_uv.folder / ".venv" / ".locks.json").exists()
    (with_uv.folder / "containers" / "cpu" / "requirements.lock").write_text("# nothing to install\n")
    assert with_uv.run("setup_venv.py", "cpu")[0] == 0


@pytest.mark.pipeline
def test_real_nextflow_twice__runs_a_task_with_a_map_then_takes_it_from_the_cache(root, tmp_path):
    found = subprocess.run(
        [sys.executable, root / "tools" / "setup_nextflow.py"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert stat.S_ISREG(os.stat(found).st_mode)
    (tmp_path / "main.nf").write_text(
        "process GREET {\n    input:\n    tuple val(meta), val(word)\n\n    output:\n    stdout\n\n    script:\n"
        '    """\n    echo ${word} ${meta.id}\n    """\n}\n\n'
        "workflow {\n    GREET(channel.of([[id: 'lncRNA'], 'hello'])).view()\n}\n"
    )
    environment = os.environ | {"NXF_SYNTAX_PARSER": "v2", "NXF_ANSI_LOG": "false"}
    command = [found, "run", "main.nf", "-resume"]
    runs = [
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout + runs[0].stderr
    assert "hello lncRNA" in runs[0].stdout
    assert "Cached process" in runs[1].stdout
