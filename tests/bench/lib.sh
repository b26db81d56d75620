# SPDX-License-Identifier: GPL-2.0-or-later
# What benchmarks share: rows with budgets, and the console on a pty, measured.
# shellcheck shell=bash disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
: "${O:=build}"
parallax=$O/parallax
screen=$O/tests/tools/screen
keeps=$O/tests/tools/kept
day=$O/tests/tools/day
recorded=$O/tests/tools/recorded
export LC_ALL=C.UTF-8 TZ=UTC
tmp=$(mktemp -d /tmp/parallax-bench-XXXXXX)
pids=()
cleanup() {
	kill -9 "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
missed=0

row() { # what, value, unit, budget ("-": none; ">N": at least so much)
	local verdict=
	if [ "$4" != - ]; then
		verdict=ok
		awk -v v="$2" -v b="${4#>}" -v least="${4%%[0-9]*}" \
			'BEGIN { exit !(v ~ /^[0-9.]+$/ && (least == ">" ? v + 0 >= b + 0 : v + 0 <= b + 0)) }' ||
			{ verdict=MISSED; missed=1; }
	fi
	printf '%-58s %10s %-4s %10s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}
sorted() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)], v[NR]; else print "- -" }'; }
# CPU time of a process and its threads, in ns; threads that ended are not in it.
cpu_ns() { cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ s += $1 } END { printf "%.0f\n", s }'; }
# The same of one of its threads, by name: a probe that has a thread of its own has its name.
thread_ns() { # pid, name
	local task
	for task in /proc/"$1"/task/*; do
		[ "$(cat "$task"/comm)" != "$2" ] || cut -d' ' -f1 "$task"/schedstat
	done
}
rss_mib() { awk '/^VmRSS/ { printf "%.1f\n", $2 / 1024 }' /proc/"$1"/status; }

# What keeping the last minutes of these snapshots costs beside all else of a refresh, which had it
# in it when it was measured: that of the 61st to 80th snapshot. In the first minute all are kept;
# later as many as fit.
history() { # name, CPU of a refresh in ms, file of snapshots
	local then first later
	read -r _ _ _ then < <("$day" 80 60 <"$3")
	read -r _ _ _ first < <("$day" 60 <"$3")
	read -r _ _ _ later < <("$day" 3600 1800 <"$3")
	row "$1: CPU with its history, against without, at first" \
		"$(awk -v c="$2" -v t="$then" -v r="$first" 'BEGIN { printf "%.3f", 1 + r / (c - t) }')" '' 1.1
	row "$1: CPU with its history, against without, later" \
		"$(awk -v c="$2" -v t="$then" -v r="$later" 'BEGIN { printf "%.3f", 1 + r / (c - t) }')" '' 1.1
}

# What a recording of these snapshots takes at one a second, and costs: its thread prints them,
# compresses that and keeps an index; the console only hands over a copy.
recording() { # name, MiB that it may take, file of snapshots
	local room writing adding printing
	read -r room writing adding printing < <("$recorded" "$tmp/recorded" <"$3")
	row "$1: a recording, of a VM in an hour" "$room" MiB "$2"
	row "$1: recording a snapshot, in its thread" "$writing" ms -
	row "$1: recording a snapshot, against printing it" "$(awk -v a="$writing" -v b="$printing" \
		'BEGIN { printf "%.2f", a / b }')" '' 2.5
	row "$1: handing it over, against printing it" "$(awk -v a="$adding" -v b="$printing" \
		'BEGIN { printf "%.2f", a / b }')" '' 0.2
}

# The console on a pty for some seconds: mean CPU of a refresh in ms, RSS in MiB, bytes a refresh.
console() { # name, refreshes, parallax options...
	local name=$1 refreshes=$2 pid before after bytes kept fifo=$tmp/fifo
	shift 2
	rm -f "$fifo"
	mkfifo "$fifo"
	"$screen" --size 80x24 --limit 120 -- "$parallax" -d 0.5 "$@" <"$fifo" >"$tmp/bytes" 2>&1 &
	local tool=$! pages cgroup
	pids+=("$tool")
	exec 9>"$fifo"
	echo 'wait LIVE' >&9
	sleep 30 # by then each of 200 VMs, its files and its memory have been looked at for the first time
	pid=$(pgrep -P "$tool" | head -1)
	echo bytes >&9
	pages=$(thread_ns "$pid" pages) cgroup=$(thread_ns "$pid" cgroup)
	before=$(cpu_ns "$pid")
	for _ in $(seq "$refreshes"); do
		sleep 0.5
		echo bytes >&9
	done
	after=$(cpu_ns "$pid")
	pages=$(($(thread_ns "$pid" pages) - pages)) cgroup=$(($(thread_ns "$pid" cgroup) - cgroup))
	rss=$(rss_mib "$pid")
	echo 'keys q' >&9
	exec 9>&-
	wait "$tool"
	cpu=$(awk -v a="$before" -v b="$after" -v n="$refreshes" 'BEGIN { printf "%.2f", (b - a) / n / 1e6 }')
	bytes=$(grep -E '^[0-9]+$' "$tmp/bytes" | tail -n +2 | sorted)
	row "$name: CPU a refresh" "$cpu" ms 10
	# What is kept of the past has a budget of its own; of as long a past of the same VMs it is as much.
	"$parallax" --json -d 0.5 -n $((60 + refreshes)) "$@" </dev/null >"$tmp/snapshots"
	kept=$("$keeps" <"$tmp/snapshots")
	row "$name: resident memory, without what is kept" "$(awk -v r="$rss" -v k="$kept" 'BEGIN { printf "%.1f", r - k }')" MiB 32
	row "$name: kept of the past" "$kept" MiB 64
	row "$name: the sample of pages, CPU a second" "$(awk -v a="$pages" -v n="$refreshes" 'BEGIN { printf "%.2f", a / n / 5e5 }')" ms -
	row "$name: cgroups, CPU a second" "$(awk -v a="$cgroup" -v n="$refreshes" 'BEGIN { printf "%.2f", a / n / 5e5 }')" ms -
	row "$name: to the terminal a refresh, median, 80x24" "${bytes% *}" B 1536
	history "$name" "$cpu" "$tmp/snapshots"
	recording "$name" 5 "$tmp/snapshots"
}

first_frame() { # name, options...
	local name=$1
	shift
	for _ in 1 2 3 4 5 6 7; do
		"$screen" --size 80x24 --limit 20 -- "$parallax" "$@" 2>&1 <<-'END' | grep -E '^[0-9.]+$'
			wait LIVE
			elapsed
			keys q
			wait-exit
		END
	done | sorted >"$tmp/sorted"
	read -r median _ <"$tmp/sorted"
	row "$name: first frame, median" "$median" ms 100
}

key_latency() { # name, options...
	local name=$1 median worst
	shift
	{
		echo 'wait LIVE'
		for _ in $(seq 40); do
			echo 'time-key h Moving'
			echo 'keys <Esc>'
			echo 'wait-not Moving'
		done
		# One pane after the other.
		printf '%s\n' 'time-key 2 lat' 'time-key 5 usbl' 'time-key 6 drft' 'time-key 7 cmpct' \
			'time-key 1 thief'
		echo 'keys q'
		echo wait-exit
	} | "$screen" --size 80x24 --limit 100 -- "$parallax" "$@" 2>&1 | grep -E '^[0-9.]+$' | sorted >"$tmp/sorted"
	read -r median worst <"$tmp/sorted"
	row "$name: a key, median of 45" "$median" ms 20
	row "$name: a key, worst of 45" "$worst" ms 20
}
