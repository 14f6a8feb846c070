"""A server on the loopback that speaks the OpenAI chat protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer(ThreadingHTTPServer):
    """Answers each question with what `reply` returns for it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.questions: list[str] = []
        self.keys: list[str | None] = []
        self.reply: Callable[[str], str] = lambda question: "A"
        self.status: Callable[[str], int] = lambda question: 200
        self.body: bytes | None = None
        self.location: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions"
        (message,) = body["messages"]
        question = message["content"]
        self.server.keys.append(self.headers.get("Authorization"))
        self.server.questions.append(question)
        status = self.server.status(question)
        if status != 200:
            self.answer(status, {"error": {"message": "not today"}})
            return
        content = {"role": "assistant", "content": self.server.reply(question)}
        choice = {"index": 0, "finish_reason": "stop", "message": content}
        whole = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        self.answer(200, self.server.body or {**whole, "choices": [choice]})

    def answer(self, status: int, value: Any) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if self.server.location is not None:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[ChatServer]:
    """Yield a server that answers."""
    with ChatServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
