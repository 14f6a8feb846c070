"""python -m theta.corpus.clean: remove markup and other noise from texts."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import print_result, run_command
from theta.cli.start import start
from theta.corpus.clean_files import clean_files
from theta.errors import InvalidOption
from theta.options.clean import CleanOptions

DESCRIPTION = "Remove HTML, URLs, e-mail addresses and control characters; repair broken encoding."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, CleanOptions)
    if options.input is None or options.output is None:
        raise InvalidOption("--input and --output are both needed: --input PATH --output PATH")
    report = clean_files(options.input, options.output, options.language, options.text_column)
    for path in report.written:
        print_result(f"wrote {path}")
    print_result(
        f"{report.documents:,} documents: {report.changed:,} changed, {report.emptied:,} became "
        f"empty; {report.language}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
