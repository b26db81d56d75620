# SPDX-License-Identifier: GPL-2.0-or-later
# A recording that grows while a test goes on: parallax --json >FILE, in the background.
# shellcheck shell=bash

# Its newest complete line, through jq.
newest() { # file, expression
	tail -n 2 "$1" | head -n 1 | jq -r "$2" 2>/dev/null
}
newest_is() { # file, expression, value
	[ "$(newest "$1" "$2")" = "$3" ]
}
has_lines() { # file, count
	[ "$(wc -l <"$1")" -ge "$2" ]
}
# Wait for so many lines more than there are now.
more_lines() { # file, count
	until_true 60 has_lines "$1" $(($(wc -l <"$1") + $2))
}
# Without the line that is being written.
whole_lines() { head -n "$(wc -l <"$1")" "$1"; } # file
# A figure of a VM, summed over all whole lines. In it $s is for how long rates of that source are,
# which is from reading to reading. That may be late in one round and early in the next; time_s and
# the age of host, which is read first, tell when.
total() { # file, source, which VM, figure
	whole_lines "$1" | jq -s --arg source "$2" "
		def at: .time_s + .sources.host.age_s - (.sources[\$source].age_s // 0);
		[range(length) as \$i
			| (if \$i > 0 then (.[\$i] | at) - (.[\$i - 1] | at) else .[0].interval_s end) as \$s
			| .[\$i].vms[] | select($3) | $4 | numbers] | add // 0"
}
