# The host takes memory from a guest that goes on using it: a swap file, and a limit for the VM.
# shellcheck shell=bash disable=SC2034
pane=memory
guests='db'
swap_file=/var/tmp/parallax-experiment-swap
swap_mib=320 limit_mib=110
does="makes a swap file of $swap_mib MiB in /var/tmp, and limits lab-db, of 384 MiB, to $limit_mib MiB by its cgroup.
The guest reads 100 MiB that it keeps in memory, again and again."
look='swap and in/s beside what the guest believes to be usable.'
times='12 40 15'
finds='lab-db memory-hidden hidden
lab-db memory-swapin -'

needs() {
	local why
	[ ! -e $swap_file ] || swap_remove $swap_file
	why=$(swap_add $swap_file 4 2>&1) && swap_remove $swap_file && return
	rm -f $swap_file
	say "this host takes no swap file: $why"
	return 1
}
undo() { swap_remove $swap_file; }
# In /run/took: how long each reading took, in hundredths of a second.
begin() {
	"$lab" load db 0
	"$lab" exec db 'dd if=/dev/urandom of=/tmp/file bs=1M count=100 2>/dev/null
		(while :; do
			from=$(cut -d " " -f 1 /proc/uptime)
			dd if=/tmp/file of=/dev/null bs=1M 2>/dev/null
			echo "$from $(cut -d " " -f 1 /proc/uptime)" >>/run/took
			sleep 1
		done) </dev/null >/dev/null 2>&1 &'
	group=$(memory_group "$("$lab" pid db)") || {
		echo 'the VM has no memory cgroup of its own'
		return 1
	}
	swap_add $swap_file $swap_mib
}
trouble() { # seconds
	memory_limit "$group" $((limit_mib << 20)) && stay "$1"
}
# Nothing stays in swap: else each page comes back only when it is touched.
calm() {
	memory_limit "$group" none && swapoff $swap_file && swapon $swap_file
}
