"""`snakemake gather` from end to end: a mirror of every address of the catalogue, faults, kills, refusals."""

import fcntl
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import Address, read_sources
from beleidsvrijheid.simulation.workbook import xlsx_bytes, zip_bytes

from .conftest import PARTS, QUICK, ROOT
from .publisher import Publisher, Reply

pytestmark = pytest.mark.slow

SERVER = Path(os.environ.get("BELEIDSVRIJHEID_TOOLS", ROOT.parent / "shared" / "tools")) / "mirror_server.py"
KEY = "k3y-that-must-not-be-seen"
# Every fault that the mirror knows but the harmless one, which comes last: an attempt that succeeds ends the asking.
FAULTS = ("503", "429:1", "truncate", "reset", "html", "empty", "corrupt", "bom", "latin1")
EXPORT = "mandaten-20260412031500084.csv"


# What publishers have: invented content of the right kind at every address


@dataclass
class Mirror:
    """files: path under the mirror's folder -> content. wanted: source/file -> content. pins: of each address."""

    files: dict[str, bytes]
    wanted: dict[str, bytes]
    pins: dict[tuple[str, str], dict[str, str]]

    def write(self, folder: Path) -> Path:
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def place(url: str, question: str | None = None) -> str:
    """Where a mirror of files keeps the answer to an address."""
    parts = urlsplit(url)
    return unquote(f"{parts.netloc}{parts.path}") + (f"@{quote(question, safe='')}" if question else "")


def compact(content: dict) -> bytes:
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def some(kind: str, name: str) -> bytes:
    """A body of a kind; no other name has the same."""
    rows = [[name, "café", number] for number in range(30)]
    text = "naam;woord;getal\n" + "".join(f"{a};{b};{c}\n" for a, b, c in rows)
    if kind == "xlsx":
        return xlsx_bytes({"Blad": rows})
    if kind == "zip":
        return zip_bytes({"tekst.txt": text.encode()})
    if kind == "json":
        return json.dumps({"rows": rows}, ensure_ascii=False).encode()
    if kind == "turtle":
        return f'@prefix a: <http://a/> .\n<http://{sha256(name.encode())}> a:naam "café" ;\n  a:x 1 .\n'.encode()
    return text.encode()


def register(size: int, waves: tuple[int, int]) -> tuple[bytes, str, dict[int, list[str]]]:
    """REFNIS of `size` invented municipalities, the table of mergers, codes by vintage. waves: pairs that merge."""
    old = [f"95{number:03d}" for number in range(1, size + 1)]
    lines = ["LVL_REFNIS|CD_REFNIS|CD_SUP_REFNIS|TX_REFNIS_DE|TX_REFNIS_FR|TX_REFNIS_NL|DT_VLDT_START|DT_VLDT_END"]
    always = "01/01/1970|31/12/9999"
    for level, nis, parent in (("1", "02000", "01000"), ("2", "90000", "02000"), ("3", "95000", "90000")):
        lines.append(f"{level}|{nis}|{parent}|D|F|N{nis}|{always}")
    days = {nis: ["01/01/1970", "31/12/9999"] for nis in old}
    table, codes, current = [], {308: sorted(old)}, list(old)
    for vintage, count, day in ((300, waves[0], "2019-01-01"), (285, waves[1], "2025-01-01")):
        for number in range(count):
            pair, new = [current.pop(0), current.pop(0)], f"96{vintage - 200:03d}"[:3] + f"{number:02d}"
            for nis in pair:
                days[nis][1] = f"31/12/{int(day[:4]) - 1}"
                table.append(f"{day},{nis},N{nis},{new},N{new}")
            days[new] = [f"01/01/{day[:4]}", "31/12/9999"]
            current.append(new)
        codes[vintage] = sorted(current)
    lines += [f"4|{nis}|95000|D|F|N{nis}|{first}|{last}" for nis, (first, last) in sorted(days.items())]
    text = "\ufeff" + "".join(f"{line}\r\n" for line in lines)
    mergers = "valid_from,nis_old,name_old,nis_new,name_new\n" + "".join(f"{row}\n" for row in table)
    return zip_bytes({"TU_COM_REFNIS.txt": text.encode("utf-8")}), mergers, codes


def answers_to(
    address: Address, codes: dict[int, list[str]], refnis: bytes
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(path in the mirror -> content, name to pin -> content) of one address; a file's own name among the pins."""
    name, kind, url = address.file, address.content, address.url
    if address.each:
        urls = {
            f"gemeente/{nis}/{member}": url.replace("{nis}", nis).replace("{member}", member)
            for nis in codes[address.each]
            for member in address.members
        }
        bodies = {member: some("json", f"{name}{member}") for member in urls}
        return {place(urls[member]): body for member, body in bodies.items()}, bodies | {name: stored(bodies)}
    if address.follow:
        entry = {"attributes": {"filename": EXPORT, "format": "text/csv"}, "note": "café"}
        listed = json.dumps({"data": [entry]}, ensure_ascii=False).encode()
        body = some("csv", EXPORT)
        host = urlsplit(url).netloc
        return {place(url): listed, f"{host}/files/{EXPORT}": body}, {name: body, f"{name}#1": listed}
    rows = [{"id": f"{name}{number}", "word": "café"} for number in range(4)]
    if address.paging == "wfs":
        page = json.dumps({"features": rows, "numberMatched": 4, "timeStamp": "now"}, ensure_ascii=False).encode()
        return {place(url): page}, {f"{name}#1": page, name: compact({"type": "FeatureCollection", "features": rows})}
    if address.paging == "odata":
        pages = [{"value": rows[:2], "@odata.nextLink": f"{url}?$skip=2"}, {"value": rows[2:]}]
        first, second = (json.dumps(page, ensure_ascii=False).encode() for page in pages)
        pins = {f"{name}#1": first, f"{name}#2": second, name: compact({"value": rows})}
        return {place(url): first, place(url, "$skip=2"): second}, pins
    if address.paging == "sparql":
        content = {"head": {"vars": ["id"]}, "results": {"bindings": rows}}
        page = json.dumps(content, ensure_ascii=False).encode()
        question = f"query={Path(address.query).stem}&page=1"
        return {place(url, question): page}, {f"{name}#1": page, name: compact(content)}
    bodies = {file: refnis if "REFNIS" in file else some(kind, file) for file in address.files}
    return {place(address.files[file]): body for file, body in bodies.items()}, bodies


def stored(bodies: dict[str, bytes]) -> bytes:
    """The archive of a bundle: sorted, not compressed, one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(bodies):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, bodies[name])
    return buffer.getvalue()


def mirror_of(sources, chosen, codes, refnis) -> Mirror:
    """chosen: (source id, address) of every address that is to answer."""
    mirror = Mirror({}, {}, {})
    for source, address in chosen:
        files, bodies = answers_to(address, codes, refnis)
        mirror.files |= files
        mirror.wanted |= {f"{source}/{name}": bodies[name] for name in address.files}
        mirror.pins[source, address.url] = {name: sha256(body) for name, body in bodies.items()}
    return mirror


# A copy of the project, its catalogue with pins, its mirror


@dataclass
class Copy:
    """A project of its own with a study in it."""

    project: Path

    @property
    def raw(self) -> Path:
        return self.project / "data/raw"

    def configure(self, base: str, **download: object) -> None:
        config = yaml.safe_load((ROOT / "tests/study/config.yaml").read_text(encoding="utf-8"))
        quick = {"first_wait_seconds": 0.01, "longest_wait_seconds": 0.02, "timeout_seconds": 0.5, "attempts": 9}
        config["data"] = {"source": "open", "mirror": base, "download": quick | download}
        text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
        (self.project / "config.yaml").write_text(text, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", "gather", "-c1", *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        return os.environ | QUICK | {"PROVINCIES_IN_CIJFERS_KEY": KEY} | more

    def gather(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.project,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
        )

    def files(self) -> dict[str, bytes]:
        """What is under data/raw but receipts."""
        paths = [path for path in self.raw.rglob("*") if path.is_file() and path.name != "gathered.json"]
        return {str(path.relative_to(self.raw)): path.read_bytes() for path in paths}

    def receipts(self) -> dict[str, dict]:
        paths = self.raw.glob("*/gathered.json")
        return {
            f"{path.parent.name}/{name}": entry
            for path in paths
            for name, entry in json.loads(path.read_text(encoding="utf-8")).items()
        }

    def write_catalogue(self, sources: dict, addresses: dict[str, list[dict]]) -> None:
        entries = []
        for source in sources.values():
            entry = source.model_dump(exclude_none=False)
            entry["addresses"] = addresses.get(source.id, [])
            entries.append(entry)
        text = yaml.safe_dump(json.loads(json.dumps(entries)), sort_keys=False, allow_unicode=True)
        (self.project / "workflow/sources.yaml").write_text(text, encoding="utf-8")


def with_pins(address: Address, pins: dict[str, str]) -> dict:
    return {**address.model_dump(), "sha256": pins}


@pytest.fixture(scope="module")
def sources() -> dict:
    return read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path) -> Copy:
    project = tmp_path / "project"
    project.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, project / part)
        else:
            shutil.copy2(ROOT / part, project / part)
    return Copy(project)


def first_choices(sources: dict) -> list[tuple[str, Address]]:
    return [(source.id, part[0]) for source in sources.values() for part in source.parts.values()]


def prepared(copy: Copy, sources: dict, chosen, size: int, waves: tuple[int, int]) -> Mirror:
    """Catalogue (chosen addresses alone, all pinned) and mergers of the copy; the mirror of it."""
    refnis, mergers, codes = register(size, waves)
    (copy.project / "workflow/tables/mergers.csv").write_text(mergers, encoding="utf-8")
    mirror = mirror_of(sources, chosen, codes, refnis)
    addresses: dict[str, list[dict]] = {}
    for source, address in chosen:
        addresses.setdefault(source, []).append(with_pins(address, mirror.pins[source, address.url]))
    copy.write_catalogue(sources, addresses)
    return mirror


# The mirror with faults


def plan_of(mirror: Mirror) -> dict[str, list[str]]:
    """At least two faults for every path, over all kinds in turn; stalls, which take time, for plain files alone."""
    turn = itertools.cycle(FAULTS)
    plan = {}
    for path in sorted({f"/{name.partition('@')[0]}" for name in mirror.files}):
        pages = sum(f"/{name.partition('@')[0]}" == path for name in mirror.files)
        if "/gemeente/" in path:
            plan[path] = [next(turn), next(turn)]
        else:
            plan[path] = [next(turn) for _ in range(2 * pages)] + ["stall:1", next(turn), "wrong-type"]
    return plan


@pytest.fixture
def serve(tmp_path):
    """serve(folder, faults): base address and log file of the shared mirror server."""
    if not SERVER.is_file():
        pytest.skip(f"no {SERVER} (BELEIDSVRIJHEID_TOOLS names another folder)")
    running = []

    def start(folder: Path, faults: dict[str, list[str]]) -> tuple[str, Path]:
        number = len(running)
        plan, log = tmp_path / f"faults{number}.json", tmp_path / f"server{number}.log"
        plan.write_text(json.dumps(faults))
        with open(log, "w") as errors:
            command = [sys.executable, str(SERVER), str(folder), "--faults", str(plan)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        running.append(process)
        return process.stdout.readline().strip(), log

    yield start
    for process in running:
        process.kill()
        process.wait()


def served(log: Path) -> tuple[list[tuple[str, str]], int]:
    """(path, fault or -) of every request, and how many lines cannot be read: the server's threads mix theirs at times."""
    lines = [line for line in log.read_text().splitlines() if "GET" in line or "POST" in line or " /" in line]
    matches = [re.fullmatch(r"[A-Z]* ?(/\S+) \d+ (\S+)", line) for line in lines]
    read = [(unquote(urlsplit(match[1]).path), match[2]) for match in matches if match]
    return read, sum("/" in line and not match for line, match in zip(lines, matches, strict=True))


def ranks(sources: dict) -> int:
    return max(len(part) for source in sources.values() for part in source.parts.values())


def test_every_address_with_faults(copy, sources, serve, tmp_path, capsys):
    """Every address of the catalogue, also those of second and third choice, is hit at least twice; all files are right."""
    asked, survived, seen = 0, Counter(), set()
    started = time.monotonic()
    for rank in range(ranks(sources)):
        chosen = [
            (source.id, part[rank])
            for source in sources.values()
            for part in source.parts.values()
            if len(part) > rank and not (rank and part[rank].each)
        ]
        mirror = prepared(copy, sources, chosen, 308, (8, 15))
        base, log = serve(mirror.write(tmp_path / f"mirror{rank}"), plan_of(mirror))
        copy.configure(base, connections_per_host=8)
        done = copy.gather()
        assert done.returncode == 0, done.stdout + done.stderr
        assert {name: sha256(content) for name, content in copy.files().items()} == {
            name: sha256(content) for name, content in mirror.wanted.items()
        }
        receipts = copy.receipts()
        assert {name: one["sha256"] for name, one in receipts.items()} == {
            name: sha256(content) for name, content in mirror.wanted.items()
        }
        assert {one["mirror"] for one in receipts.values()} == {base}
        requests, mixed = served(log)
        hit = Counter(path for path, fault in requests if fault != "-")
        paths = {f"/{name.partition('@')[0]}" for name in mirror.files}
        assert len([path for path in paths if hit[path] < 2]) <= 2 * mixed < 100
        survived += Counter(fault.partition(":")[0] for _, fault in requests if fault != "-")
        asked += len(requests)
        seen |= {(rank, path) for path in paths}
        no_key_anywhere(copy)
        shutil.rmtree(copy.raw)
    assert set(survived) == {fault.partition(":")[0] for fault in (*FAULTS, "stall", "wrong-type")}
    assert sum(survived.values()) >= 2 * len(seen) and len(seen) > 1216
    with capsys.disabled():
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(survived.items()))
        print(
            f"\nfaults survived: {sum(survived.values())} at {len(seen)} addresses in {asked} requests, "
            f"{time.monotonic() - started:.0f} s ({kinds})"
        )


def no_key_anywhere(copy: Copy) -> None:
    holders = [path for path in copy.project.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert holders == []


def test_a_second_gathering_asks_for_nothing(copy, sources, tmp_path):
    mirror = prepared(copy, sources, first_choices(sources), 6, (1, 1))
    with Publisher(mirror.write(tmp_path / "mirror")) as publisher:
        copy.configure(publisher.base)
        first = copy.gather()
        assert first.returncode == 0, first.stderr
        assert copy.files() == mirror.wanted
        before, tree = publisher.count(), tree_of(copy)
        again = copy.gather()
        assert again.returncode == 0 and tree_of(copy) == tree
        # The probe of sources that are still absent is no download.
        assert {one.path for one in publisher.asked[before:]} <= {"/data.gov.be/api/3/action/package_show"}
        assert "Gathered: 0 new files" in again.stderr
        account = pd.read_csv(copy.project / "results/gathered.csv", dtype=str, keep_default_na=False)
        assert set(account.loc[account["file"] != "", "status"]) == {"kept"}


def tree_of(copy: Copy) -> dict[str, int]:
    return {str(path.relative_to(copy.raw)): path.stat().st_mtime_ns for path in copy.raw.rglob("*") if path.is_file()}


# What cannot be survived


def test_what_cannot_be_survived_is_told_once_and_leaves_nothing(copy, sources, tmp_path):
    mirror = prepared(copy, sources, first_choices(sources), 6, (1, 1))
    (wrong,) = [path for path in mirror.files if path.endswith("Bevolking_per_gemeente.xlsx")]
    (page,) = [path for path in mirror.files if path.endswith("TF_PSNL_INC_TAX_MUNTY.zip")]
    with Publisher(mirror.write(tmp_path / "mirror")) as publisher:
        publisher.put(f"/{wrong}", Reply(some("xlsx", "another workbook")))
        publisher.put(f"/{page}", Reply(b"<!doctype html><title>Even geduld</title>\n"))
        copy.configure(publisher.base, attempts=3)
        done = copy.gather(PROVINCIES_IN_CIJFERS_KEY="")
        assert not any(KEY in str(one.headers) for one in publisher.asked)
        assert publisher.count(f"/{wrong}") == publisher.count(f"/{page}") == 3
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    for name, reason in (("population", "sha256 "), ("income", "a web page, not data (given up after 3 attempts)")):
        lines = done.stderr.splitlines()
        (place,) = [number for number, line in enumerate(lines) if line.startswith(f"{name}: failed, nothing was")]
        assert reason in lines[place + 1] and sources[name].manual[0] in done.stderr
        assert not (copy.raw / name).exists()
    # A mirror gets no key, and needs none.
    left_out = ("population/", "income/")
    assert copy.files() == {name: body for name, body in mirror.wanted.items() if not name.startswith(left_out)}


def test_a_catalogue_that_cannot_be_read_is_told_without_a_traceback(copy, sources):
    copy.configure("http://127.0.0.1:9")
    path = copy.project / "workflow/sources.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("content: zip", "content: tar", 1), encoding="utf-8")
    done = copy.gather()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "workflow/sources.yaml: " in done.stderr and "'tar'" in done.stderr


def test_a_second_gathering_leaves_the_log_of_the_first_alone(copy, sources):
    copy.configure("http://127.0.0.1:9")
    logs = copy.project / "results/logs"
    logs.mkdir(parents=True)
    copy.raw.mkdir(parents=True, exist_ok=True)
    (logs / "gather_attempts.log").write_text("of the first")
    handle = os.open(copy.raw, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    done = copy.gather()
    os.close(handle)
    assert done.returncode == 1 and "another `snakemake gather` is at work here" in done.stderr
    assert "Traceback" not in done.stderr
    assert (logs / "gather_attempts.log").read_text() == "of the first"


# Killed


def test_killed_and_gathered_again(copy, sources, tmp_path):
    """kill -9 of the whole group amid the requests per municipality (30 in the register here, to be quick)."""
    mirror = prepared(copy, sources, first_choices(sources), 30, (2, 3))
    members = {f"/{path}" for path in mirror.files if "/gemeente/" in path}
    with Publisher(mirror.write(tmp_path / "mirror"), ways="slow") as publisher:
        copy.configure(publisher.base, timeout_seconds=5.0)
        with open(tmp_path / "killed.log", "w") as log:
            process = subprocess.Popen(
                copy.command(), cwd=copy.project, env=copy.environment(), stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while sum(publisher.count(path) > 0 for path in members) < 40 and time.monotonic() < deadline:
            assert process.poll() is None, (tmp_path / "killed.log").read_text()
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        assert list(copy.raw.glob("*/.gather")), "killed too late"
        before = Counter(one.path for one in publisher.asked)
        done = copy.gather()
        assert done.returncode == 0, done.stderr
        after = Counter(one.path for one in publisher.asked)
    assert copy.files() == mirror.wanted
    names = {path.name for path in copy.raw.rglob("*") if path.is_file()}
    assert names == {Path(name).name for name in mirror.wanted} | {"gathered.json"}
    assert not list(copy.raw.rglob(".*"))
    # Only what was under way when the kill came is asked for again: at most as many as there are connections.
    probes = {"/data.gov.be/api/3/action/package_show"}
    again = {path for path in before if after[path] > before[path]} - probes
    assert len(before) > 40 and len(again) <= 2 + 1, again


# How the target is recognised


@pytest.mark.parametrize(
    ("arguments", "gathers"),
    [
        (("gather", "-c1"), True),
        (("-c", "2", "gather"), True),
        (("-c1", "--", "gather"), True),
        (("-c1", "--directory", "gather"), False),
        (("-c1", "gather", "all"), False),
        (("-c1",), False),
    ],
)
def test_only_the_target_gather_starts_without_raw_files(copy, arguments, gathers):
    copy.configure("http://127.0.0.1:9")
    (copy.project / "gather").mkdir()
    shutil.copy2(copy.project / "config.yaml", copy.project / "gather")
    kept = copy.project / "results/estimates/old.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("results of an earlier run")
    dry = () if "-n" in arguments else ("-n",)
    command = [sys.executable, "-m", "snakemake", *dry, *arguments]
    done = subprocess.run(command, cwd=copy.project, env=copy.environment(), capture_output=True, text=True)
    assert (done.returncode == 0) == gathers, done.stdout + done.stderr
    told = "config.yaml: data: source municipalities is absent" in done.stderr
    assert told != gathers and "Traceback" not in done.stderr
    if gathers:
        assert "Gather the raw files" in done.stdout + done.stderr
        assert kept.exists()
