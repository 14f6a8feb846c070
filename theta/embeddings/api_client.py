"""A client of a server that speaks the OpenAI protocol, and what its errors mean."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from theta.errors import InvalidOption, ThetaError
from theta.libraries import load_library

_RETRIES = 6
_TIMEOUT_SECONDS = 120.0
_REACHED_SECONDS = 10.0

REQUESTS_AT_ONCE = 8
"""Questions to a language model that are asked at the same time."""

_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True)
class ApiServer:
    """A server and the model that it runs.

    Attributes
    ----------
    url : str
    model : str
    key_env : str, optional
        Environment variable that holds the key.
    flags : str
        What the flags of URL and key begin with: ``--embedding_api`` or ``--coder_api``.
    model_flag : str
    """

    url: str
    model: str
    key_env: str | None
    flags: str
    model_flag: str

    def connect(self) -> Any:
        """Return a client, which retries with backoff; see also `reach`.

        Raises
        ------
        InvalidOption
            If the address is not a URL, or the variable that should hold the key is not set.
        ThetaError
            If the client is not installed.
        """
        if not _is_url(self.url):
            raise InvalidOption(
                f"{self.flags}_base {self.url} is not a URL: it begins with http:// or https:// "
                "and usually ends in /v1"
            )
        missing = f"{self.flags}_base needs a package: pip install 'theta-topics[api]'"
        openai = load_library("openai", ThetaError(missing))
        # A key is only sent where it was named: never the one in OPENAI_API_KEY by itself.
        key = self._key() or "none"
        # Texts go where the user was told that they go, and nowhere else.
        http = openai.DefaultHttpxClient(follow_redirects=False, timeout=_TIMEOUT_SECONDS)
        return openai.OpenAI(base_url=self.url, api_key=key, max_retries=_RETRIES, http_client=http)

    def reach(self, client: Any) -> None:
        """Make a first connection: with retries it takes 20 seconds to see that nobody listens.

        Raises
        ------
        ThetaError
            If no connection can be made.
        """
        import openai

        once = client.with_options(max_retries=0, timeout=_REACHED_SECONDS)
        try:
            # Closed at once, for a server that serves one connection at a time.
            once.models.with_raw_response.list(extra_headers={"Connection": "close"})
        except (openai.APIStatusError, openai.APITimeoutError):
            pass  # There is a server; what it makes of a question, the first one shows.
        except openai.APIConnectionError as error:
            raise ThetaError(
                f"{self.url} cannot be reached: {one_line(error)}; check {self.flags}_base and "
                "whether the server runs"
            ) from error

    def failure(self, error: Exception, what_failed: str) -> ThetaError:
        """Return the error that explains why a request failed.

        Parameters
        ----------
        error : openai.OpenAIError
        what_failed : str
            As in ``did not embed 3 texts``.
        """
        status = getattr(error, "status_code", None)
        message = f"{self.url} {what_failed}: {one_line(error)}"
        if status in (401, 403):
            which = (
                f"the key in {self.key_env} is not accepted" if self.key_env else "a key is needed"
            )
            return InvalidOption(f"{message}; {which}: {self.flags}_key_env NAME")
        if status == 404:
            return InvalidOption(
                f"{message}; check {self.flags}_base (it usually ends in /v1) and "
                f"{self.model_flag} {self.model}"
            )
        if status is not None and 300 <= status < 400:
            target = error.response.headers.get("location", "another address")  # type: ignore[attr-defined]
            return InvalidOption(
                f"{message}; it redirects to {target}, which is not followed: name the address "
                f"that is meant with {self.flags}_base"
            )
        return ThetaError(message)

    def _key(self) -> str | None:
        if self.key_env is None:
            return None
        key = os.environ.get(self.key_env)
        if not key:
            raise InvalidOption(
                f"{self.flags}_key_env {self.key_env}: this environment variable is not set"
            )
        return key


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(text.split()) == 1


class Chat:
    """Questions to a language model on a server, each answered by itself.

    Parameters
    ----------
    server : ApiServer

    Raises
    ------
    InvalidOption, ThetaError
        As `ApiServer.connect`.
    """

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._client = server.connect()
        self._failure: ThetaError | None = None
        self._first = Lock()
        self._reached = False

    def ask(self, question: str) -> str:
        """Return the answer to a question.

        After a failed request, which the client has retried, no further one is sent.

        Raises
        ------
        ThetaError
            If this request or an earlier one failed.
        """
        import openai

        self._reach()
        if self._failure is not None:
            raise self._failure
        try:
            answer = self._client.chat.completions.create(
                model=self._server.model,
                messages=[{"role": "user", "content": question}],
                temperature=0,
            )
        except openai.OpenAIError as error:
            self._failure = self._server.failure(error, "did not answer a question")
            raise self._failure from error
        except ValueError as error:
            raise self._misunderstood(f"something that is not JSON ({one_line(error)})") from error
        content = _content(answer)
        if content is None:
            raise self._misunderstood(repr(" ".join(str(answer).split())[:200]))
        # JSON can hold half of a surrogate pair, which no file can.
        return content.encode("utf-8", "replace").decode("utf-8")

    def _reach(self) -> None:
        """Reach the server before the first question, of several that are asked at once."""
        with self._first:
            if self._reached:
                return
            self._reached = True
            try:
                self._server.reach(self._client)
            except ThetaError as error:
                self._failure = error

    def _misunderstood(self, said: str) -> ThetaError:
        self._failure = ThetaError(
            f"{self._server.url} did not answer in the OpenAI chat protocol, but with "
            f"{said}; check {self._server.flags}_base (it usually ends in /v1)"
        )
        return self._failure


def _content(answer: Any) -> str | None:
    """Return what a model answered, empty if it said nothing; None if it is no answer.

    The client does not check what a server sends.
    """
    choices = getattr(answer, "choices", None)
    first = choices[0] if isinstance(choices, list) and choices else None
    message: Any = getattr(first, "message", None)
    if not hasattr(message, "content"):
        return None
    content = "" if message.content is None else message.content
    return content if isinstance(content, str) else None


def without_thoughts(answer: str) -> str:
    """Return an answer without what the model thought aloud."""
    return _THOUGHTS.sub(" ", answer).strip()


def one_line(error: BaseException) -> str:
    """Return the message of an error and of its cause in one line.

    The client itself says only "Connection error.".
    """
    said = " ".join(str(error).split())
    cause = " ".join(str(error.__cause__ or "").split())
    return f"{said} ({cause})" if cause and cause not in said else said
