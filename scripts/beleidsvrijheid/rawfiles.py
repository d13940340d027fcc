"""Which raw files a study has: simulated ones by name, others where they were gathered or where the configuration points."""

import glob
from pathlib import Path

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.configuration import Configuration
from beleidsvrijheid.errors import StudyError

RAW = Path("data/raw")
TIDY = "tidy.csv"
RECEIPTS = "gathered.json"  # what the downloads of a source were, beside its files
OWN = "own_indicators"  # brought by the researcher, to the simulated Flanders as well: no publisher has them


def find_files(config: Configuration, sources: dict[str, Source]) -> dict[str, list[str]]:
    """Source id -> sorted raw files, relative to the study folder. A source without files is not in it.

    Raises StudyError where `data.files` names a file that is not there.
    """
    if config.data.source == "simulated":
        simulated = {
            source.id: [f"data/raw/simulated/{source.id}/{name}" for name in source.simulated]
            for source in sources.values()
            if source.simulated
        }
        own = files_in(RAW / OWN, sources[OWN]) if OWN in sources else []
        return simulated | ({OWN: own} if own else {})
    found = {}
    for source in sources.values():
        files = _configured(source.id, config.data.files) or files_in(RAW / source.id, source)
        if files:
            found[source.id] = files
    return found


def _configured(source: str, files: dict[str, str]) -> list[str]:
    if source not in files:
        return []
    matches = sorted(path for path in glob.glob(files[source]) if Path(path).is_file())
    if not matches:
        raise StudyError(
            f"config.yaml: data.files.{source}: no file matches {files[source]!r}; correct the path or drop the key"
        )
    return matches


def files_in(folder: Path, source: Source) -> list[str]:
    """Raw files of a source in its folder: tidy.csv alone where it is there, else what its patterns match, sorted."""
    if (folder / TIDY).is_file():
        return [str(folder / TIDY)]
    found = {path for pattern in source.file_patterns for path in folder.glob(pattern) if path.is_file()}
    return sorted(str(path) for path in found if path.name != RECEIPTS)
