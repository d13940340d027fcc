"""A publisher on loopback for tests of downloads: answers as it is told to, misbehaves as it is told to, and remembers.

It does what the shared mirror server does not: pages, redirects, forms, validators, dripping headers, bodies without
end or of another length than announced.
"""

import http.server
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came in. query: its parameters, question: as it came. fields: of a form. headers: names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    fields: dict[str, str]
    at: float
    question: str


@dataclass(frozen=True)
class Reply:
    """What is answered. length: announced bytes, None for the true number, -1 for none. ways: see `_send`."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    ways: str = ""
    ranged: bool = False


Answer = Reply | Callable[[Asked], Reply]


class Publisher:
    """with Publisher() as publisher: publisher.put("/host/a.csv", Reply(b"..."), ...); the last answer is repeated.

    folder: files that answer where nothing was put, as a mirror has them: host/path, or host/path@query.
    """

    def __init__(self, folder: Path | None = None, ways: str = "") -> None:
        self.folder, self.ways = folder, ways
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.busy = self.busiest = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None  # clients that hang up are part of the tests

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Publisher":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def count(self, path: str | None = None) -> int:
        with self.lock:
            return sum(path in (None, one.path) for one in self.asked)

    def next_answer(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            queue = self.answers.get(asked.path) or [self._file(asked)]
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return answer if isinstance(answer, Reply) else answer(asked)

    def _file(self, asked: Asked) -> Reply:
        if self.folder is not None:
            path = self.folder / asked.path.lstrip("/")
            own = path.with_name(path.name + "@" + quote(asked.question, safe=""))
            for one in (own, path):
                if len(one.name) < 256 and one.is_file():
                    return Reply(one.read_bytes(), ways=self.ways)
        return Reply(b"not found", 404)


def _handler(publisher: Publisher) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length", 0))
            fields = {name: values[0] for name, values in parse_qs(self.rfile.read(size).decode()).items()}
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, unquote(parts.path), query, headers, fields, time.monotonic(), parts.query)
            with publisher.lock:
                publisher.busy += 1
                publisher.busiest = max(publisher.busiest, publisher.busy)
            try:
                with suppress(OSError):
                    self._send(publisher.next_answer(asked), headers)
            finally:
                with publisher.lock:
                    publisher.busy -= 1

        def _send(self, reply: Reply, headers: dict[str, str]) -> None:
            if reply.ways == "reset":
                self.close_connection = True
                return self.connection.close()
            if reply.ways == "slow":
                time.sleep(0.05)
            status, body, extra = reply.status, reply.body, dict(reply.headers)
            wanted = headers.get("range", "")
            same = headers.get("if-range") in (None, extra.get("ETag"), extra.get("Last-Modified"))
            if reply.ranged and wanted and same:
                first = int(wanted.removeprefix("bytes=").partition("-")[0])
                status = 206
                extra.setdefault("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
                body = body[first:]
            if reply.ways == "drip_head":
                return self._drip()
            self.send_response_only(status)
            for name, value in extra.items():
                self.send_header(name, value)
            if reply.length != -1:
                self.send_header("Content-Length", str(len(body) if reply.length is None else reply.length))
            self.end_headers()
            self._send_body(reply, body)
            if reply.length is not None:
                self.close_connection = True

        def _drip(self) -> None:
            """A header that never ends, a byte at a time: no read of the client is ever silent for long."""
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(400):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.02)

        def _send_body(self, reply: Reply, body: bytes) -> None:
            if reply.ways in ("cut", "stall"):
                self.close_connection = True
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                if reply.ways == "stall":
                    time.sleep(2)
                return
            if reply.ways == "trickle":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.02)
                return
            if reply.ways == "endless":
                while True:
                    self.wfile.write(b"a,b\n" * 4096)
                return
            self.wfile.write(body)

    return Handler
