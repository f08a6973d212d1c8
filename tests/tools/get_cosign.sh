#!/bin/sh
# Install the real cosign of a Debian suite beside the checkout, for the tests that verify our files with other people's programs.
#
# usage: get_cosign.sh [DEST] [trixie|sid]     DEST defaults to .tools; trixie ships cosign 2.5, sid ships 3.x
#
# The mirror and the keyring are the ones this machine's apt already uses; a separate apt root keeps its lists and its
# configuration as they were. What is already there is not fetched again. Prints the path of the program.
set -eu

destination=${1:-.tools}
suite=${2:-sid}
program=$destination/cosign-$suite
if [ -x "$program" ]; then
    echo "$program"
    exit 0
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/etc" "$destination"
: > "$root/status"

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u | grep '/debian/*$' | head -n 1)
if [ -z "$mirror" ]; then
    echo "no Debian mirror in this machine's apt configuration" >&2
    exit 1
fi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror $suite main" > "$root/etc/sources.list"

fetch() {
    apt-get -q \
        -o Dir::Etc::sourcelist="$root/etc/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$root/lists" -o Dir::Cache="$root/cache" -o Dir::State::status="$root/status" \
        "$@"
}

fetch update > "$root/log" 2>&1 || { cat "$root/log" >&2; exit 1; }
(cd "$root" && fetch download cosign > "$root/log" 2>&1) || { cat "$root/log" >&2; exit 1; }
dpkg-deb -x "$root"/cosign_*.deb "$root/unpacked"
mv "$root/unpacked/usr/bin/cosign" "$program.new"
mv "$program.new" "$program"
echo "$program"
