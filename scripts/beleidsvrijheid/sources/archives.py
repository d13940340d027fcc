"""Text that a publisher puts out plain or inside a zip: the one text member, read in memory, never written to disk."""

import zipfile
from pathlib import Path

from beleidsvrijheid.archives import DAMAGE, leads_outside
from beleidsvrijheid.errors import StudyError

TEXT_SUFFIXES = (".txt", ".csv")
# Ceilings against an archive that is not what it says: the largest text expected, one year of population, is some 150 MB.
MOST_MEMBERS = 20
LARGEST_BYTES = 600_000_000
_ZIP_MARK = b"PK\x03\x04"
_PAGE_MARKS = (b"<!doctype html", b"<html")


def text_content(path: Path, most: int = MOST_MEMBERS, largest: int = LARGEST_BYTES) -> tuple[bytes, str]:
    """The bytes of a text file, or of the only text (.txt, .csv) in a zip, and its name for messages.

    most: members an archive may have; largest: bytes it may unpack to. Raises StudyError on a web page, on a damaged,
    locked or too large archive, on a member whose path leaves the archive, and where there is not exactly one text.
    """
    if path.suffix.lower() != ".zip" and not _begins(path, _ZIP_MARK):
        if path.stat().st_size > largest:
            raise StudyError(f"{path.name}: {path.stat().st_size:,} bytes, more than {largest:,}; this is another file")
        return path.read_bytes(), path.name
    if _begins(path, b"<"):
        raise StudyError(f"{path.name}: this is a web page, not an archive; download the file itself in a browser")
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_text(archive, path.name, most)
            return _unpacked(archive, member, path.name, largest), f"{path.name}: {member.filename}"
    except DAMAGE as problem:
        raise StudyError(f"{path.name}: the archive is cut off or damaged ({problem}); download it again") from None


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(mark)


def _only_text(archive: zipfile.ZipFile, where: str, most: int) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > most:
        raise StudyError(f"{where}: {len(members)} members where at most {most} are expected; this is another archive")
    for member in members:
        if leads_outside(member.orig_filename):
            raise StudyError(
                f"{where}: member {member.orig_filename!r} has a path out of the archive; do not use this file"
            )
    texts = [one for one in members if one.filename.lower().endswith(TEXT_SUFFIXES) and not one.is_dir()]
    # What macOS adds beside every file when a folder is zipped anew.
    texts = [one for one in texts if not one.filename.startswith("__MACOSX/")]
    if len(texts) != 1:
        names = ", ".join(one.filename for one in texts or members) or "nothing"
        raise StudyError(
            f"{where}: {len(texts)} texts ({' or '.join(TEXT_SUFFIXES)}) where one is expected; the archive has: {names}. "
            "Keep one, or download the archive again"
        )
    return texts[0]


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str, largest: int) -> bytes:
    """A member's bytes; one byte more than allowed is asked for, whatever size the archive states."""
    if member.flag_bits & 0x1:
        raise StudyError(f"{where}: {member.filename} is locked with a password; download the archive again")
    if member.file_size > largest:
        raise StudyError(f"{where}: {member.filename} unpacks to more than {largest:,} bytes; this is another file")
    try:
        with archive.open(member) as file:
            content = file.read(largest + 1)
    except NotImplementedError as problem:
        raise StudyError(f"{where}: {member.filename} cannot be unpacked ({problem}); zip it again") from None
    if len(content) > largest:
        raise StudyError(f"{where}: {member.filename} unpacks to more than {largest:,} bytes; this is another file")
    return content


def is_web_page(content: bytes) -> bool:
    """Whether a body is HTML, as a host sends instead of a file that it does not want to give."""
    return content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE_MARKS)
