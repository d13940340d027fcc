"""A replication package: which files go into it, its manifest, and the same zip for the same files."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping

from beleidsvrijheid.catalogue import Indicator, Source
from beleidsvrijheid.rawfiles import OWN

TOP = "package"  # the one folder that unzipping makes
PROJECT = f"{TOP}/project"
MANIFEST = "manifest.csv"
COLUMNS = ("path", "bytes", "sha256")
# Of results/: records of one machine, and archives of what is there already.
LEFT_OUT = ("logs", "report.zip", "package.zip", "manifest.json")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold: a package has no clock


def may_go(source: Source, simulated: bool) -> bool:
    """Whether the files of a source may be passed on: simulated ones are the project's own; what is not known may not."""
    return source.redistribution or (simulated and source.id != OWN)


def withheld_indicators(
    indicators: Mapping[str, Indicator], sources: Mapping[str, Source], simulated: bool
) -> list[str]:
    """Classes that were copied from a source whose files may not be passed on, rather than computed."""
    names = [entry for entry in indicators.values() if entry.categorical]
    held = {name for name, source in sources.items() if not may_go(source, simulated)}
    return [entry.id for entry in names if held & {one for part in entry.source for one in part.split("|")}]


def without_indicators(content: bytes, names: Collection[str]) -> bytes:
    """results/indicators.csv without the rows of some indicators."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    place = rows[0].index("indicator")
    return csv_bytes(row for row in rows if row[place] not in names)


def csv_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as a CSV file with Unix line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def manifest(files: Mapping[str, bytes]) -> bytes:
    """One row per file: path under the folder of the package, size, sha256; sorted."""
    rows = [(path.removeprefix(f"{TOP}/"), len(content), sha256(content)) for path, content in sorted(files.items())]
    return csv_bytes([COLUMNS, *rows])


def zipped(files: Mapping[str, bytes], executables: Collection[str] = ()) -> bytes:
    """The files as a zip: sorted, one fixed time, the same bytes wherever it is made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, EARLIEST)
            entry.create_system = 3  # modes are those of Unix on every system
            entry.external_attr = (0o100755 if path in executables else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    return content.getvalue()


def differences(listed: bytes, read: Callable[[str], bytes | None]) -> dict[str, list[str]]:
    """Paths of a manifest by what became of them: same, different, missing. read: path -> content, None if missing."""
    found: dict[str, list[str]] = {"same": [], "different": [], "missing": []}
    for row in csv.DictReader(io.StringIO(listed.decode("utf-8"))):
        content = read(row["path"])
        if content is None:
            found["missing"].append(row["path"])
        else:
            found["same" if sha256(content) == row["sha256"] else "different"].append(row["path"])
    return found


def sha256(content: bytes) -> str:
    """Checksum of a file."""
    return hashlib.sha256(content).hexdigest()
