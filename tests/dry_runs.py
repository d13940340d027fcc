"""Dry runs of Snakemake without its start: a process that has imported Snakemake forks for each of them.

The import is half of what a dry run of the tiny study takes. Only Snakemake and what it imports is there before the fork:
the Snakefile and the library are read anew every time. Runs that make something are started as a user starts them.
"""

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path


def dry_run(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """`snakemake -n arguments` in a folder; environment: beside that of this process. stdout has both streams."""
    server, arguments = _server(), ["-n", *arguments]
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as printed:
        request = {"arguments": arguments, "folder": str(folder), "environment": os.environ | environment}
        server.stdin.write(json.dumps(request | {"output": printed.name}) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(["snakemake", *arguments], code, printed.read(), "")


@cache
def _server() -> subprocess.Popen:
    command = [sys.executable, Path(__file__).resolve()]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def _serve() -> None:
    from snakemake.cli import main  # in this process only, not in that of the tests

    for line in sys.stdin:
        child = os.fork()
        if not child:
            sys.exit(_run(main, **json.loads(line)))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(main: Callable, arguments: list[str], folder: str, environment: dict[str, str], output: str) -> None:
    """What a new process would do; Snakemake leaves by sys.exit."""
    gc.disable()  # a short life
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, path, mode in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY), (2, output, os.O_WRONLY)):
        os.dup2(os.open(path, mode | os.O_APPEND), stream)
    sys.argv = ["snakemake", *arguments]  # the Snakefile reads it
    main(arguments)


if __name__ == "__main__":
    _serve()
