# SPDX-License-Identifier: GPL-2.0-or-later
# What screen tests share. GENERATE=1 rewrites the stored screens; look at them before committing.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/tap.sh
shopt -s lastpipe # so that `... | screen_is` counts its tests
: "${O:=build}"
PARALLAX=${PARALLAX:-$O/parallax}
SCREEN=${SCREEN:-$O/tests/tools/screen}
tmp=$(mktemp -d /tmp/parallax-tty-XXXXXX)
trap 'rm -rf "$tmp"' EXIT

# A script for the screen tool on stdin; its output on stdout, why it failed on stderr.
screen() { # options of the tool and -- program arguments
	timeout 120 "$SCREEN" "$@" 2>"$tmp/why" || {
		sed 's/^/# /' "$tmp/why" >&2
		return 1
	}
}
# The rows on stdin are the stored screen of that name.
screen_is() { # name, description
	local stored=tests/tty/screens/$1.txt
	cat >"$tmp/rows"
	if [ ! -s "$tmp/rows" ]; then
		ok "${2:-$1}: a screen came" false
		return
	fi
	if [ -n "${GENERATE:-}" ]; then
		mkdir -p tests/tty/screens
		cp "$tmp/rows" "$stored"
	fi
	is "$(cat "$tmp/rows")" "$(cat "$stored" 2>/dev/null)" "${2:-$1}"
}
