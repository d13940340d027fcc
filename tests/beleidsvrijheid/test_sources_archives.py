"""Texts in archives: the one that is meant, or a message; nothing is ever written to disk."""

import io
import zipfile

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.archives import text_content

TEXT = b"A|B\r\n1|2\r\n"


def archive(path, members, comment=b""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
        file.comment = comment
    return path


def altered(path, old, new):
    """The archive with some of its bytes changed in place."""
    content = path.read_bytes()
    assert old in content and len(old) == len(new)
    path.write_bytes(content.replace(old, new))
    return path


def test_a_plain_text_and_the_only_text_of_an_archive(tmp_path):
    plain = tmp_path / "a.txt"
    plain.write_bytes(TEXT)
    assert text_content(plain) == (TEXT, "a.txt")
    members = [("folder/", b""), ("folder/A.TXT", TEXT), ("readme.pdf", b"x"), ("__MACOSX/folder/._A.TXT", b"x")]
    assert text_content(archive(tmp_path / "a.zip", members)) == (TEXT, "a.zip: folder/A.TXT")
    renamed = archive(tmp_path / "zip.txt", [("a.csv", TEXT)])
    assert text_content(renamed) == (TEXT, "zip.txt: a.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.zip", "zip.txt"]


def cut(path):
    archive(path, [("a.txt", TEXT * 1000)])
    path.write_bytes(path.read_bytes()[:-40])


def flipped(path):
    archive(path, [("a.txt", bytes(range(256)) * 40)])
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)


def locked(path):
    archive(path, [("a.txt", TEXT)])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def understated(path):
    """A header that says ten bytes where the stream unpacks to more."""
    archive(path, [("a.txt", b"0" * 100_000)])
    altered(path, (100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


BAD = {
    "cut off": (cut, r"t\.zip: the archive is cut off or damaged"),
    "a byte flipped": (flipped, r"t\.zip: the archive is cut off or damaged"),
    "states a wrong size": (understated, r"t\.zip: the archive is cut off or damaged"),
    "empty file": (lambda path: path.write_bytes(b""), r"t\.zip: the archive is cut off or damaged"),
    "a web page": (lambda path: path.write_bytes(b"\n<!DOCTYPE html><html>"), r"t\.zip: this is a web page"),
    "two texts": (
        lambda path: archive(path, [("a.txt", TEXT), ("b.csv", TEXT)]),
        r"t\.zip: 2 texts .* one is expected; the archive has: a\.txt, b\.csv",
    ),
    "no text": (lambda path: archive(path, [("a.pdf", b"x")]), r"t\.zip: 0 texts .*has: a\.pdf"),
    "nothing": (lambda path: archive(path, []), r"t\.zip: 0 texts .*has: nothing"),
    "parent folder": (lambda path: archive(path, [("../a.txt", TEXT)]), r"t\.zip: member '\.\./a\.txt' has a path out"),
    "deep parent": (
        lambda path: archive(path, [("x/../../a.txt", TEXT), ("b.txt", TEXT)]),
        r"t\.zip: member 'x/\.\./\.\./a\.txt' has a path out",
    ),
    "absolute path": (
        lambda path: archive(path, [("/etc/a.txt", TEXT)]),
        r"t\.zip: member '/etc/a\.txt' has a path out",
    ),
    "drive": (lambda path: archive(path, [("C:\\a.txt", TEXT)]), r"t\.zip: member 'C:.*a\.txt' has a path out"),
    "backslashes": (lambda path: archive(path, [("..\\a.txt", TEXT)]), r"t\.zip: member '.*a\.txt' has a path out"),
    "too many": (
        lambda path: archive(path, [(f"{n}.pdf", b"x") for n in range(21)]),
        r"t\.zip: 21 members where at most 20 are expected",
    ),
    "locked": (locked, r"t\.zip: a\.txt is locked with a password"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_archives_are_refused_by_name(tmp_path, case):
    make, message = BAD[case]
    make(tmp_path / "t.zip")
    with pytest.raises(StudyError, match=message):
        text_content(tmp_path / "t.zip")


def test_size_is_bounded_whatever_is_stated(tmp_path):
    bomb = archive(tmp_path / "t.zip", [("a.txt", b"0" * 2_000_000)])
    assert bomb.stat().st_size < 10_000
    with pytest.raises(StudyError, match=r"t\.zip: a\.txt unpacks to more than 1,000,000 bytes"):
        text_content(bomb, largest=1_000_000)
    plain = tmp_path / "a.txt"
    plain.write_bytes(b"0" * 100)
    with pytest.raises(StudyError, match=r"a\.txt: 100 bytes, more than 99"):
        text_content(plain, largest=99)


def test_a_way_of_packing_that_cannot_be_read(tmp_path):
    path = archive(tmp_path / "t.zip", [("a.txt", TEXT)])
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = content.index(mark) + at
        content[start : start + 2] = (99).to_bytes(2, "little")
    path.write_bytes(content)
    assert zipfile.ZipFile(io.BytesIO(bytes(content))).infolist()[0].compress_type == 99
    with pytest.raises(StudyError, match=r"t\.zip: a\.txt cannot be unpacked"):
        text_content(path)
