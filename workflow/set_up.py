"""Set up .venv from the hashed locks: once per content of the locks, and again after an interruption.

The Makefile calls this with any Python 3.11 or newer; it needs nothing but the standard library.
"""

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOTSTRAP_LOCK = "workflow/envs/bootstrap.lock"
LOCK = "requirements.lock"


class SetUpError(Exception):
    """What is wrong and what to do about it, in one message."""


def stamp(root: Path) -> Path:
    """The file that says: this environment holds exactly the present locks."""
    content = b"".join((root / name).read_bytes() for name in (BOOTSTRAP_LOCK, LOCK))
    return root / ".venv" / f".installed-{hashlib.sha256(content).hexdigest()[:16]}"


def unfinished(root: Path) -> Path:
    """The file that exists from the first to the last moment of a set-up."""
    return root / ".venv" / ".installing"


def works(python: Path) -> bool:
    """Whether the environment's interpreter still starts (the Python it was made from may be gone)."""
    return python.exists() and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def is_ready(root: Path) -> bool:
    """Whether nothing needs to be done; reads no network and no packages."""
    return stamp(root).exists() and not unfinished(root).exists()


@contextmanager
def turn(root: Path) -> Iterator[None]:
    """Wait until no other set-up works in this folder."""
    with open(root / LOCK, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work in this folder; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_broken(root: Path) -> None:
    """Remove an environment that was left half-made or whose interpreter is gone."""
    environment = root / ".venv"
    if not environment.exists() or (works(environment / "bin/python") and not unfinished(root).exists()):
        return
    if not unfinished(root).exists() and not (environment / "pyvenv.cfg").exists() and any(environment.iterdir()):
        raise SetUpError(f"{environment}: is not a virtual environment. Move it away and run make again.")
    print("The environment in .venv is broken or was left half-made; making it again.", flush=True)
    shutil.rmtree(environment)


def run(step: str, *command: str | Path, cwd: Path) -> None:
    """Run one step of the set-up; its own output says what went wrong."""
    print(f"{step} ...", flush=True)
    try:
        subprocess.run(command, cwd=cwd, check=True)
    except subprocess.CalledProcessError as failure:
        raise SetUpError(
            f"Set-up failed at '{step}' (exit status {failure.returncode}); the lines above say why. "
            "The first set-up needs the Python package index; later runs need no network. "
            "Run make again when that is mended: it repairs what is half-made."
        ) from None


def install(root: Path) -> None:
    """Install the locks with hashes checked. Raises SetUpError."""
    python = root / ".venv/bin/python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes")
    run("Installing the installer (uv, pinned)", *pip, "--requirement", BOOTSTRAP_LOCK, cwd=root)
    sync = (
        python,
        "-m",
        "uv",
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--compile-bytecode",
        "--python",
        python,
        LOCK,
    )
    try:
        run("Installing the locked packages", *sync, cwd=root)
    except SetUpError:
        # uv does not read pip's configuration, where institutions name their mirror; the hashes are the same.
        run("Installing the locked packages with pip instead", *pip, "--requirement", LOCK, cwd=root)


def set_up(root: Path) -> None:
    """Bring .venv to the state of the locks. Raises SetUpError."""
    with turn(root):
        remove_broken(root)
        if is_ready(root):
            return
        environment = root / ".venv"
        environment.mkdir(exist_ok=True)
        unfinished(root).touch()
        for old in environment.glob(".installed-*"):
            old.unlink()
        if not (environment / "pyvenv.cfg").exists():
            run(
                f"Making .venv with Python {sys.version.split()[0]}",
                sys.executable,
                "-m",
                "venv",
                ".venv",
                cwd=root,
            )
        install(root)
        stamp(root).touch()
        unfinished(root).unlink()
        print("Set-up is complete; it is not done again until a lock changes.", flush=True)


def main() -> int:
    """Set up, or with --check only say (by the exit status) whether that is needed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 0 when nothing needs to be done, 1 otherwise")
    if parser.parse_args().check:
        return 0 if is_ready(ROOT) else 1
    try:
        set_up(ROOT)
    except (SetUpError, OSError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up was interrupted; the next make repairs it.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
