"""The server that refuses everything, and the guard that keeps a probe on this machine."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

# What the server answers to everything but `/info`, by the name under which the outcome is recorded.
BODIES: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "error": (403, {"detail": "Forbidden"}),
    "org_error": (403, {"error": "org_scoped_key_requires_workspace"}),
    "auth_error": (401, {"detail": "Invalid token"}),
}
_INGEST: Final = {
    "use_multipart_endpoint": True,
    "size_limit": 100,
    "size_limit_bytes": 20_000_000,
    "scale_up_nthreads_limit": 1,
    "scale_up_qsize_trigger": 1000,
    "scale_down_nempty_trigger": 4,
}
_FLAGS: Final = {"dataset_examples_multipart_enabled": True, "examples_multipart_enabled": True}
# Backends from which the old store is gone; some methods then take another way, with errors of another tree. They have
# an address of their own: a client asks in the background too, and what it hears must not depend on when.
AT_NEW_STORE: Final = "/new-store"
# Here a list of sandboxes is given, with one in it; the sandbox itself refuses like everything else.
AT_BOXES: Final = "/with-boxes"
_NEW_STORE_FLAGS: Final = {**_FLAGS, "ch_query_enabled": False, "sdb_query_enabled": True}


class Refusing(BaseHTTPRequestHandler):
    """Refuses everything but `/info`, and remembers what it was asked last."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: else each answer waits for an acknowledgement
    disable_nagle_algorithm = True
    mode = "error"
    requests = 0
    last_path = ""
    last_headers: Any = None

    def _answer(self) -> None:
        self._drain()
        status: int
        body: dict[str, Any]
        if self.path.rstrip("/").endswith("/info"):
            flags = _NEW_STORE_FLAGS if self.path.startswith(AT_NEW_STORE) else _FLAGS
            status, body = (
                200,
                {"version": "0.13.5", "batch_ingest_config": _INGEST, "instance_flags": flags},
            )
        elif (
            self.command == "GET"
            and self.path.startswith(AT_BOXES)
            and self.path.endswith("/boxes")
        ):
            status, body = 200, {"sandboxes": [self._box()]}
        else:
            Refusing.requests += 1
            Refusing.last_path, Refusing.last_headers = self.path, dict(self.headers.items())
            status, body = BODIES[Refusing.mode]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _box(self) -> dict[str, str]:
        return {
            "name": "box",
            "id": "box",
            "status": "ready",
            "dataplane_url": f"http://{self.headers['Host']}",
        }

    def _drain(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        elif self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                size = int(self.rfile.readline().strip() or b"0", 16)
                self.rfile.read(size + 2)
                if not size:
                    break

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing is logged."""


def server() -> ThreadingHTTPServer:
    """A refusing server on a free port of loopback."""
    return ThreadingHTTPServer(("127.0.0.1", 0), Refusing)


class OtherHostError(Exception):
    """The SDK tried to reach a host other than this machine."""


def guard_network() -> None:
    """Make every look-up and connection that is not to loopback fail."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in {"127.0.0.1", "localhost", "::1", None}:
            raise OtherHostError(str(host))
        return resolve(host, *args, **kwargs)

    def guarded_connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise OtherHostError(str(address[0]))
        return connect(self, address)

    socket.getaddrinfo = guarded_resolve
    setattr(socket.socket, "connect", guarded_connect)  # noqa: B010 - mypy forbids the plain assignment


def hurry() -> None:
    """Retries count, their pauses do not."""
    pause = time.sleep
    time.sleep = lambda seconds: pause(min(float(seconds), 0.002))
    wait = asyncio.sleep

    async def short(delay: float, result: Any = None) -> Any:
        return await wait(min(delay, 0.002), result)

    asyncio.sleep = short
