"""Servers on the loopback that a message can be told to: one that speaks HTTP, one that speaks SMTP, and some that misbehave."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """What a server was told, and where it listens."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def http(answer: int = 200, location: str = "") -> Iterator[Heard]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.paths.append(self.path)
            heard.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(answer)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield heard
        server.shutdown()


@contextmanager
def smtp(*, accepts: bool = True) -> Iterator[Heard]:
    """Speak as much SMTP as a client needs; not `accepts`: refuse the password."""
    heard = Heard()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                heard.paths.append(line.decode().strip())
                match word:
                    case b"EHLO":
                        self.wfile.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
                    case b"AUTH":
                        self.wfile.write(b"235 ok\r\n" if accepts else b"535 no\r\n")
                    case b"DATA":
                        self.wfile.write(b"354 go\r\n")
                        lines = []
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            lines.append(part)
                        heard.bodies.append(b"".join(lines))
                        self.wfile.write(b"250 ok\r\n")
                    case b"QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    case _:
                        self.wfile.write(b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        heard.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield heard
        server.shutdown()


@contextmanager
def silent(*, drips: bool = False) -> Iterator[Heard]:
    """Accept and never answer; `drips`: answer a byte at a time, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            kept.append(connection)
            if drips:
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

    def drip(connection: socket.socket) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not over.is_set():
                connection.sendall(b".")
                time.sleep(0.05)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    yield Heard(listening.getsockname()[1])
    over.set()
    for each in (listening, *kept):
        each.close()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
