"""Sessions that keep nothing between requests and whose connections cannot be held open by dripping headers."""

import socket
import threading
import weakref
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_connected: "weakref.WeakSet[_Watched]" = weakref.WeakSet()
_lock = threading.Lock()


class _Watched:
    """A read timeout starts anew with every byte; here the whole head of an answer must come within it."""

    def connect(self) -> None:
        super().connect()
        with _lock:
            _connected.add(self)

    def getresponse(self) -> Any:
        late = threading.Event()
        watch = threading.Timer(self.timeout, lambda sock: (late.set(), _cut(sock)), [self.sock])
        watch.daemon = True
        watch.start()
        try:
            response = super().getresponse()
        except Exception:
            if late.is_set():
                raise TimeoutError("timed out") from None
            raise
        finally:
            watch.cancel()
        if late.is_set():  # half a head reads like a whole one
            raise TimeoutError("timed out")
        return response


def cut_all() -> None:
    """End every request that is under way: who waits for an answer need not wait any longer."""
    with _lock:
        sockets = [connection.sock for connection in _connected]
    for sock in sockets:
        if sock is not None:
            _cut(sock)


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _PlainConnection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, *_: Any) -> None:
        """Nothing is kept."""


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _no_target(_: requests.Response) -> None:
    """Redirects are our own business: requests would read their bodies to the end, and stumble over bad ones."""


def open_session(user_agent: str, connections: int, proxies: bool) -> requests.Session:
    """A session without cookies and without credentials from the user's netrc.

    connections: how many are kept open per host. proxies: whether those of the environment are used.
    """
    session = requests.Session()
    session.headers.clear()
    # Compressed answers have lengths that cannot be compared and cannot be resumed.
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
    session.cookies = _NoCookies()
    session.auth = _no_credentials
    session.get_redirect_target = _no_target
    session.trust_env = proxies
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_connections=32, pool_maxsize=connections, max_retries=0))
    return session
