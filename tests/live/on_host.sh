# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests whose inner half runs on the emulated host, a second kernel (6.1).
# shellcheck shell=bash disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/tap.sh
: "${O:=build}"
PARALLAX=${PARALLAX:-$O/parallax}
# Runs it there, with these files beside it, and ends as it did; what the lab says is a comment.
on_host() { # script, files...
	local said status
	said=$(mktemp -t parallax-on-host-XXXXXX)
	tests/lab/lab host "$@" tests/live/recording.sh 2>"$said" </dev/null
	status=$?
	[ $status != 77 ] || echo "1..0 # SKIP $(cat "$said")"
	[ ! -s "$said" ] || diag "$(cat "$said")"
	rm -f "$said"
	exit $((status == 77 ? 0 : status))
}
