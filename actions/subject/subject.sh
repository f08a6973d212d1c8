#!/usr/bin/env bash
# Say what an artifact in FOLDER holds: output `rows`, where ROWS says that a table was handed over, else `bundle`.
#
# A single file was handed over as it is (a table, a zip); a bundle's folder is the folder itself. Names are the other job's word:
# what is found here decides, and no name leads out of the folder.
set -euo pipefail

say() { # NAME VALUE
    local end
    end="end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >> "$GITHUB_OUTPUT"
}

shopt -s nullglob dotglob
there=("$FOLDER"/*)
single=""
if [[ ${#there[@]} -eq 1 && -f "${there[0]}" && ! -L "${there[0]}" ]]; then single=${there[0]}; fi

if [[ -n "$ROWS" ]]; then
    if [[ -z "$single" ]]; then
        echo "::error::the table that was handed over is not one file"
        exit 2
    fi
    say rows "$single"
elif [[ "$single" == *.zip ]]; then
    say bundle "$single"
else
    say bundle "$FOLDER"
fi
