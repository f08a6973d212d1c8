#!/usr/bin/env bash
# Say where the engine's environment is: outputs `python`, and `venv` where it is to be made, in a folder that is new.
set -euo pipefail

say() { # NAME VALUE: a random delimiter, so that no value can end it
    local end
    end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >> "$GITHUB_OUTPUT"
}

if [[ -n "${GIVEN_PYTHON:-}" ]]; then
    say python "$GIVEN_PYTHON"
    exit 0
fi
venv="$(mktemp -d "$RUNNER_TEMP/policykit-XXXXXXXXXX")/venv"
say venv "$venv"
say python "$venv/bin/python"
