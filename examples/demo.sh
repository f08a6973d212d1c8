#!/bin/sh
# The demo: three real models, three answers, each signed and then checked as an auditor would. `make demo` runs this.
#
# Exits 0 if every answer is the expected one and every signature holds.
set -u
cd "$(dirname "$0")/.."
policykit=${POLICYKIT:-$PWD/.venv/bin/policykit}
wrong=0
style="$(printf '\033')\\[[0-9;]*m" # how colour is written, for sed

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m') dim=$(printf '\033[2m') off=$(printf '\033[0m') color=always
else
    bold='' dim='' off='' color=never
fi

title() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; }
say() { printf '%s\n' "$1"; }
shown() { printf '%s$ policykit %s%s\n' "$dim" "$*" "$off"; }

# gate NAME EXPECTED_CODE BUNDLE ARGUMENTS...: judge, sign, print what the report says first, compare the exit code
gate() {
    name=$1 expected=$2 bundle=$3
    shift 3
    shown "gate $bundle $* --sign out/demo.key.pem --output html=out/$name.html"
    "$policykit" gate "$bundle" "$@" --sign out/demo.key.pem --quiet --color "$color" \
        --output "text=out/$name.txt" --output "html=out/$name.html" --output "attestation=out/$name.signed.json"
    code=$?
    sed -E "/^($style)*(Rules|To watch)($style)*$/,\$d" "out/$name.txt"
    expect "$code" "$expected"
    shown "verify out/$name.signed.json --key out/demo.pub.pem --bundle $bundle --rejudge"
    "$policykit" verify "out/$name.signed.json" --key out/demo.pub.pem --bundle "$bundle" --rejudge
    expect $? "$expected"
}

expect() {
    if [ "$1" = "$2" ]; then
        printf '%sexit code %s, as expected%s\n' "$dim" "$1" "$off"
    else
        printf '%sexit code %s: the demo expected %s%s\n' "$bold" "$1" "$2" "$off"
        wrong=$((wrong + 1))
    fi
}

mkdir -p out
rm -f out/demo.key.pem out/demo.pub.pem
title 'May this model go live?'
say 'A health plan has a care manager for one member in five, and a model that proposes whom to offer one. Its rules are'
say 'in examples/health_visits/policies/: one file of the company, one of the people who answer for fair care.'
shown 'keys new demo --unencrypted'
(cd out && "$policykit" keys new demo --unencrypted > /dev/null) || exit 70

title '1. The first release: one cut for everybody'
gate blocked 1 examples/health_visits/bundle_one_cut --policies examples/health_visits/policies --stage production

title '2. The next release: the same scores, cut per group'
gate report 0 examples/health_visits/bundle_equal_chance --policies examples/health_visits/policies --stage production

title '3. Another model, judged on 442 patients'
gate held 3 examples/diabetes/bundle --policies examples/diabetes/policies

title 'What happened'
if [ "$wrong" -gt 0 ]; then
    say "$wrong of 6 answers were not the expected ones: see above."
    exit 1
fi
say 'BLOCKED   Of those who will need much care, the first release finds 20 points fewer of the people without a physical'
say '          limitation than of those with one. Ten were agreed, and the whole interval lies beyond them.'
say 'ALLOWED   The next one finds both about equally often: the bound, not only the number seen, lies within the ten.'
say 'HELD      On 442 patients the gap seen is small, but so few rows would often hide a large one: not shown yet.'
say ''
say 'Each report was signed, its signature checked, the files of its bundle hashed again, and its rules judged again'
say 'from the measurements it carries. Open them in a browser:'
say ''
say '  out/report.html   the release that may go live'
say '  out/blocked.html  the release that may not, and what to do next'
say '  out/held.html     the one that is not shown yet, and the ways out'
