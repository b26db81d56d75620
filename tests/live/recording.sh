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
# All whole lines as an array, each with .s: for how long its rates of that source are, which is
# from reading to reading. That may be late in one round and early in the next; time_s and the age
# of host, which is read first, tell when.
windows() { # file, source
	whole_lines "$1" | jq -cs --arg source "$2" '[foreach .[] as $one ({};
		{before: .at, at: ($one | .time_s + .sources.host.age_s - (.sources[$source].age_s // 0))};
		$one + {s: (if .before then .at - .before else $one.interval_s end)})]'
}
