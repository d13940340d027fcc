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
from functools import cache
from pathlib import Path


def dry_run(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """`snakemake -n arguments` in a folder, with the environment of this process and what is given."""
    server = _server()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        path = f"/proc/{os.getpid()}/fd/{printed.fileno()}"
        request = {"arguments": ["-n", *arguments], "folder": str(folder), "environment": environment, "output": path}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        printed.seek(0)
        return subprocess.CompletedProcess(["snakemake", "-n", *arguments], code, printed.read(), "")


@cache
def _server() -> subprocess.Popen:
    command = [sys.executable, Path(__file__).resolve()]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def _serve() -> None:
    from snakemake.cli import main

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            gc.disable()  # a short life
            os.environ.update(request["environment"])
            os.chdir(request["folder"])
            output = os.open(request["output"], os.O_WRONLY | os.O_APPEND)
            for stream in (1, 2):
                os.dup2(output, stream)
            sys.argv = ["snakemake", *request["arguments"]]  # the Snakefile reads it
            main(request["arguments"])  # it leaves by sys.exit
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
