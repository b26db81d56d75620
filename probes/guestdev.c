// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/guestdev.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "probes/netdev.h"
#include "probes/vm.h"

enum { COLUMNS_MOST = 64 };

void guestdev_release(struct guest_devices *devices)
{
	free(devices->nic);
	free(devices->disk);
	*devices = (struct guest_devices){ 0 };
}

uint64_t guestdev_parse_number(const char *text)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > GUESTDEV_COUNT_MAX)
			return UNKNOWN_U64;
	}
	return at > text && (*at == '\0' || *at == '\n') ? value : UNKNOWN_U64;
}

/* The place of name among the words of the line; -1: it is not there. */
static int column_of(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *end = strchrnul(line, '\n');

	for (int column = 0; column < COLUMNS_MOST; column++) {
		size_t word = strcspn(line, " \n");

		if (word == len && strncmp(line, name, len) == 0)
			return column;
		line += word;
		if (line >= end)
			return -1;
		line++;
	}
	return -1;
}

static uint64_t word_at(const char *line, int column)
{
	char word[24];
	size_t len;

	for (int i = 0; i < column; i++) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return UNKNOWN_U64;
		line++;
	}
	len = strcspn(line, " \n");
	if (len >= sizeof(word))
		return UNKNOWN_U64;
	memcpy(word, line, len);
	word[len] = '\0';
	return guestdev_parse_number(word);
}

/* Two lines that begin with "Tcp:", the names and below them the numbers. */
static void parse_tcp(const char *snmp, struct guest_devices *out)
{
	const char *names = strncmp(snmp, "Tcp: ", 5) == 0 ? snmp : strstr(snmp, "\nTcp: ");
	const char *numbers;
	int sent, again;

	if (!names)
		return;
	names += *names == '\n';
	numbers = strstr(names, "\nTcp: ");
	sent = column_of(names, "OutSegs");
	again = column_of(names, "RetransSegs");
	if (!numbers || numbers != strchr(names, '\n'))
		return;
	out->tcp_sent = sent < 0 ? UNKNOWN_U64 : word_at(numbers + 1, sent);
	out->tcp_retransmitted = again < 0 ? UNKNOWN_U64 : word_at(numbers + 1, again);
}

/* The next of up to eight hexadecimal digits; false: there is none. */
static bool next_hex(const char **at, uint64_t *value)
{
	char *end;

	*at += strspn(*at, " ");
	if (!isxdigit((unsigned char)**at))
		return false;
	*value = strtoull(*at, &end, 16);
	*at = end;
	return *value <= UINT32_MAX;
}

/* A line a CPU: processed, dropped and squeezed come first. */
static void parse_softnet(const char *softnet, struct guest_devices *out)
{
	uint64_t dropped = 0, squeezed = 0, seen, drop, squeeze;
	bool any = false;

	for (const char *line = softnet; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!next_hex(&line, &seen) || !next_hex(&line, &drop) ||
			!next_hex(&line, &squeeze))
			break;
		dropped += drop;
		squeezed += squeeze;
		any = true;
	}
	out->softnet_dropped = any ? dropped : UNKNOWN_U64;
	out->softnet_squeezed = any ? squeezed : UNKNOWN_U64;
}

void guestdev_parse_net(const char *snmp, const char *softnet, struct guest_devices *out)
{
	out->tcp_sent = out->tcp_retransmitted = UNKNOWN_U64;
	parse_tcp(snmp, out);
	parse_softnet(softnet, out);
}

static uint64_t lost(uint64_t dropped, uint64_t broken)
{
	return dropped > GUESTDEV_COUNT_MAX || broken > GUESTDEV_COUNT_MAX ? UNKNOWN_U64
									   : dropped + broken;
}

static void take_counters(const uint64_t value[NETDEV_COUNTERS], struct guest_nic *nic)
{
	nic->rx_packets = guestdev_count(value[NETDEV_RX_PACKETS]);
	nic->tx_packets = guestdev_count(value[NETDEV_TX_PACKETS]);
	nic->rx_bytes = guestdev_count(value[NETDEV_RX_BYTES]);
	nic->tx_bytes = guestdev_count(value[NETDEV_TX_BYTES]);
	nic->rx_lost = lost(value[NETDEV_RX_DROPPED], value[NETDEV_RX_ERRORS]);
	nic->tx_lost = lost(value[NETDEV_TX_DROPPED], value[NETDEV_TX_ERRORS]);
}

void guestdev_parse_dev(const char *text, struct guest_nic *nic, size_t n)
{
	uint64_t value[NETDEV_COUNTERS];
	char name[NETDEV_NAME_BYTES];

	while (netdev_next(&text, name))
		for (size_t i = 0; i < n; i++)
			if (nic[i].rx_packets == UNKNOWN_U64 && strcmp(nic[i].name, name) == 0 &&
				netdev_counters(text, value))
				take_counters(value, &nic[i]);
}
