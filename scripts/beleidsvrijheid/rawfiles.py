"""Which raw files a study has: simulated ones by name, others where they were gathered or where the configuration points."""

import glob
import os
from pathlib import Path

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.configuration import Configuration
from beleidsvrijheid.errors import StudyError

RAW = Path("data/raw")
WRITTEN = ("results", "data/processed", "data/raw/simulated")  # folders of a study that a run writes to
TIDY = "tidy.csv"
RECEIPTS = "gathered.json"  # what the downloads of a source were, beside its files
OWN = "own_indicators"  # brought by the researcher, to the simulated Flanders as well: no publisher has them


def refuse_links_out(folder: Path) -> None:
    """Raise StudyError where a link in a folder that a run writes to leads out of the study: files elsewhere would be lost."""
    study = folder.resolve()
    for name in WRITTEN:
        top = folder / name
        links = [top, *(Path(at, one) for at, *inside in os.walk(top) for one in (*inside[0], *inside[1]))]
        for path in links:
            is_link = path is top or path.is_symlink()
            if is_link and not path.resolve().is_relative_to(study):
                raise StudyError(
                    f"{path.relative_to(folder)}: leads out of the study folder, to {path.resolve()}, and a run would write "
                    "there; delete the link (a whole study folder may stand on another disk)"
                )


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
    _refuse_names(matches)
    if not matches:
        raise StudyError(
            f"config.yaml: data.files.{source}: no file matches {files[source]!r}; correct the path or drop the key"
        )
    return matches


def files_in(folder: Path, source: Source) -> list[str]:
    """Raw files of a source in its folder: tidy.csv alone where it is there, else what its patterns match, sorted."""
    if (folder / TIDY).is_file():
        found = {folder / TIDY}
    else:
        found = {path for pattern in source.file_patterns for path in folder.glob(pattern) if path.is_file()}
    paths = sorted(str(path) for path in found if path.name != RECEIPTS)
    _refuse_names(paths)
    for path in paths:
        target = Path(path).resolve()
        if not target.is_relative_to(folder.parent.resolve()):
            raise StudyError(
                f"{path}: a link out of {folder.parent}, to {target}; copy the file, or name it in config.yaml under data.files, "
                "the one key that may point outside the study folder"
            )
    return paths


def _refuse_names(paths: list[str]) -> None:
    """Braces are wildcards to Snakemake, and a message cannot show what is not printed."""
    for path in paths:
        if not path.isprintable() or set("{}") & set(path):
            raise StudyError(f"{path!r}: a name with braces or signs that are not printed; rename the file")
