#!/bin/sh
# Install what the slow tests need and this machine lacks: a browser, other people's verifiers, and the programs of docs/verify.md.
#
# What comes from Debian is installed by apt-get, as root or by sudo; cosign and the Sigstore project's JavaScript go into .tools/.
set -eu
cd "$(dirname "$0")/../.."

missing=""
need() { command -v "$1" > /dev/null 2>&1 || missing="$missing $2"; }
need chromium chromium
need node nodejs
need npm npm
need openssl openssl
need jq jq
need softhsm2-util softhsm2
if [ -n "$missing" ]; then
    echo "installing from Debian:$missing"
    root=""
    [ "$(id -u)" = 0 ] || root=sudo
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
fi

for suite in sid trixie; do
    sh tests/tools/get_cosign.sh .tools "$suite" > /dev/null
done

for verifier in sigstore sigstore-4 node; do
    mkdir -p ".tools/$verifier"
    if [ ! -d ".tools/$verifier/node_modules" ] || ! cmp -s "tests/tools/$verifier/package-lock.json" ".tools/$verifier/package-lock.json"; then
        cp "tests/tools/$verifier/package.json" "tests/tools/$verifier/package-lock.json" ".tools/$verifier/"
        (cd ".tools/$verifier" && npm ci --ignore-scripts --no-audit --no-fund --silent)
    fi
done
if ! cmp -s requirements/services.txt .tools/services/installed.txt; then
    echo "installing the services the tests talk to: an MLflow server, a stand-in for AWS KMS; and the schemas of exports"
    "${PYTHON:-python3}" -m venv .tools/services
    .tools/services/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/services.txt
    cp requirements/services.txt .tools/services/installed.txt
fi
echo "tools are there: chromium, node, openssl, jq, cosign 2 and 3, sigstore-js 3 and 4, axe, actionlint, GitHub's expressions, SoftHSM, MLflow, moto, the schemas of CycloneDX and OSCAL"
