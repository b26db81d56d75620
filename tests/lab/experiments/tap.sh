# Packets faster than a guest takes them: its tap overflows, and the guest cannot know.
# shellcheck shell=bash disable=SC2034
pane=queues
guests='web'
flood=$O/tests/tools/flood
rate=600000
does="sends $rate raw frames a second (ethertype 0x88b5, 64 bytes) into the device lab-web; they go nowhere else."
look='drop and its reason, beside the drops that the guest knows of.'
times='12 30 15'
finds='lab-web queues-drop hidden'

needs() {
	[ -x "$flood" ] || {
		say "$flood is not built: try make lab-tap"
		return 1
	}
}
begin() { "$lab" load web 0; }
trouble() { # seconds
	"$flood" lab-web $((rate * $1)) "$1" $rate
}
