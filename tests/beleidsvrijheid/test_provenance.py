"""What a study says of its raw files: origin from receipts, and the snapshot it has read."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.provenance import provenance
from beleidsvrijheid.snapshots import folder_md5, list_folder, snapshot_commit, snapshot_inputs, snapshot_record

SOURCES = {
    name: {"id": name, "publisher": "Statbel", "licence": "open", "citation": "Statbel 2025"}
    for name in ("population", "staff")
}
SETTINGS = {"git_commit": None, "seed": 1, "data_source": "open"}
FILES = {"population": ["data/raw/population/a.csv", "data/raw/population/deel/b.csv"]}
RAW = Path("data/raw")


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    """A study folder with two raw files of one source, and the present folder of the test."""
    (tmp_path / RAW / "population" / "deel").mkdir(parents=True)
    for number, name in enumerate(FILES["population"]):
        (tmp_path / name).write_text(f"nis,inwoners\n95001,{number}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_receipts(study: Path, receipts: object) -> None:
    text = receipts if isinstance(receipts, str) else json.dumps(receipts)
    (study / RAW / "population" / "gathered.json").write_text(text)


def receipt(study: Path, name: str, **changed: object) -> dict[str, object]:
    content = (study / RAW / "population" / name).read_bytes()
    entry = {
        "address": "https://example.org/a.csv",
        "retrieved": "2026-01-02",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "verified": "never",
        "mirror": "http://localhost:8000",
    }
    return entry | changed


def point(study: Path, source: str = "population", md5: str | None = None) -> None:
    md5 = md5 or folder_md5(list_folder(study / RAW / source))
    (study / RAW / f"{source}.dvc").write_text(
        f"outs:\n- md5: {md5}\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: {source}\n"
    )


def records(study: Path, **settings: str) -> list[dict[str, object]]:
    return provenance(FILES, SOURCES, {}, SETTINGS | settings, RAW, None)["raw_files"]


def origins(study: Path) -> list[tuple[object, object, object]]:
    return [(one["address"], one["retrieved"], one["mirror"]) for one in records(study)]


BY_HAND = ("manual", None, None)
GATHERED = ("https://example.org/a.csv", "2026-01-02", "http://localhost:8000")


def test_file_without_receipt_was_put_there_by_hand(study):
    assert origins(study) == [BY_HAND, BY_HAND]


def test_receipts_say_where_a_file_came_from(study):
    write_receipts(study, {"a.csv": receipt(study, "a.csv"), "deel/b.csv": receipt(study, "deel/b.csv", mirror=None)})
    assert origins(study) == [GATHERED, (*GATHERED[:2], None)]


def test_receipt_of_another_content_does_not_count(study):
    write_receipts(study, {"a.csv": receipt(study, "deel/b.csv"), "b.csv": receipt(study, "deel/b.csv"), "c.csv": {}})
    assert origins(study) == [BY_HAND, BY_HAND]


@pytest.mark.parametrize("text", ["", "[]", '{"a.csv": 1}', "{", "\ufffd"])
def test_damaged_receipts_are_one_message(study, text):
    write_receipts(study, text)
    with pytest.raises(
        StudyError, match=r"data/raw/population/gathered.json: is not a list of downloads.*gather again"
    ):
        records(study)


def test_simulated_data_have_neither_origin_nor_snapshot(study):
    write_receipts(study, "{")
    point(study, md5="damaged")
    content = provenance(FILES, SOURCES, {}, SETTINGS | {"data_source": "simulated"}, RAW, "a" * 40)
    assert {(one["address"], one["retrieved"], one["mirror"]) for one in content["raw_files"]} == {
        ("simulated", None, None)
    }
    assert content["dvc_revision"] is None and content["dvc_folders"] == {}


# Snapshots


def revision(files: dict[str, list[str]] = FILES, commit: str | None = "a" * 40) -> object:
    return snapshot_record(RAW, files, commit)["dvc_revision"]


def test_no_snapshot_no_revision(study):
    assert snapshot_record(RAW, FILES, None) == {"dvc_revision": None, "dvc_folders": {}}


def test_revision_is_the_commit_of_what_was_read(study):
    point(study)
    assert revision() == "a" * 40
    assert revision(commit=None) == "uncommitted"
    assert snapshot_record(RAW, FILES, "a" * 40)["dvc_folders"] == {
        "population": folder_md5(list_folder(RAW / "population"))
    }


def test_edited_file_makes_the_revision_dirty(study):
    point(study)
    (study / FILES["population"][1]).write_text("nis,inwoners\n95001,2\n")
    assert revision() == f"{'a' * 40}-dirty (population differs from its snapshot)"
    assert revision(commit=None) == "uncommitted-dirty (population differs from its snapshot)"


def test_every_source_outside_the_snapshot_is_named(study):
    point(study)
    (study / RAW / "staff").mkdir()
    (study / RAW / "staff" / "a.csv").write_text("nis\n")
    point(study, "cpi", "0" * 32 + ".dir")
    (study / "elsewhere.csv").write_text("nis\n")
    files = {**FILES, "staff": ["data/raw/staff/a.csv"], "debt": ["elsewhere.csv"]}
    assert revision(files) == (
        f"{'a' * 40}-dirty (cpi is not restored; debt is read from elsewhere; staff has no snapshot)"
    )


def test_source_that_is_not_read_does_not_matter(study):
    point(study)
    (study / RAW / "cpi").mkdir()
    (study / RAW / "cpi" / "other name.csv").write_text("edited\n")
    point(study, "cpi", "0" * 32 + ".dir")
    assert revision() == "a" * 40


def test_inputs_are_all_that_the_record_is_computed_from(study):
    point(study)
    write_receipts(study, {})
    (study / RAW / "population" / "{odd}.csv").write_text("x")
    (study / RAW / "population" / ".hidden").write_text("x")
    assert snapshot_inputs(RAW, FILES) == ["data/raw/population.dvc", "data/raw/population/gathered.json"]
    assert snapshot_inputs(RAW, {}) == []


def git(study: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=study, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(study: Path) -> str:
    git(study, "add", "--all")
    git(study, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(study, "rev-parse", "HEAD")


def test_commit_is_found_by_its_pointers(study):
    point(study)
    assert snapshot_commit(RAW) is None  # no git
    git(study, "init", "--quiet")
    assert snapshot_commit(RAW) is None  # no commit
    first = commit(study)
    assert snapshot_commit(RAW) == first
    (study / "other.txt").write_text("x")
    commit(study)
    assert snapshot_commit(RAW) == first
    point(study, md5="1" * 32 + ".dir")
    assert snapshot_commit(RAW) is None
    second = commit(study)
    assert snapshot_commit(RAW) == second
    point(study)
    assert snapshot_commit(RAW) == first
    point(study, "staff", "2" * 32 + ".dir")
    assert snapshot_commit(RAW) is None
    git(study, "checkout", "--quiet", "-b", "other")
    third = commit(study)
    git(study, "checkout", "--quiet", "-")
    git(study, "checkout", third, "--", "data/raw")
    assert snapshot_commit(RAW) == third  # of another branch
