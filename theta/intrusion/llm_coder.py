"""A language model as a coder, on a server that speaks the OpenAI chat protocol.

It is asked one question at a time, and first those that anybody can answer; see `LlmCoder.check`.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.corpus.read import Wanted, file_source
from theta.embeddings.api_client import REQUESTS_AT_ONCE, ApiServer, Chat, without_thoughts
from theta.errors import InvalidOption, ThetaError
from theta.intrusion.answers import ANSWER, CODER, ID
from theta.intrusion.coder_files import LETTERS
from theta.intrusion.coder_texts import coder_texts
from theta.intrusion.items import Item
from theta.intrusion.kit import ITSELF, Kit
from theta.intrusion.planted import N_PLANTED, planted_items

log = logging.getLogger(__name__)

MARGIN = 0.4
"""A model must find the planted intruders more often than chance by this much: 57 % of them."""

_COLUMNS = (ID, CODER, ANSWER, "reply")

_PROMPTS = {
    "en": "Answer with {choices} only, without any other word.",
    "zh": "只回答 {choices}，不要写别的。",
}
_CHOICES = {
    "en": {True: "one of the numbers 1, 2 and 3", False: "one of the letters A to {last}"},
    "zh": {True: "数字 1、2、3 之一", False: "字母 A 至 {last} 之一"},
}


@dataclass(frozen=True)
class Reply:
    """What the model answered to one item: a letter or a rating, empty if it gave none."""

    answer: str
    text: str


class LlmCoder:
    """A language model that answers items.

    Parameters
    ----------
    server : ApiServer

    Raises
    ------
    ThetaError
        If the client is not installed, or the key is missing.
    """

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._chat = Chat(server)

    def ask(self, items: Sequence[Item], language: str) -> Iterator[Reply | ThetaError]:
        """Yield the reply to each item, in order, or why there is none.

        Parameters
        ----------
        items : sequence of Item
        language : {"en", "zh"}
        """
        with ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="coder") as pool:
            yield from pool.map(lambda item: self._ask_one(item, language), items)

    def _ask_one(self, item: Item, language: str) -> Reply | ThetaError:
        try:
            text = self._chat.ask(prompt(item, language))
        except ThetaError as error:
            return error
        return Reply(read_reply(text, item), " ".join(text.split()))

    def check(self, language: str, seed: int) -> float:
        """Return the share of planted intruders that the model finds.

        Raises
        ------
        ThetaError
            If a request fails, or the share is less than chance and `MARGIN` together.
        """
        items = planted_items(language, seed)
        replies = list(self.ask(items, language))
        failed = next((reply for reply in replies if isinstance(reply, ThetaError)), None)
        if failed is not None:
            raise failed
        found = sum(
            isinstance(reply, Reply) and reply.answer == LETTERS[item.intruder or 0]
            for item, reply in zip(items, replies, strict=True)
        )
        share, chance = found / N_PLANTED, 1 / len(items[0].options)
        if share < chance + MARGIN:
            raise ThetaError(
                f"{self._server.model} found {found} of {N_PLANTED} planted intruders "
                f"({share:.0%}); by chance it is {chance:.0%}, and at least {chance + MARGIN:.0%} "
                "are needed: nothing of the run was sent; choose another model"
            )
        return share


def prompt(item: Item, language: str) -> str:
    """Return an item as a question for a language model."""
    texts = coder_texts(language)
    lines = [texts[f"ask_{item.task}"]]
    if item.text:
        lines += ["", item.text]
    if item.options:
        lines += [""] + [f"{LETTERS[i]}. {option}" for i, option in enumerate(item.options)]
    last = LETTERS[len(item.options) - 1]
    choices = _CHOICES[language][not item.options].format(last=last)
    return "\n".join([*lines, "", _PROMPTS[language].format(choices=choices)])


def read_reply(text: str, item: Item) -> str:
    """Return the letter or rating in a reply; empty if it has none, or several."""
    said = without_thoughts(text)
    possible = LETTERS[: len(item.options)] if item.options else "123"
    # "B", "**b**", "B. pear", "(B) pear"
    alone = re.fullmatch(rf"\W*([{possible}])(\W*|\W*[.):：、].*)", said, re.DOTALL | re.IGNORECASE)
    if alone:
        return alone[1].upper()
    found = set(re.findall(rf"(?<![^\W_])([{possible}])(?![^\W_])", said))
    return found.pop() if len(found) == 1 else ""


def code_with_model(server: ApiServer, kits: Mapping[str, Kit], path: Path) -> None:
    """Let a language model answer the items of some kits and write its answers to a file.

    Answers that the file has are not asked for again. What was answered before a failure is kept.

    Parameters
    ----------
    server : ApiServer
    kits : mapping of str to Kit
    path : Path

    Raises
    ------
    InvalidOption
        If the file is there and is not a file of answers.
    ThetaError
        If the model does not find the planted intruders, or a request fails.
    """
    rows = _read_rows(path)
    waiting = {
        name: [question for question in kit.of_coder(ITSELF) if question.id not in rows]
        for name, kit in kits.items()
    }
    n_items = sum(map(len, waiting.values()))
    if not n_items:
        log.info("%s has the answers of %s to every item; nothing is sent", path, server.model)
        return
    texts = [kits[name].items[q.item] for name, own in waiting.items() for q in own]
    n_documents = sum({"documents": len(i.options), "topics": 1}.get(i.task, 0) for i in texts)
    log.warning(
        "Texts leave this process: %d items with excerpts of %d documents are sent to %s, to be "
        "answered by %s, after %d planted items.",
        n_items,
        n_documents,
        server.url,
        server.model,
        N_PLANTED,
    )
    coder = LlmCoder(server)
    first = kits[next(name for name, own in waiting.items() if own)]
    share = coder.check(first.settings["language"], first.settings["seed"])
    log.info("%s found %.0f %% of the planted intruders", server.model, 100 * share)
    failure: ThetaError | None = None
    for name, questions in waiting.items():
        kit = kits[name]
        replies = coder.ask([kit.items[q.item] for q in questions], kit.settings["language"])
        for question, reply in zip(questions, replies, strict=True):
            if isinstance(reply, Reply):
                rows[question.id] = [question.id, server.model, reply.answer, reply.text]
            else:
                failure = failure or reply
    _write_rows(path, rows)
    if failure is not None:
        raise type(failure)(f"{failure}; the answers so far are in {path}")


def _read_rows(path: Path) -> dict[str, list[str]]:
    """Return the rows of a file of answers that have one, by id; none if there is no file."""
    if not path.exists():
        return {}
    wanted = Wanted(names=frozenset({ID}), surely=True)
    table = file_source(path, wanted).open(wanted)
    if table.columns != _COLUMNS:
        table.close()
        raise InvalidOption(
            f"{path} is not a file of a model's answers (columns {', '.join(_COLUMNS)}): choose "
            "another one with --coder_answers"
        )
    rows = [list(row.values) for row in table.rows if row.values is not None]
    return {row[0]: row for row in rows if row[2]}


def _write_rows(path: Path, rows: Mapping[str, Sequence[str]]) -> None:
    with (
        storage.replacing_file(path) as new,
        new.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle,
    ):
        writer = csv.writer(handle)
        writer.writerow(_COLUMNS)
        writer.writerows([spreadsheet_cell(cell) for cell in row] for row in rows.values())
