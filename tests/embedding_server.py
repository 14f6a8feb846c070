"""A server on the loopback that speaks the OpenAI embeddings protocol."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from theta.embeddings.api import PROBES

DIM = 6


def vector_of(text: str) -> list[float]:
    """What the server answers: not of unit length, another one for each text."""
    return [float(len(text)), 1.0, *(float(ord(letter)) for letter in f"{text:4.4}")]


class Server(ThreadingHTTPServer):
    """Speaks the OpenAI embeddings protocol on the loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.failures_left = 0
        self.status_of_failure = 503
        self.answer: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda rows: rows
        self.refused: Callable[[list[str]], tuple[int, str] | None] = lambda texts: None
        self.body: bytes | None = None
        self.vector_of: Callable[[str, list[str]], list[float]] = lambda text, _: vector_of(text)

    @property
    def texts(self) -> list[str]:
        """All texts that it has embedded, without those of the check before the first shard."""
        sent = [text for request in self.requests for text in request["input"]]
        return [text for text in sent if text not in PROBES]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.append(self.headers.get("Authorization"))
        if self.server.failures_left > 0:
            self.server.failures_left -= 1
            self.reply(self.server.status_of_failure, {"error": {"message": "too long a text"}})
            return
        assert self.path == "/v1/embeddings"
        if self.server.body is not None:
            self.reply(200, self.server.body)
            return
        refusal = self.server.refused(body["input"])
        if refusal is not None:
            self.reply(refusal[0], {"error": {"message": refusal[1]}})
            return
        self.server.requests.append(body)
        rows = [{"object": "embedding", "index": i,
                 "embedding": self.server.vector_of(text, body["input"])}
                for i, text in enumerate(body["input"])]  # fmt: skip
        # The protocol gives each vector an index; the order is not promised.
        data = self.server.answer(rows[::-1])
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self.reply(200, {"object": "list", "model": body["model"], "data": data, "usage": usage})

    def reply(self, status: int, value: Any) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        kind = "text/html" if content.startswith(b"<") else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass
