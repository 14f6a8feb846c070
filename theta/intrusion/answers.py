"""What coders sent back, checked answer by answer; an answer that cannot count is kept with why."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from theta.corpus.read import Row, Wanted, file_source
from theta.errors import InvalidOption
from theta.i18n import LANGUAGES
from theta.intrusion.coder_files import answers_of
from theta.intrusion.coder_texts import coder_texts
from theta.intrusion.kit import ITSELF, Item, Kit, Question

ID, ANSWER, CODER = "id", "answer", "coder"

_IDS, _ANSWERS = (
    {coder_texts(language)[name].casefold() for language in LANGUAGES} for name in (ID, ANSWER)
)

COUNTED, OPEN, SAME = "counted", "no answer", "the same answer again"
_DIFFERENT = "answered twice, with different answers"
_UNKNOWN_KIT = "of a kit that this run does not have"
_UNKNOWN_ID = "an id that is not in the kit"
_OTHER_TOPICS = "of a kit made for other topics than the run has now"
_NOT_POSSIBLE = "not a possible answer"
_UNREADABLE = "a row that cannot be read"

_EXAMPLES = 3


@dataclass(frozen=True)
class Answer:
    """One row of a coder's file.

    Attributes
    ----------
    file : str
    line : int
    id : str
    text : str
        As written.
    coder : str
        Number of the coder, or the name of a language model.
    item : Item, optional
        None if the id is unknown.
    key : (str, int), optional
        Kit and index of the item.
    choice : int, optional
        Index of the chosen option in the item's own order, or the rating; None if it does not
        count.
    status : str
        `COUNTED`, or why it does not count.
    """

    file: str
    line: int
    id: str
    text: str
    coder: str
    item: Item | None = None
    key: tuple[str, int] | None = None
    choice: int | None = None
    status: str = COUNTED

    @property
    def is_right(self) -> bool:
        """Whether the intruder was found."""
        return self.item is not None and self.choice == self.item.intruder


def read_answers(
    paths: Sequence[Path], kits: Mapping[str, Kit], topics: str
) -> tuple[list[Answer], list[str]]:
    """Return every answer in some files, and one line for each problem of a file or coder.

    A file that cannot be read does not affect the others.

    Parameters
    ----------
    paths : sequence of Path
    kits : mapping of str to Kit
        The kits of the run, by name.
    topics : str
        `Run.topics_checksum` of the run.

    Raises
    ------
    MissingFile
        If a file is not there.
    """
    answers: list[Answer] = []
    unreadable: list[str] = []
    for path in dict.fromkeys(paths):
        try:
            for answer in _read_file(path, kits, topics):
                answers.append(answer)  # noqa: PERF402  (rows before the damage count)
        except InvalidOption as error:
            unreadable.append(str(error))
    answers = _without_repetitions(answers)
    return answers, [*unreadable, *_problems(answers), *_gaps(answers, kits)]


def _read_file(path: Path, kits: Mapping[str, Kit], topics: str) -> Iterator[Answer]:
    wanted = Wanted(names=frozenset(_IDS), surely=True)
    table = file_source(path, wanted).open(wanted)
    columns = {name.strip().casefold(): at for at, name in enumerate(table.columns)}
    places = [
        next((columns[name] for name in names if name in columns), None)
        for names in (_IDS, _ANSWERS)
    ]
    id_at, answer_at = places
    if id_at is None or answer_at is None:
        table.close()
        raise InvalidOption(
            f"{path} is not a coder's file: it needs the columns {ID} and {ANSWER}, and has "
            f"{', '.join(table.columns[:8]) or 'none'}"
        )
    coder_at = columns.get(CODER)
    questions = {q.id: (kit, q) for kit in kits.values() for q in kit.questions}
    for row in table.rows:
        read = _read_row(row, str(path), id_at, answer_at, coder_at)
        if read is not None:
            yield read if read.status != COUNTED else _grade(read, questions, kits, topics)


def _read_row(
    row: Row, file: str, id_at: int, answer_at: int, coder_at: int | None
) -> Answer | None:
    if row.values is None:
        return Answer(file, row.line, "", "", "", status=_UNREADABLE)
    identity, text = row.values[id_at].strip(), row.values[answer_at].strip()
    if not identity and not text:
        return None
    named = row.values[coder_at].strip() if coder_at is not None else ""
    parts = identity.casefold().split("-")
    coder = named or (parts[1] if len(parts) == 3 else "")
    return Answer(file, row.line, identity, text, coder)


def _grade(
    answer: Answer,
    questions: Mapping[str, tuple[Kit, Question]],
    kits: Mapping[str, Kit],
    topics: str,
) -> Answer:
    """Return an answer with its item and choice, or with the reason why it does not count."""
    identity = answer.id.casefold()
    if identity not in questions:
        known = identity.split("-")[0] in kits
        return replace(answer, status=_UNKNOWN_ID if known else _UNKNOWN_KIT)
    kit, question = questions[identity]
    answer = replace(answer, item=kit.items[question.item], key=(kit.name, question.item))
    if kit.topics != topics:
        return replace(answer, status=_OTHER_TOPICS)
    if not answer.text:
        return replace(answer, status=OPEN)
    place = _place(answer.text, kit, question)
    if place is None:
        return replace(answer, status=_NOT_POSSIBLE)
    return replace(answer, choice=question.order[place] if question.order else place + 1)


def _place(text: str, kit: Kit, question: Question) -> int | None:
    """Return which of the possible answers a text is: a letter, a rating, or an option itself."""
    possible = answers_of(question)
    plain = unicodedata.normalize("NFKC", text).strip().strip("().:'\"").upper()
    plain = plain.removesuffix(".0")  # a rating that a spreadsheet has made a decimal number
    if plain in possible:
        return possible.index(plain)
    options = [kit.items[question.item].options[i].casefold() for i in question.order]
    written = text.strip().casefold()
    return options.index(written) if options.count(written) == 1 else None


def _without_repetitions(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers; of those that a coder gave to one item, equal ones count once."""
    choices: dict[tuple[object, str], list[int]] = {}
    for answer in answers:
        if answer.choice is not None:
            choices.setdefault((answer.key, answer.coder), []).append(answer.choice)
    seen: set[tuple[object, str]] = set()
    kept = []
    for answer in answers:
        who = (answer.key, answer.coder)
        if answer.choice is not None and len(set(choices[who])) > 1:
            answer = replace(answer, choice=None, status=_DIFFERENT)
        elif answer.choice is not None and who in seen:
            answer = replace(answer, choice=None, status=SAME)
        seen.add(who) if answer.choice is not None else None
        kept.append(answer)
    # An empty row of a file is no gap if another file has the answer.
    return [
        replace(answer, status=SAME)
        if answer.status == OPEN and (answer.key, answer.coder) in seen
        else answer
        for answer in kept
    ]


_ADVICE = {
    OPEN: "they count as missing",
    SAME: "each counts once",
    _DIFFERENT: "none of them counts; delete the wrong one",
    _UNKNOWN_KIT: "score them with the run that they were made for",
    _UNKNOWN_ID: "restore the ids from the coder's file in the kit",
    _OTHER_TOPICS: "make a new kit",
    _NOT_POSSIBLE: "write one of the letters shown, or 1, 2 or 3 for a rating",
    _UNREADABLE: "save the file as CSV again",
}


def _problems(answers: Sequence[Answer]) -> list[str]:
    """Return one line for each file and reason for which answers do not count."""
    counts = Counter((answer.file, answer.status) for answer in answers)
    totals = Counter(answer.file for answer in answers)
    lines = []
    for (file, status), n in counts.items():
        if status == COUNTED:
            continue
        examples = [a for a in answers if (a.file, a.status) == (file, status)][:_EXAMPLES]
        shown = ", ".join(
            f"line {a.line}" + (f" ({a.text!r})" if status == _NOT_POSSIBLE else "")
            for a in examples
        )
        more = ", ..." if n > len(examples) else ""
        lines.append(
            f"{file}: {n} of {totals[file]} rows: {status} ({shown}{more}); {_ADVICE[status]}"
        )
    return lines


def _gaps(answers: Sequence[Answer], kits: Mapping[str, Kit]) -> list[str]:
    """Return one line for each coder of whose questions some are in no file."""
    lines = []
    ids = {answer.id.casefold() for answer in answers}
    for kit in kits.values():
        for coder in sorted({q.coder for q in kit.questions if q.id in ids} - {ITSELF}):
            own = kit.of_coder(coder)
            missing = sum(question.id not in ids for question in own)
            if missing:
                lines.append(
                    f"coder {coder} of kit {kit.name}: {missing} of {len(own)} questions are in no "
                    "file; they count as missing"
                )
    return lines
