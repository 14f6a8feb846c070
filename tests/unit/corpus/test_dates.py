from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.corpus.date_order import DateOrder, OrderFinder
from theta.corpus.dates import UnreadDates, parse_date
from theta.errors import InvalidOption


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2019", "2019-01-01"),
        ("2019.0", "2019-01-01"),  # a year that a spreadsheet took for a number
        ("2019-07", "2019-07-01"),
        ("2019-07-04", "2019-07-04"),
        ("2019-7-4", "2019-07-04"),
        ("2019/07/04", "2019-07-04"),
        ("2019.07.04", "2019-07-04"),
        ("20190704", "2019-07-04"),
        ("2019-07-04T23:59:00+02:00", "2019-07-04"),
        ("2019-07-04 10:11:12.5", "2019-07-04"),
        ("4 July 2019", "2019-07-04"),
        ("July 4, 2019", "2019-07-04"),
        ("Thu, 04 Jul 2019 10:00:00 GMT", "2019-07-04"),
        ("July 2019", "2019-07-01"),
        ("2019-Q3", "2019-07-01"),
        ("2019 q1", "2019-01-01"),
        ("Q4 2019", "2019-10-01"),
        ("2019年7月4日", "2019-07-04"),
        ("2019年7月", "2019-07-01"),
        ("1562198400", "2019-07-04"),  # 18,081 days of 86,400 s after 1970-01-01
        ("1562198400000", "2019-07-04"),
        ("07/04/2019", "2019-07-04"),
    ],
)
def test_dates_are_read(written: str, iso: str) -> None:
    assert parse_date(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "2019-13-01",
        "2019-02-30",
        "July",
        "Monday",
        "10:30",
        "0000",
        "99",
        "4",
        "2019-Q5",
        "44197",
        "März 2021",
    ],
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert parse_date(written) is None


def found(values: list[str], asked: str = "auto") -> DateOrder:
    finder = OrderFinder()
    finder.add("a.csv", range(2, len(values) + 2), values)
    return finder.decide("date", asked)


def decided(values: list[str], asked: str = "auto") -> tuple[str, list[str]]:
    order, _, notes = found(values, asked)
    return order, notes


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["03/05/2020", "25/05/2020"], "dmy"),
        (["03/05/2020", "05/25/2020"], "mdy"),
        (["03.05.2020"], "dmy"),  # dots name the day first
        (["3-4-21", "31-4-21", "30-4-21"], "dmy"),  # the 31st of April is no date, and no evidence
        (["99/05/31", "98/12/02"], "ymd"),
        (["2020-05-03", "May 2020", "soon", ""], "mdy"),  # nothing to decide
        (["01/01/2021", "02/02/2021"], "mdy"),  # the same day in any order
        (["13/04/2021 10:30", "01/02/2021 08:00"], "dmy"),
    ],
)
def test_the_order_of_a_column_is_found_without_a_word(values: list[str], order: str) -> None:
    assert decided(values) == (order, [])


def test_one_order_for_the_whole_column_whatever_comes_first() -> None:
    order, notes = decided(["05/01/2021"] * 20_000 + ["13/01/2021"])
    assert (order, notes) == ("dmy", [])


def test_the_order_that_was_found_is_told_with_the_date_that_shows_it() -> None:
    how = found(["05/01/2021", "13/01/2021", "14/02/2021"]).how
    assert how == "day first, as '13/01/2021' (a.csv, line 3) shows"
    assert found(["05/01/2021"]).how == ""  # nothing shows it: a warning says so
    assert found(["13/01/2021"], "dmy").how == ""  # the user knows


def test_an_order_that_nothing_shows_is_reported_with_both_readings() -> None:
    order, (note,) = decided(["2019", "05/01/2021", "06/02/2021"])
    assert order == "mdy"
    assert "'05/01/2021' (a.csv, line 3)" in note
    assert "2021-01-05 (day first: --date_order dmy)" in note
    assert "2021-05-01 (month first: --date_order mdy)" in note
    assert note.endswith("reading them month first")


def test_dates_without_a_common_order_are_refused_with_their_lines() -> None:
    with pytest.raises(InvalidOption) as caught:
        decided(["01/02/2021", "13/04/2021", "06/25/2021"])
    message = str(caught.value)
    assert "'13/04/2021' (a.csv, line 3) and '06/25/2021' (a.csv, line 4)" in message
    assert "--date_order dmy" in message


def test_dates_that_do_not_fit_the_order_asked_for_are_counted() -> None:
    order, (note,) = decided(["01/02/2021", "13/04/2021", "06/25/2021", "12/31/2021"], "dmy")
    assert order == "dmy"
    assert note.startswith("2 dates in the column 'date' cannot be read day first")
    assert "'06/25/2021' (a.csv, line 4)" in note
    assert decided(["05/01/2021"], "mdy") == ("mdy", [])


@pytest.mark.parametrize(
    ("written", "order", "iso"),
    [
        ("03/05/2020", "dmy", "2020-05-03"),
        ("03/05/2020", "mdy", "2020-03-05"),
        ("13/05/2020", "mdy", None),  # never read in another order than the column's
        ("03/05/2020", "ymd", None),
        ("03/05/20", "ymd", "2003-05-20"),
        ("3.5.68", "dmy", "2068-05-03"),
        ("3.5.69", "dmy", "1969-05-03"),
        ("03 / 05 / 2020", "dmy", "2020-05-03"),
        ("13/04/2021 10:30 PM", "dmy", "2021-04-13"),
        ("2020-05-03", "dmy", "2020-05-03"),
    ],
)
def test_dates_are_read_in_the_order_of_their_column(
    written: str, order: str, iso: str | None
) -> None:
    assert parse_date(written, order) == iso


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(written: str) -> None:
    found = parse_date(written)
    assert found is None or parse_date(found) == found


@given(st.dates())
def test_iso_dates_come_back(day) -> None:
    assert parse_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    ("written", "n", "fix"),
    [
        (["März 2021", "2021", None, "Juni 2021"], 2, "write them as 2021, 2021-Q1, 2021-03"),
        (["44197", "44228.5", "soon"], 3, "look like the day numbers of Excel"),
        (["13/14/2021"], 1, "write them as"),
        (["2021-03", None], 0, ""),
        (["06/25/2021"], 0, ""),  # reported with the order of the column
    ],
)
def test_unread_dates_are_named_with_the_way_out(written: list, n: int, fix: str) -> None:
    days = [None if value is None else parse_date(value, "dmy") for value in written]
    # In two parts, the later one first.
    unread = UnreadDates()
    for part in (slice(1, None), slice(0, 1)):
        table = {"line": range(2, 2 + len(written))[part], "time": written[part]}
        table["file"] = ["a.csv"] * len(table["time"])
        counted = UnreadDates()
        counted.add(table, range(len(written))[part], days[part])
        unread += counted
    notes = unread.notes("date", 19)
    assert len(notes) == bool(n)
    if notes:
        first = f"{n} dates in the column 'date' cannot be read, the first is {written[0]!r}"
        assert notes[0].startswith(f"{first} (a.csv, line 2)")
        assert fix in notes[0]
