#!/usr/bin/env bash
# Say where the engine's environment is, or is to be made: outputs `python`, and `venv` and `key` where it is to be made.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

say() { # NAME VALUE: a random delimiter, so that no value can end it
    local end
    end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >> "$GITHUB_OUTPUT"
}

if [[ -n "${GIVEN_PYTHON:-}" ]]; then
    say python "$GIVEN_PYTHON"
    exit 0
fi
wanted=$(sha256sum -- "$here/../requirements/run.txt" | cut -d ' ' -f 1)
version=$("$SET_UP_PYTHON" -I -c 'import platform; print(platform.python_version())')
venv="$RUNNER_TEMP/policykit-venv"
say venv "$venv"
say python "$venv/bin/python"
say key "policykit-${RUNNER_OS:-any}-${RUNNER_ARCH:-any}-$version-$wanted"
