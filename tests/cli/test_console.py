"""Tables on the console."""

from theta.cli.console import format_table, split_columns


def test_a_wide_table_goes_on_below_with_its_first_column():
    columns = [["run", "a"], ["TD", "0.5"], ["NPMI", "0.25"], ["seconds", "1"]]
    blocks = split_columns(columns, 16)
    assert [[column[0] for column in block] for block in blocks] == [
        ["run", "TD", "NPMI"],
        ["run", "seconds"],
    ]
    lines = [
        line
        for block in blocks
        for line in format_table(list(zip(*block, strict=True))).splitlines()
    ]
    assert max(map(len, lines)) <= 16
    assert split_columns(columns, 99) == [columns]


def test_a_column_that_is_too_wide_stands_alone():
    blocks = split_columns([["run"], ["x" * 50], ["y"]], 20)
    assert [len(block) for block in blocks] == [2, 2]
