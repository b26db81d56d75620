# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for bash: source it, call plan or skip_all first, then ok and is. bash ends with their sum.
# shellcheck shell=bash
tap_n=0
tap_failed=0

plan() { echo "1..$1"; }
skip_all() { # reason
	echo "1..0 # SKIP $1"
	exit 0
}
skip() { # count, reason
	local i
	for ((i = 0; i < $1; i++)); do
		tap_n=$((tap_n + 1))
		echo "ok $tap_n # SKIP $2"
	done
}
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok() { # name, command...
	local name=$1
	shift
	tap_n=$((tap_n + 1))
	if "$@" >"${TMPDIR:-/tmp}/tap.$$" 2>&1; then
		echo "ok $tap_n - $name"
	else
		echo "not ok $tap_n - $name"
		diag "failed: $*"
		sed 's/^/# /' "${TMPDIR:-/tmp}/tap.$$"
		tap_failed=1
	fi
	rm -f "${TMPDIR:-/tmp}/tap.$$"
}
is() { # got, expected, name
	tap_n=$((tap_n + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $tap_n - $3"
	else
		echo "not ok $tap_n - $3"
		diff <(printf '%s\n' "$2") <(printf '%s\n' "$1") | sed 's/^/# /'
		tap_failed=1
	fi
}
# The difference of two numbers is at most limit.
near() { # got, expected, limit, name
	tap_n=$((tap_n + 1))
	if awk -v a="$1" -v b="$2" -v l="$3" \
		'BEGIN { exit !(a ~ /^-?[0-9.]+$/ && b ~ /^-?[0-9.]+$/ && (a-b <= l) && (b-a <= l)) }'; then
		echo "ok $tap_n - $4 ($1, second source $2)"
	else
		echo "not ok $tap_n - $4"
		diag "got $1, expected $2, allowed difference $3"
		tap_failed=1
	fi
}
# Wait for a condition, at most limit seconds.
until_true() { # limit, command...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}
# What zstd alone reads of a recording that may break off. There it loses what it has not yet written:
# that of its other thread, and what is left when its buffer has become full. It writes all of it
# where empty blocks follow.
zstd_lines() { # file
	cat "$1" <(head -c 12 /dev/zero) | zstd -dcq --no-asyncio 2>/dev/null
}
done_testing() { exit "$tap_failed"; }
