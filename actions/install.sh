#!/usr/bin/env bash
# Make the engine's environment, always a new one: what requirements/run.txt names, each file by its hash, and none built here.
#
# Nothing is brought back from a cache, not even by its hash: whoever may save one, as the code of the team may in a job beside
# this, decides what unpacking it writes, and where. Of pip's settings, only those of the machine (/etc/pip.conf) and the address
# to fetch from count: what comes from there is held against its hash.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
wanted="$here/../requirements/run.txt"

# What is installed needs no key: the one named for signing is not shown to it.
if [[ "${SIGN:-}" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then unset -v "$SIGN"; fi

from=()
if [[ -n "${PIP_INDEX_URL:-}" ]]; then from+=("--index-url=$PIP_INDEX_URL"); fi
if [[ -n "${PIP_CERT:-}" ]]; then from+=("--cert=$PIP_CERT"); fi
if [[ -n "${PIP_PROXY:-}" ]]; then from+=("--proxy=$PIP_PROXY"); fi
for name in "${!PIP_@}" "${!PYTHON@}"; do unset -v "$name"; done

rm -rf -- "$VENV"
"$SET_UP_PYTHON" -I -m venv -- "$VENV"
"$VENV/bin/python" -I -m pip --isolated install --quiet --disable-pip-version-check --no-input --no-cache-dir \
    ${from[@]+"${from[@]}"} --no-deps --require-hashes --only-binary :all: -r "$wanted"
echo "installed what policykit needs"
