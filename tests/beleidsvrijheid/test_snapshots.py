"""Checksums of folders, against DVC itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.snapshots import folder_md5, list_folder, read_list, recorded_md5, write_list

GOOD = b"outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  size: 9\n  nfiles: 1\n  hash: md5\n  path: population\n"
NAME = "data/raw/population.dvc"
PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1).filter(
    lambda t: t not in {".", ".."}
)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
MD5S = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(st.dictionaries(PATHS, MD5S, max_size=5))
def test_checksum_of_a_folder_is_that_of_dvc(files):
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.meta import Meta
    from dvc_data.hashfile.tree import Tree

    tree = Tree()
    for name, md5 in files.items():
        tree.add(tuple(name.split("/")), Meta(), HashInfo("md5", md5))
    tree.digest()
    assert folder_md5(files) == tree.hash_info.value
    assert write_list(files) == tree.as_bytes()
    assert read_list(write_list(files), "x") == files


def test_checksum_of_files_on_disk_is_that_of_dvc(tmp_path):
    from dvc_data.hashfile.build import build
    from dvc_data.hashfile.db import HashFileDB
    from dvc_objects.fs.local import LocalFileSystem

    contents = {"a.csv": "x", "deel 1/é ü.csv": "y\r\n", "deel 1/dieper/leeg.csv": "", "B.csv": "x"}
    for name, text in contents.items():
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).write_bytes(text.encode())
    fs = LocalFileSystem()
    _, _, tree = build(HashFileDB(fs, str(tmp_path / "objects")), str(tmp_path / "raw"), fs, "md5")
    assert folder_md5(list_folder(tmp_path / "raw")) == tree.hash_info.value
    (tmp_path / "raw" / ".a.csv.x7").write_text("half-written")
    assert sorted(list_folder(tmp_path / "raw")) == sorted(contents)


def test_folder_that_is_not_there_is_empty(tmp_path):
    assert list_folder(tmp_path / "nowhere") == {}


def test_recorded_checksum():
    assert recorded_md5(GOOD, NAME) == "0123456789abcdef0123456789abcdef.dir"
    assert recorded_md5(GOOD.replace(b"  size: 9\n", b"") + b"meta: {who: me}\n", NAME)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"path: population", b"path: ../population"),
        (b"path: population", b"path: staff"),
        (b"hash: md5", b"hash: sha256"),
        (b"  hash: md5\n", b""),
        (b".dir", b""),
        (b"0123", b"..//"),
        (b"outs:", b"deps: []\nouts:"),
        (b"outs:", b"outs:\n- {md5: 1, path: population}"),
        (b"outs:\n-", b"outs:"),
        (GOOD, b""),
        (GOOD, b"outs: [\n"),
        (GOOD, b"\xff\xfe"),
        (GOOD, b"<<<<<<< HEAD\n" + GOOD),
    ],
)
def test_what_is_no_pointer_is_refused(old, new):
    assert old in GOOD
    with pytest.raises(StudyError, match=r"^data/raw/population.dvc: is not the .dvc file of the folder beside it"):
        recorded_md5(GOOD.replace(old, new), NAME)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}x",
        "[1]",
        '[{"md5": "x"}]',
        *(
            json.dumps([{"md5": "0" * 32, "relpath": path}])
            for path in ("../a", "/a", "a/../../b", "", "a\0", "a\\b", 1)
        ),
        json.dumps([{"md5": "0" * 31 + "/", "relpath": "a"}]),
        json.dumps([{"md5": 1, "relpath": "a"}]),
    ],
)
def test_list_that_leaves_the_folder_is_refused(content):
    with pytest.raises(StudyError, match="^x: "):
        read_list(content.encode(), "x")
