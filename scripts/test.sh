#!/usr/bin/env bash
# Format, lint, types and the default tests. Arguments go to pytest: scripts/test.sh -m slow
# The tests run in a process per core, four at most; -n 0 runs them in one. Each computes in one
# thread (tests/conftest.py). No test at all is a failure: pytest then ends with 5.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=scripts/environment.sh
source "$here/environment.sh" test
cd "$root"
ruff format --check --quiet .
ruff check --quiet .
mypy --no-error-summary
python -m pytest -n auto --maxprocesses 4 --dist worksteal "$@"
