#!/usr/bin/env bash
# Format, lint, types and the default tests. Arguments go to pytest: scripts/test.sh -m slow
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=scripts/environment.sh
source "$here/environment.sh" test
cd "$root"
ruff format --check --quiet .
ruff check --quiet .
mypy --no-error-summary
python -m pytest "$@"
