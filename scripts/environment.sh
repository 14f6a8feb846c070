# shellcheck shell=bash
# Sourced by the other scripts: an environment with everything that `$1` (extras) needs.
#
# Uses the active virtual environment; without one, makes .venv beside this repository, so that
# a system Python whose pip is closed (Debian, Homebrew) is never touched. A torch that is there
# already, a CUDA build for instance, is left alone.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
extras="${1:?the extras to install, for instance: demo}"
tested_torch="2.13.0"

if [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ]; then
    if [ ! -x "$root/.venv/bin/python" ]; then
        echo "No virtual environment is active: making $root/.venv"
        rm -rf "$root/.venv"
        share=""
        if python3 -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)'; then
            echo "The system has a torch; $root/.venv uses it"
            share="--system-site-packages"
        fi
        # The pip of an older system cannot read the metadata of today's packages.
        # $share is empty or one flag.
        # shellcheck disable=SC2086
        if ! python3 -m venv --upgrade-deps $share "$root/.venv"; then
            rm -rf "$root/.venv"
            echo "error: python3 cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    # shellcheck disable=SC1091
    source "$root/.venv/bin/activate"
fi

python -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "error: THETA needs Python 3.10 or newer; this is $(python --version)" >&2
    exit 1
}

# What was installed last is written into the environment, so a second run costs nothing.
wanted="$extras $(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)"
stamp="$(python -c 'import sys; print(sys.prefix)')/.theta-installed-$(printf %s "$root" | cksum | cut -d' ' -f1)-$extras"
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    if python -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is not None)'; then
        echo "Installing torch $tested_torch"
        python -m pip install --quiet "torch==$tested_torch"
    fi
    echo "Installing THETA and what it needs ($extras)"
    # Twice quiet: errors alone, without the remark of setuptools on editable installations.
    python -m pip install -qq --constraint "$root/constraints.txt" --editable "${root}[$extras]"
    printf %s "$wanted" > "$stamp"
fi
