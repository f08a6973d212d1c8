#!/usr/bin/env bash
# Make the engine's environment, always a new one: what a list in requirements/ names, each file by its hash, and none built here.
# The lists are run.txt and, to tell people, notify.txt; with NEEDS=verify it is verify.txt, which is enough to verify and to lint.
#
# Nothing is brought back from a cache, not even by its hash: whoever may save one, as the code of the team may in a job beside
# this, decides what unpacking it writes, and where. Of pip's settings, only those of the machine (/etc/pip.conf) and the address
# to fetch from count: what comes from there is held against its hash.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
lists="$here/../requirements"
case "${NEEDS:-run}" in
    run) wanted=(-r "$lists/run.txt" -r "$lists/notify.txt") ;;
    verify) wanted=(-r "$lists/verify.txt") ;;
    *) echo "install.sh: NEEDS is run or verify" >&2 && exit 2 ;;
esac

# What is installed needs no key: the one named for signing is not shown to it.
if [[ "${SIGN:-}" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then unset -v "$SIGN"; fi
unset -v POLICYKIT_KEY_PASSWORD POLICYKIT_POLICIES_TOKEN POLICYKIT_NOTIFY

from=()
if [[ -n "${PIP_INDEX_URL:-}" ]]; then from+=("--index-url=$PIP_INDEX_URL"); fi
if [[ -n "${PIP_CERT:-}" ]]; then from+=("--cert=$PIP_CERT"); fi
if [[ -n "${PIP_PROXY:-}" ]]; then from+=("--proxy=$PIP_PROXY"); fi
for name in "${!PIP_@}" "${!PYTHON@}"; do unset -v "$name"; done

# Neither pip nor compiled modules are put there: one job imports a small part of what is installed, and once.
rm -rf -- "$VENV"
"$SET_UP_PYTHON" -I -m venv --without-pip -- "$VENV"
"$SET_UP_PYTHON" -I -m pip --python "$VENV/bin/python" --isolated install --quiet --disable-pip-version-check --no-input --no-cache-dir \
    ${from[@]+"${from[@]}"} --no-compile --no-deps --require-hashes --only-binary :all: "${wanted[@]}"
echo "installed what policykit needs"
