# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by experiments and live tests: the ways of a host to make trouble for a guest, and back.
# shellcheck shell=bash

# A swap file of so many MiB, in use at once; false with the reason when the host takes none.
swap_add() { # file, MiB
	dd if=/dev/zero of="$1" bs=1M count="$2" status=none && chmod 600 "$1" &&
		mkswap -q "$1" >/dev/null && swapon "$1"
}
# Accepts one that is not in use, and none.
swap_remove() { # file
	! grep -qF "$1 " /proc/swaps || swapoff "$1" || return
	rm -f "$1"
}

# The memory cgroup of the VM as a whole, as libvirt made it; false when it has none of its own.
memory_group() { # pid
	local group
	group=$(sed -n 's/^[0-9]*:[^:]*\bmemory\b[^:]*:/\/sys\/fs\/cgroup\/memory/p' "/proc/$1/cgroup")
	[ -n "$group" ] || group=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup" | sed 's/\/libvirt\/.*//')
	[ -w "$group/memory.max" ] || [ -w "$group/memory.limit_in_bytes" ] || return
	echo "$group"
}
# What is in the group and above the limit moves to swap.
memory_limit() { # folder, bytes or none
	local file=$1/memory.max none=max
	[ -e "$file" ] || file=$1/memory.limit_in_bytes none=-1
	until_true 10 sh -c 'echo "$1" >"$0"' "$file" "${2/#none/$none}"
}

# The whole disk below a folder, as major:minor.
disk_below() { # folder
	lsblk -snlo MAJ:MIN,TYPE "$(findmnt -no SOURCE -T "$1")" | awk '$2 == "disk" { print $1 }'
}
# The limit of the VM's own cgroup, of either version.
writes_limit() { # pid, major:minor, writes a second; 0: none
	local path
	path=/sys/fs/cgroup/blkio$(sed -n 's/^[0-9]*:\([^:]*,\)*blkio[^:]*://p' "/proc/$1/cgroup")
	if [ -e "$path/blkio.throttle.write_iops_device" ]; then
		echo "$2 $3" >"$path/blkio.throttle.write_iops_device"
		return
	fi
	path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")
	until [ -e "$path/io.max" ] || [ "$path" = /sys/fs/cgroup ]; do path=${path%/*}; done
	echo "$2 wiops=${3/#0/max}" >"$path/io.max"
}
