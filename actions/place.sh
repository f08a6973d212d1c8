#!/usr/bin/env bash
# Say where the engine's environment is: outputs `python`, and `venv` where it is to be made, in a folder that is new. On Windows
# there is none: outputs `decision` and `exit-code` say so.
set -euo pipefail

say() { # NAME VALUE: a random delimiter, so that no value can end it
    local end
    end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >> "$GITHUB_OUTPUT"
}

# What is done here needs no key: the one named for signing is not shown to it.
if [[ "${SIGN:-}" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then unset -v "$SIGN"; fi
unset -v POLICYKIT_KEY_PASSWORD POLICYKIT_POLICIES_TOKEN POLICYKIT_NOTIFY

if [[ "${RUNNER_OS:-}" == Windows ]]; then
    say decision INVALID
    say exit-code 2
    echo "::error title=policykit::policykit runs on Linux and macOS, and this runner has Windows: say \`runs-on: ubuntu-latest\`"
    exit 2
fi
if [[ -n "${GIVEN_PYTHON:-}" ]]; then
    say python "$GIVEN_PYTHON"
    exit 0
fi
venv="$(mktemp -d "$RUNNER_TEMP/policykit-XXXXXXXXXX")/venv"
say venv "$venv"
say python "$venv/bin/python"
