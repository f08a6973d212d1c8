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

mkdir -p .tools/sigstore
if [ ! -d .tools/sigstore/node_modules ] || ! cmp -s tests/tools/sigstore/package-lock.json .tools/sigstore/package-lock.json; then
    cp tests/tools/sigstore/package.json tests/tools/sigstore/package-lock.json .tools/sigstore/
    (cd .tools/sigstore && npm ci --ignore-scripts --no-audit --no-fund --silent)
fi
if ! cmp -s requirements/services.txt .tools/services/installed.txt; then
    echo "installing the services the tests talk to: an MLflow server, a stand-in for AWS KMS"
    "${PYTHON:-python3}" -m venv .tools/services
    .tools/services/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/services.txt
    cp requirements/services.txt .tools/services/installed.txt
fi
echo "tools are there: chromium, node, openssl, jq, cosign 2 and 3, sigstore-js, SoftHSM, MLflow, moto"
