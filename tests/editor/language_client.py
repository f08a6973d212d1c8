"""An editor, as far as a language server sees one: JSON-RPC framed by hand over the pipes of a real process."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).parents[2]


class Session:
    """One server in a process of its own; every wait has an end."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "policykit", "lsp", *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        )
        self.next = 0
        self.told: list[dict[str, Any]] = []
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        assert self.process.stdout is not None
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()

    def _listen(self, stream: BinaryIO) -> None:
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                return
            self.heard.put(json.loads(stream.read(length)))

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def ask(self, method: str, params: Any = None) -> Any:
        """Return the result of a request; what the server says unasked meanwhile is kept in `told`."""
        self.next += 1
        self.send({"id": self.next, "method": method, "params": params})
        while True:
            found = self.heard.get(timeout=20)
            if found.get("id") == self.next and "method" not in found:
                assert "error" not in found, found
                return found["result"]
            self.told.append(found)

    def say(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params if params is not None else {}})

    def problems(self, version: int) -> list[dict[str, Any]]:
        """Return the diagnostics of this version of the document, once they are published."""
        while True:
            for message in self.told:
                params = message.get("params", {})
                if message.get("method") == "textDocument/publishDiagnostics" and params.get("version") == version:
                    return list(params["diagnostics"])
            self.told.append(self.heard.get(timeout=20))

    def start(self) -> dict[str, Any]:
        found = self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.say("initialized")
        return dict(found["capabilities"])

    def open(self, uri: str, text: str) -> None:
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.say("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, text: str) -> None:
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
        self.say("textDocument/didChange", params)

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        position = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position})

    def end(self) -> int:
        """Shut down as editors do; return how the process ended."""
        assert self.ask("shutdown") is None
        self.say("exit")
        return self.process.wait(timeout=20)
