#!/usr/bin/env bash
# Install what requirements/run.txt names, each file by its hash and none built here; nothing, where a cache brought it back.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
wanted="$here/../requirements/run.txt"

# What is installed needs no key: the one named for signing is not shown to it.
if [[ "${SIGN:-}" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then unset -v "$SIGN"; fi

if [[ -x "$VENV/bin/python" ]] && cmp --silent -- "$wanted" "$VENV/installed.txt"; then
    echo "what policykit needs is in the cache"
    exit 0
fi
rm -rf -- "$VENV"
"$SET_UP_PYTHON" -I -m venv -- "$VENV"
"$VENV/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes --only-binary :all: -r "$wanted"
cp -- "$wanted" "$VENV/installed.txt"
echo "installed what policykit needs"
