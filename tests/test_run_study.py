"""The runner: one run per folder, and a run that was killed is resumed by running again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
RUNNER = ROOT / "workflow" / "run_study.py"
SNAKEFILE = """
rule all:
    input: expand("results/{letter}.txt", letter=["a", "b"])

rule write_letter:
    output: "results/{letter}.txt"
    script: "write_letter.py"
"""
# Waits half-way while the file `hold` exists, so that a test can kill it there without guessing times.
SCRIPT = """
import time
from pathlib import Path
with open(snakemake.output[0], "w") as file:
    file.write("half ")
    file.flush()
    while Path("hold").exists():
        time.sleep(0.05)
    file.write("whole")
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A small study of its own, with a blank in its path; its processes do not outlive the test."""
    monkeypatch.setenv("SLURM_CONF", os.devnull)  # see conftest.QUICK
    folder = tmp_path / "a study"
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "write_letter.py").write_text(SCRIPT)
    (folder / "hold").touch()
    yield folder
    for process in jobs(folder):
        process.kill()


def command(study: Path, *arguments: str) -> list[str]:
    own = ["--study", str(study), "--snakefile", str(study / "Snakefile"), "--cores", "2"]
    return [sys.executable, str(RUNNER), *own, "--workflow-profile", "none", *arguments]


def start(study: Path) -> subprocess.Popen:
    """Start a run and wait until two jobs are half-way."""
    running = subprocess.Popen(command(study), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: [path.read_text() for path in study.glob("results/*.txt")] == ["half ", "half "])
    return running


def finish(study: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(study, *arguments), capture_output=True, text=True)


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def jobs(study: Path) -> list[psutil.Process]:
    """Processes at work in the study folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(study) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def assert_complete(study: Path) -> None:
    assert {path.read_text() for path in study.glob("results/*.txt")} == {"half whole"}
    assert len(list(study.glob("results/*.txt"))) == 2
    assert not jobs(study)


def test_second_run_is_refused_while_the_first_is_alive(study):
    running = start(study)
    refused = finish(study)
    assert refused.returncode == 1
    assert f"going on already (process {running.pid})" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1 and "Traceback" not in refused.stderr
    (study / "hold").unlink()
    assert running.wait(60) == 0
    assert_complete(study)


@pytest.mark.parametrize("victims", ["runner", "runner and engine", "engine"])
def test_killed_run_is_resumed(study, victims):
    running = start(study)
    (engine,) = psutil.Process(running.pid).children()
    if victims != "engine":
        os.kill(running.pid, signal.SIGKILL)
    if victims != "runner":
        engine.kill()
    running.wait(60)
    if victims == "engine":
        assert "was killed (signal 9)" in running.stdout.read()
        assert not jobs(study)  # the runner was alive and ended the orphans itself
        left = []
    else:
        left = jobs(study)
        assert left
    resumed = subprocess.Popen(command(study), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: not any(process.is_running() for process in left))
    (study / "hold").unlink()  # only now: what was left was killed, it did not come to its own end
    text = resumed.communicate(timeout=60)[0]
    assert resumed.returncode == 0, text
    assert_complete(study)
    assert ("that an interrupted run had left" in text) == (victims != "engine")


def test_stopped_run_leaves_nothing_and_resumes(study):
    running = start(study)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 128 + signal.SIGINT
    text = running.stdout.read()
    assert "`make study` resumes" in text and "Traceback" not in text
    assert not jobs(study)
    (study / "hold").unlink()
    assert finish(study).returncode == 0
    assert_complete(study)


def test_recycled_process_number_is_not_killed(study):
    (study / "hold").unlink()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        (study / ".study.lock").write_text(json.dumps({"pid": bystander.pid, "run": "of another time"}))
        assert finish(study).returncode == 0
        assert_complete(study)
        assert bystander.poll() is None
        bystander.stdin.close()


@pytest.mark.parametrize("content", ["", "{", "[1]", "\0\0", '{"pid": 1}'])
def test_damaged_lock_file_does_no_harm(study, content):
    (study / ".study.lock").write_text(content)
    done = finish(study, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_snakemake_started_by_hand_is_left_alone(study):
    by_hand = [sys.executable, "-m", "snakemake", "--snakefile", str(study / "Snakefile"), "--cores", "2"]
    with subprocess.Popen(by_hand, cwd=study, stderr=subprocess.DEVNULL) as running:
        wait_until(lambda: list(study.glob("results/*.txt")))
        refused = finish(study)
        assert refused.returncode == 1 and f"running here already (process {running.pid})" in refused.stderr
        (study / "hold").unlink()
        assert running.wait(60) == 0
    assert_complete(study)


def test_runner_that_is_killed_while_it_clears_a_stale_lock(study):
    """The engine that it had started for that is ended by the next run, as any other."""
    waits = "import sys, time\nwhile '--unlock' in sys.argv and Path('unlocking').exists():\n    time.sleep(0.05)\n"
    (study / "Snakefile").write_text(waits + SNAKEFILE)
    (study / ".snakemake" / "locks").mkdir(parents=True)
    (study / ".snakemake" / "locks" / "0.output.lock").write_text("results/a.txt\n")
    for name in ("hold", "unlocking"):
        (study / name).touch()
    running = subprocess.Popen(command(study), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: jobs(study))
    os.kill(running.pid, signal.SIGKILL)
    running.wait(60)
    left = jobs(study)
    assert left
    resumed = subprocess.Popen(command(study), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: resumed.poll() is not None or not any(process.is_running() for process in left))
    for name in ("hold", "unlocking"):
        (study / name).unlink()
    text = resumed.communicate(timeout=60)[0]
    assert resumed.returncode == 0, text
    assert_complete(study)


def test_absent_folder_is_one_message(tmp_path):
    done = finish(tmp_path / "nowhere")
    assert done.returncode == 1
    assert "no such folder" in done.stderr and "Traceback" not in done.stderr
