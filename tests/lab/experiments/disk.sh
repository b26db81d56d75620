# A disk of two kinds of request: the VM's cgroup lets a part of each burst pass, and holds the rest.
# shellcheck shell=bash disable=SC2034
pane=io
guests='db web'
held_per_s=50
does="limits the writes of lab-db to $held_per_s a second by its cgroup. It and lab-web write 4 KiB in bursts of six."
look='fast, slow and %: the mean that the guest sees is between the two, where no request is.'
times='10 50 30'
finds='lab-db io-modes hidden'

needs() {
	disk=$(disk_below /var/tmp) && [ -n "$disk" ] && return
	say 'there is no disk below /var/tmp whose requests could be held'
	return 1
}
begin() {
	local guest
	pid=$("$lab" pid db)
	for guest in db web; do
		"$lab" load $guest 0
		# So that no write has to find its place in the image first.
		"$lab" exec $guest 'dd if=/dev/zero of=/dev/vda bs=1M count=16 oflag=direct 2>/dev/null'
		"$lab" io $guest 24 write 6
	done
	writes_limit "$pid" "$disk" 0
}
trouble() { # seconds
	writes_limit "$pid" "$disk" $held_per_s && stay "$1"
}
calm() { writes_limit "$pid" "$disk" 0; }
