#!/bin/sh
# Build the wheel, install it into an empty environment, and use it from an empty folder, as somebody would who has no checkout.
#
# usage: package.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../.."
python=${1:-.venv/bin/python}
here=$(pwd)
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT

"$python" -m venv "$empty/venv"
rm -rf dist
"$empty/venv/bin/python" -m pip wheel -q --disable-pip-version-check --no-deps --wheel-dir dist .
echo "built $(ls dist/*.whl)"

"$empty/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/run.txt
"$empty/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps dist/*.whl

code='from policykit.version import sources; print(sources())'
of_checkout=$("$python" -c "$code")

cd "$empty"
if [ "$("$empty/venv/bin/python" -c "$code")" != "$of_checkout" ]; then
    echo "the wheel's code is not that of the checkout" >&2
    exit 1
fi
policykit=$empty/venv/bin/policykit
"$policykit" --version
"$policykit" lint pack:baseline
"$policykit" checks > /dev/null
"$policykit" schema policy > /dev/null
set +e
"$policykit" gate "$here/examples/first_look/predictions.csv" \
    --target y --prediction yhat --protected sex --favourable 1 -o text=first_look.txt -o html=first_look.html
code=$?
set -e
head -n 3 first_look.txt
case $code in
    0 | 1 | 3) echo "the wheel works without a checkout: exit code $code" ;;
    *) echo "the wheel does not work: exit code $code" >&2; exit 1 ;;
esac
