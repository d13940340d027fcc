"""Snapshots of raw data: taken, pushed, restored; nothing is lost, nothing damaged is used, every mistake is one message."""

import fcntl
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "workflow" / "snapshot.py"
GIT = {
    **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
POPULATION = "data/raw/population/bevolking.csv"
STAFF = "data/raw/staff/deel 1/personeel é.csv"


@dataclass(frozen=True)
class Folder:
    """A study folder with raw data in a git repository of its own, or a part of one."""

    path: Path

    def call(self, action: str, *arguments: str, **options) -> subprocess.CompletedProcess:
        environment = {**os.environ, **GIT, **options.pop("environment", {})}
        command = [sys.executable, str(COMMAND), action, *arguments]
        return subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True, **options)

    def take(self, *arguments: str) -> str:
        return self.succeed("take", *arguments)

    def restore(self, *arguments: str) -> str:
        return self.succeed("restore", *arguments)

    def succeed(self, action: str, *arguments: str) -> str:
        done = self.call(action, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuse(self, action: str, *arguments: str, **options) -> str:
        """The one message of a call that fails."""
        done = self.call(action, *arguments, **options)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.stderr

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.path, env=os.environ | GIT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self) -> str:
        """Commit what the printed command would, and nothing else. Returns the commit."""
        self.git("add", "--all", "--", ".dvc", ".dvcignore", "data/raw")
        self.git("commit", "--quiet", "--message", "Snapshot")
        return self.git("rev-parse", "HEAD").strip()

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def raw(self) -> dict[str, bytes]:
        """Every file of data/raw but README and .gitignore."""
        paths = sorted(path for path in (self.path / "data/raw").rglob("*") if path.is_file())
        kept = [path for path in paths if path.name not in ("README.md", ".gitignore")]
        return {str(path.relative_to(self.path)): path.read_bytes() for path in kept}

    def objects(self) -> list[Path]:
        return objects(self.path / ".dvc" / "cache")


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "files" / "md5").rglob("*") if path.is_file())


def spoil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    path.chmod(0o444)


def begin(path: Path) -> Folder:
    """Raw data of two sources, and a simulated one that no snapshot may hold."""
    made = Folder(path)
    made.path.mkdir()
    made.git("init", "--quiet")
    made.write(POPULATION, "nis,inwoners\n95001,1000\n")
    made.write(STAFF, "nis,vte\n95001,10\n")
    made.write("data/raw/staff/gathered.json", "{}\n")
    made.write("data/raw/simulated/population/x.csv", "SIMULATED DATA\n")
    made.write("data/raw/README.md", "Raw data\n")
    return made


@pytest.fixture
def folder(tmp_path) -> Folder:
    """A study with raw data and without a snapshot."""
    return begin(tmp_path / "a study")


@pytest.fixture(scope="session")
def with_one(tmp_path_factory) -> Folder:
    """A study with one snapshot; tests work on copies."""
    made = begin(tmp_path_factory.mktemp("one") / "a study")
    made.take()
    made.commit()
    return made


@pytest.fixture(scope="session")
def with_two(with_one, tmp_path_factory) -> Folder:
    """A second snapshot: population edited, staff gone, prices new; tests work on copies."""
    made = copy(with_one, tmp_path_factory.mktemp("two"))
    made.write(POPULATION, "nis,inwoners\n95001,2000\n")
    made.write("data/raw/cpi/cpi.csv", "jaar,index\n")
    shutil.rmtree(made.path / "data/raw/staff")
    (made.path / "data/raw/staff.dvc").unlink()
    made.take()
    made.commit()
    return made


def copy(folder: Folder, parent: Path) -> Folder:
    shutil.copytree(folder.path, parent / "a study", symlinks=True)
    return Folder(parent / "a study")


@pytest.fixture
def taken(with_one, tmp_path) -> Folder:
    """A study with its first snapshot committed."""
    return copy(with_one, tmp_path)


@pytest.fixture
def two_snapshots(with_two, tmp_path) -> tuple[Folder, str, str]:
    """A study with two snapshots, and their commits."""
    made = copy(with_two, tmp_path)
    return made, *(made.git("rev-parse", revision).strip() for revision in ("HEAD~1", "HEAD"))


# Take


def test_first_snapshot_has_one_small_file_per_source(folder):
    text = folder.take()
    assert re.findall(r"^  (\w+) +(\w+) +(\d+) file", text, re.MULTILINE) == [
        ("added", "population", "1"),
        ("added", "staff", "2"),
    ]
    assert sorted(path.name for path in (folder.path / "data/raw").glob("*.dvc")) == ["population.dvc", "staff.dvc"]
    assert len(folder.objects()) == 5  # three files, two lists
    assert folder.git("diff", "--cached", "--name-only") == ""  # nothing is staged by itself
    (command,) = re.findall(r"^  git add (.*) && git commit", text, re.MULTILINE)
    named = [".dvc/.gitignore", ".dvc/config", ".dvcignore", "data/raw/.gitignore", "data/raw/population.dvc"]
    assert command.split() == [*named, "data/raw/staff.dvc"]
    assert "make snapshot REMOTE=" in text


def test_unchanged_data_start_no_dvc(taken, tmp_path):
    (tmp_path / "broken" / "dvc").mkdir(parents=True)
    (tmp_path / "broken" / "dvc" / "__init__.py").write_text("raise SystemExit('DVC was started')")
    environment = {"PYTHONPATH": str(tmp_path / "broken")}
    before = taken.raw()
    again = taken.call("take", environment=environment)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("unchanged") == 2 and "nothing to commit" in again.stdout
    assert taken.raw() == before
    taken.write(POPULATION, "")
    assert "DVC was started" in taken.refuse("take", environment=environment)


def test_edit_of_the_same_size_and_date_is_noticed(taken):
    path = taken.path / POPULATION
    before = path.stat()
    path.write_text(path.read_text().replace("1000", "1001"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert re.search(r"changed +population +1 file +edited bevolking.csv", taken.take())
    assert taken.git("status", "--porcelain", "--", "data/raw").split() == ["M", "data/raw/population.dvc"]


def test_what_editors_leave_is_no_data(taken):
    before = taken.raw()
    for name in ("~$bevolking.xlsx", ".~lock.bevolking.csv#", ".bevolking.csv.x1", "Thumbs.db"):
        taken.write(f"data/raw/population/{name}", "left")
    assert taken.take().count("unchanged") == 2
    taken.write("data/raw/population/deel 2.csv", "nis\n")
    assert re.search(r"changed +population +2 files +new deel 2.csv", taken.take())
    assert taken.raw()["data/raw/population.dvc"] != before["data/raw/population.dvc"]


def test_source_that_is_away_keeps_its_snapshot(taken):
    shutil.rmtree(taken.path / "data/raw/staff")
    text = taken.take()
    assert re.search(r"absent +staff", text) and "unchanged  population" in text
    assert (taken.path / "data/raw/staff.dvc").is_file()


@pytest.mark.parametrize(
    ("prepare", "complaint"),
    [
        (lambda raw: (raw / "populaton").mkdir(), "'populaton' is not a source of workflow/sources.yaml.*Sources: "),
        (lambda raw: (raw / "cpi.csv").write_text("x"), "cpi.csv: is not a folder"),
        (lambda raw: (raw / "cpi").symlink_to(raw / "staff"), "cpi: is not a folder"),
        (lambda raw: (raw / "staff/a.csv").symlink_to(raw / "README.md"), "a.csv: is a link or no ordinary file"),
        (lambda raw: os.mkfifo(raw / "staff/a.csv"), "a.csv: is a link or no ordinary file"),
        (lambda raw: (raw / "staff/a.csv.crdownload").write_text("x"), "crdownload: is a download that is not complete"),
        (lambda raw: (raw / "staff/a\nb.csv").write_text("x"), "a name that not every system can store"),
        (lambda raw: (raw / "staff.dvc").write_text("outs: [\n"), "staff.dvc: is not the .dvc file of the folder beside"),
        (lambda raw: (raw / "staff.dvc").write_text("<<<<<<< HEAD\n"), "staff.dvc: is not the .dvc file of the folder"),
        (lambda raw: (raw.parents[1] / ".study.lock").mkdir(), "Is a directory"),
        (lambda raw: shutil.rmtree(raw.parents[1] / ".git"), "in no git repository.*git init"),
        (lambda raw: [shutil.rmtree(raw / name) for name in ("population", "staff")], "holds no raw data of any source"),
    ],
)  # fmt: skip
def test_what_is_no_raw_data_is_refused(folder, prepare, complaint):
    prepare(folder.path / "data" / "raw")
    assert re.search(complaint, folder.refuse("take"))
    assert not (folder.path / "data/raw/population.dvc").exists()


@pytest.mark.parametrize(
    "name", ["results/claims.csv", "data/processed/panel.parquet", "data/raw/simulated/population"]
)
def test_dvc_itself_takes_up_nothing_but_raw_data(taken, tmp_path, name):
    if "simulated" not in name:
        taken.write(name, "made by a run")
    command = [sys.executable, "-m", "dvc", "add", name]
    environment = {**os.environ, **GIT, "DVC_SITE_CACHE_DIR": str(tmp_path / "site")}
    done = subprocess.run(command, cwd=taken.path, env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and not list(taken.path.rglob("simulated.dvc"))


def test_cache_that_cannot_be_written(folder):
    folder.take()
    shutil.rmtree(folder.path / ".dvc/cache")
    (folder.path / ".dvc/cache").write_text("in the way")
    before = folder.raw()
    folder.write(POPULATION, "nis\n")
    assert re.search("DVC could not add: .*/.dvc/cache.*The .dvc files are as before", folder.refuse("take"))
    assert {**folder.raw(), POPULATION: b""} == {**before, POPULATION: b""}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_read_only_cache(taken):
    for path in [*(taken.path / ".dvc/cache").rglob("*"), taken.path / ".dvc/cache"]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    taken.write(POPULATION, "nis\n")
    assert "Permission denied" in taken.refuse("take")
    for path in [taken.path / ".dvc/cache", *(taken.path / ".dvc/cache").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o444)


def test_full_disk(taken):
    # No file may grow beyond 1 MB: writing fails half-way, as on a full disk.
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    before = taken.read("data/raw/population.dvc")
    taken.write(POPULATION, "9" * 3_000_000)
    assert "when there is room on the disk. The .dvc files are as before" in taken.refuse(
        "take", preexec_fn=little_room
    )
    assert taken.read("data/raw/population.dvc") == before
    assert "changed" in taken.take()


def load(name: str):
    sys.path.insert(0, str(COMMAND.parent))
    try:
        specification = importlib.util.spec_from_file_location(name, COMMAND.parent / f"{name}.py")
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(COMMAND.parent))


@pytest.mark.parametrize("moment", ["before DVC", "after DVC"])
def test_file_that_is_being_written(taken, monkeypatch, capsys, moment):
    module = load("snapshot")
    before = taken.read("data/raw/population.dvc")
    taken.write(POPULATION, "first half\n")
    real = module.run_dvc

    def and_writes(*arguments):
        if moment == "before DVC":
            taken.write(POPULATION, "first half\nsecond half\n")
        real(*arguments)
        if moment == "after DVC":
            (taken.path / "data/raw/population.dvc").write_text(before)

    monkeypatch.setattr(module, "run_dvc", and_writes)
    assert module.main(["take", "--study", str(taken.path)]) == 1
    assert "population: changed while it was read" in capsys.readouterr().err
    assert taken.read("data/raw/population.dvc") == before


def test_run_that_goes_on_is_not_disturbed(taken):
    module = load("run_study")
    with module.study_lock(taken.path):
        assert "a run of this study is going on already" in taken.refuse("take")
        assert "a run of this study is going on already" in taken.refuse("restore")


def test_gathering_that_goes_on_is_not_disturbed(taken):
    handle = os.open(taken.path / "data/raw", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert "`snakemake gather` is at work here" in taken.refuse("take")
    os.close(handle)
    taken.write("data/raw/staff/.gather/x.csv.part", "left by a killed one")
    assert taken.take().count("unchanged") == 2


def test_damaged_cache_is_mended_from_the_raw_data(taken):
    for path in taken.objects():
        spoil(path)
    taken.take()
    names = {path.parent.name + path.name.removesuffix(".dir"): path for path in taken.objects()}
    assert len(names) == 5
    file_md5 = load("raw_store").file_md5
    assert all(file_md5(path) == name for name, path in names.items())


def test_link_caches_are_refused(taken):
    text = taken.read(".dvc/config").replace("reflink,copy", "reflink,hardlink,copy")
    taken.write(".dvc/config", text)
    assert "use reflink,copy" in taken.refuse("take")


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8, 1.1])
def test_killed_snapshot_is_repeated(folder, tmp_path, seconds):
    (folder.path / "data/raw/cpi").mkdir()
    for number in range(20):
        (folder.path / f"data/raw/cpi/{number}.csv").write_bytes(bytes([number]) * 1_000_000)
    command = [sys.executable, str(COMMAND), "take"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, **GIT, "TMPDIR": str(tmp_path)}  # a killed process leaves its scratch folder
    running = subprocess.Popen(command, cwd=folder.path, env=environment, start_new_session=True, **quiet)
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    folder.take()
    folder.commit()
    before = folder.raw()
    for name in ("cpi", "population", "staff"):
        shutil.rmtree(folder.path / "data/raw" / name)
    folder.restore()
    assert folder.raw() == before


def test_study_inside_a_larger_repository(folder):
    part = Folder(folder.path / "tests" / "real")
    part.write("data/raw/cpi/cpi.csv", "jaar\n")
    folder.take()
    folder.commit()
    text = part.take()
    assert not (part.path / ".dvc").exists() and (part.path / "data/raw/cpi.dvc").is_file()
    assert re.search(r"^  git add data/raw/.gitignore data/raw/cpi.dvc && ", text, re.MULTILINE)
    assert folder.take().count("unchanged") == 2


# Push and restore


def clone(folder: Folder, path: Path) -> Folder:
    folder.git("clone", "--quiet", str(folder.path), str(path))
    return Folder(path)


def data(folder: Folder) -> dict[str, bytes]:
    return {name: content for name, content in folder.raw().items() if "simulated" not in name}


def test_push_and_restore_in_a_fresh_clone(two_snapshots, tmp_path):
    folder, first, second = two_snapshots
    text = folder.take("--remote", "../a store")
    assert f"Pushed to {tmp_path / 'a store'}: 9 new objects" in text  # 4 of population, 3 of staff, 2 of prices
    assert "a store" not in folder.read(".dvc/config")  # a folder of this machine is not for others
    assert re.search(r"verify = true", folder.read(".dvc/config.local"))
    assert "everything was there already" in folder.take("--remote", "../a store")
    other = clone(folder, tmp_path / "clone")
    assert "no remote is configured" in other.refuse("restore")
    text = other.restore("--remote", str(tmp_path / "a store"))
    assert re.findall(r"restored +(\w+)", text) == ["cpi", "population"]
    assert data(other) == data(folder)
    other.restore("--revision", first)
    folder.restore("--revision", first)
    assert data(other) == data(folder) and STAFF in data(other)


def test_restore_goes_back_and_forth(two_snapshots):
    folder, first, second = two_snapshots
    now = data(folder)
    untouched = (folder.path / "data/raw/cpi/cpi.csv").stat().st_mtime_ns
    assert re.findall(r"(\w+) +(\w+) +\d", folder.restore("--revision", second)) == [
        ("unchanged", "cpi"),
        ("unchanged", "population"),
    ]
    assert (folder.path / "data/raw/cpi/cpi.csv").stat().st_mtime_ns == untouched
    text = folder.restore("--revision", first)
    assert re.findall(r"(restored|removed) +(\w+)", text) == [
        ("removed", "cpi"),
        ("restored", "population"),
        ("restored", "staff"),
    ]
    assert "1000" in folder.read(POPULATION) and not (folder.path / "data/raw/cpi").exists()
    assert folder.read("data/raw/simulated/population/x.csv") == "SIMULATED DATA\n"
    folder.restore("--revision", "HEAD")
    assert data(folder) == now and folder.git("status", "--porcelain", "--", "data/raw/*.dvc") == ""


@pytest.mark.parametrize("revision", [None, "HEAD"])
@pytest.mark.parametrize("name", [POPULATION, "data/raw/population/new.csv"])
def test_raw_data_in_no_snapshot_are_not_lost(taken, revision, name):
    taken.write(name, "typed in by hand for a day\n")
    arguments = ["--revision", revision] if revision else []
    assert f"{name} would be lost" in taken.refuse("restore", *arguments)
    assert taken.read(name) == "typed in by hand for a day\n"
    (taken.path / name).unlink()
    taken.restore(*arguments)
    assert "95001,1000" in taken.read(POPULATION)


def test_snapshot_that_is_not_committed_is_not_lost(taken):
    taken.write(POPULATION, "new\n")
    taken.take()
    message = taken.refuse("restore", "--revision", "HEAD")
    assert POPULATION in message and "data/raw/population.dvc" in message
    shutil.rmtree(taken.path / "data/raw/population")
    assert "data/raw/population.dvc would be lost" in taken.refuse("restore", "--revision", "HEAD")
    taken.restore()
    assert taken.read(POPULATION) == "new\n"


def test_source_without_snapshot(two_snapshots):
    folder, first, _ = two_snapshots
    folder.write("data/raw/debt/schuld.csv", "nis\n")
    assert re.search(r"left as it is debt +1 file +has no snapshot", folder.restore())
    assert "data/raw/debt/schuld.csv would be lost" in folder.refuse("restore", "--revision", first)
    assert folder.read("data/raw/debt/schuld.csv") == "nis\n"


@pytest.mark.parametrize("which", ["file", "list", "absent"])
def test_damaged_object_in_the_remote_is_refused(taken, tmp_path, which):
    store = tmp_path / "store"
    taken.take("--remote", str(store))
    other = clone(taken, tmp_path / "clone")
    lists = [path for path in objects(store) if path.suffix == ".dir"]
    files = [path for path in objects(store) if path.suffix != ".dir"]
    victim = (lists if which == "list" else files)[0]
    victim.unlink() if which == "absent" else spoil(victim)
    message = other.refuse("restore", "--remote", str(store))
    assert re.search("damaged there|failed to transfer|DVC could not fetch", message)
    assert {name for name in data(other) if not name.endswith(".dvc")} == set()
    taken.take("--remote", str(store))  # mends it
    other.restore("--remote", str(store))
    assert data(other) == data(taken)


def test_damaged_object_in_the_cache_is_fetched_again(two_snapshots, tmp_path):
    folder, first, _ = two_snapshots
    folder.take("--remote", str(tmp_path / "store"))
    old = [path for path in folder.objects() if b"95001,10" in path.read_bytes()]
    assert len(old) == 2
    for path in old:
        spoil(path)
    shutil.move(tmp_path / "store", tmp_path / "away")
    assert folder.refuse("restore", "--revision", first)
    assert "2000" in folder.read(POPULATION)
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    shutil.move(tmp_path / "away", tmp_path / "store")
    folder.restore("--revision", first)
    assert "1000" in folder.read(POPULATION)


@pytest.mark.parametrize("address", ["https://127.0.0.1:9/store", "nosuch://example.org/x"])
def test_remote_that_fails_leaves_the_one_before(taken, tmp_path, address):
    taken.take("--remote", str(tmp_path / "first"))
    before = {name: taken.read(f".dvc/{name}") for name in ("config", "config.local")}
    pushed = objects(tmp_path / "first")
    taken.write(POPULATION, "nis,inwoners\n95001,3000\n")
    taken.refuse("take", "--remote", address)
    assert {name: taken.read(f".dvc/{name}") for name in before} == before
    assert objects(tmp_path / "first") == pushed, "pushed to another remote than the one that was named"


@pytest.fixture
def moved(taken, tmp_path):
    """A clone whose remote was a folder, is an address now, and that has a password of its own."""
    module = load("raw_store")
    store = module.find_store(taken.path)
    module.configure_remote(store, str(tmp_path / "first"), make=True)
    taken.write(".dvc/config.local", taken.read(".dvc/config.local") + "    password = p4ss\n")
    module.configure_remote(store, "https://example.org/x", make=True)
    return taken, store, module


def test_an_address_takes_the_place_of_a_folder(moved, tmp_path):
    taken, store, module = moved
    assert store.remote == "https://example.org/x"
    local = taken.read(".dvc/config.local")
    assert "first" not in local and "p4ss" in local and "example.org" in taken.read(".dvc/config")
    module.configure_remote(store, str(tmp_path / "second"), make=True)
    assert store.remote == str(tmp_path / "second")


def test_settings_that_say_otherwise_are_told(moved, monkeypatch):
    taken, store, module = moved
    before = taken.read(".dvc/config.local")
    monkeypatch.setattr(module, "run_dvc", lambda *_: None)
    refused = pytest.raises(module.StudyError, match="together say https://example.org/x; correct them")
    with refused, module.using_remote(store, "s3://bucket/x", make=True):
        raise AssertionError("went on")
    assert taken.read(".dvc/config.local") == before and store.remote == "https://example.org/x"


def test_restore_makes_and_keeps_no_remote_that_was_mistyped(taken, tmp_path):
    shutil.rmtree(taken.path / "data/raw/staff")
    for path in taken.objects():
        path.unlink()
    before = taken.read(".dvc/config")
    assert "typo is no folder; name the one that the snapshots were pushed to" in taken.refuse(
        "restore", "--remote", "../typo"
    )
    assert not (tmp_path / "typo").exists()
    (tmp_path / "empty").mkdir()
    taken.refuse("restore", "--remote", "../empty")
    assert taken.read(".dvc/config") == before and not (taken.path / ".dvc/config.local").exists()


@pytest.mark.parametrize("revision", ["nosuch", "--output=x", "HEAD~9", "HEAD; touch x"])
def test_unknown_revision(taken, revision):
    assert "git knows no such revision" in taken.refuse("restore", f"--revision={revision}")
    assert not (taken.path / "x").exists()


def test_revision_before_the_first_snapshot(folder):
    folder.git("commit", "--allow-empty", "--quiet", "--message", "Before")
    folder.take()
    assert "HEAD has no .dvc files" in folder.refuse("restore", "--revision", "HEAD")


@pytest.mark.parametrize(
    ("remote", "complaint"),
    [
        ("data/store", "name a folder outside it"),
        ("{parent}/file/store", "cannot be used as a folder"),
        ("https://me:secret@example.org/x", "an address with a password"),
        ("nosuch://example.org/x", "nosuch"),
    ],
)
def test_unusable_remote(taken, tmp_path, remote, complaint):
    (tmp_path / "file").write_text("in the way")
    message = taken.refuse("take", "--remote", remote.format(parent=tmp_path))
    assert complaint in message and "secret" not in message
    assert "secret" not in taken.read(".dvc/config")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("data/raw/staff.dvc", "outs:\n- {md5: %s, hash: md5, path: ../../results}\n"),
        ("data/raw/staff.dvc", "outs:\n- {md5: ../../../x.dir, hash: md5, path: staff}\n"),
        ("data/raw/staff.dvc", "deps: [{path: 'https://example.org'}]\nouts:\n- {md5: %s, hash: md5, path: staff}\n"),
    ],
)
def test_hostile_pointer_is_refused(taken, path, text):
    taken.write(path, text.replace("%s", "0" * 32 + ".dir"))
    assert "is not the .dvc file of the folder beside it" in taken.refuse("restore")


@pytest.mark.parametrize("name", ["../../../escaped.csv", "/tmp/escaped.csv", "a/../../escaped.csv", ""])
def test_hostile_list_is_refused(taken, name):
    store = load("raw_store")
    content = json.dumps([{"md5": "0" * 32, "relpath": name}]).encode()
    (taken.path / "list").write_bytes(content)
    md5 = store.file_md5(taken.path / "list") + ".dir"
    target = store.object_path(taken.path / ".dvc/cache/files/md5", md5)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    taken.write("data/raw/staff.dvc", f"outs:\n- {{md5: {md5}, hash: md5, path: staff}}\n")
    assert "is not a file inside the folder" in taken.refuse("restore")
    assert not list(taken.path.parent.rglob("escaped.csv"))


# The project


def test_make_puts_no_text_of_a_user_into_a_command():
    hostile = '"; touch pwned; "$(touch pwned)`touch pwned`'
    for target in ("snapshot", "restore"):
        variables = [f"{name}={hostile}" for name in ("STUDY", "REMOTE", "REVISION")]
        shown = subprocess.run(["make", "-n", target, *variables], cwd=ROOT, capture_output=True, text=True)
        assert shown.returncode == 0 and "snapshot.py" in shown.stdout, shown.stderr
        assert "pwned" not in shown.stdout


def test_project_ships_the_settings():
    config = (ROOT / ".dvc/config").read_text(encoding="utf-8")
    for setting in ("analytics = false", "autostage = false", "check_update = false", 'type = "reflink,copy"'):
        assert setting in config
    assert "remote" not in config
    listed = subprocess.run(["git", "ls-files", "*.dvc", "dvc.*"], cwd=ROOT, capture_output=True, text=True)
    assert [name for name in listed.stdout.split() if "data/raw/" not in name] == []
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", "data/raw/cpi/cpi.json", "tests/real/data/raw/cpi/cpi.json", ".dvc/cache",
         "data/raw/cpi.dvc", "tests/real/data/raw/cpi.dvc", "data/raw/README.md"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if ignored.returncode != 128:  # a git checkout
        assert ignored.stdout.split() == ["data/raw/cpi/cpi.json", "tests/real/data/raw/cpi/cpi.json", ".dvc/cache"]


# A study rerun from an older snapshot

READ = ("municipalities", "population", "cpi", "staff", "belfius_clusters", "bbc_accounts_by_field_operating")
TARGETS = ("results/indicators.csv", "results/provenance.json")


@pytest.fixture
def open_study(finished_study, new_study, project_copy, tmp_path):
    """The simulated raw files of a few sources in the place of gathered ones, and a project that knows its mergers."""
    study = new_study("open study")
    shutil.copytree(finished_study.path("data/raw/simulated"), study.path("data/raw/simulated"))
    project = tmp_path / "project"
    shutil.copytree(project_copy, project, ignore=shutil.ignore_patterns("study"))
    simulated = study.path("data/raw/simulated")
    shutil.copy(simulated / "municipalities" / "mergers.csv", project / "workflow" / "tables")
    for source in READ:
        shutil.move(simulated / source, study.path("data/raw"))
    shutil.rmtree(simulated)
    study.edit("source: simulated", "source: open")
    study.edit("on_absent: stop", "on_absent: refuse")
    return replace(study, project=project)


@pytest.mark.slow
def test_older_snapshot_gives_the_older_numbers(open_study):
    folder = Folder(open_study.folder)
    folder.git("init", "--quiet")
    folder.take()
    first = folder.commit()
    open_study.complete(*TARGETS)
    results = [open_study.files("results")]
    cpi = json.loads(open_study.read("data/raw/cpi/cpi.json"))
    for fact in cpi["facts"]:
        fact["Consumptieprijsindex"] += (fact["Jaar"] == "2020") * 1.5
    folder.write("data/raw/cpi/cpi.json", json.dumps(cpi))
    folder.take()
    second = folder.commit()
    assert open_study.reasons(*TARGETS).keys() >= {"Parse cpi", "Record where every number comes from"}
    open_study.complete(*TARGETS)
    results.append(open_study.files("results"))
    folder.restore("--revision", first)
    assert "Parse staff" not in open_study.reasons(*TARGETS)  # only what changed
    open_study.complete(*TARGETS)
    results.append(open_study.files("results"))
    assert results[0] == results[2]
    assert results[0]["results/indicators.csv"] != results[1]["results/indicators.csv"]
    revisions = [json.loads(one["results/provenance.json"])["dvc_revision"] for one in results]
    assert revisions == [first, second, first]
    assert open_study.reasons(*TARGETS) == {}
    # A snapshot, or a file that is no input, concerns the provenance alone.
    folder.write("data/raw/staff/leesmij.txt", "what the publisher wrote\n")
    assert open_study.reasons(*TARGETS).keys() == {"Record where every number comes from"}
    open_study.complete(*TARGETS)
    dirty = json.loads(open_study.read("results/provenance.json"))["dvc_revision"]
    assert dirty == f"{first}-dirty (staff differs from its snapshot)"


@pytest.mark.slow
def test_no_job_imports_dvc():
    """Cost of DVC in a study: none."""
    text = "import sys; sys.path.insert(0, 'scripts'); import record_provenance; print('dvc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
