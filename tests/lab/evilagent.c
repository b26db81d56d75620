/*
 * A guest agent that cannot be trusted. It speaks enough of the protocol for libvirt to accept
 * it (sync, info and ping are always right), and answers everything else as the word in
 * /run/mode says: good, escapes, huge, broken, wrong, silent or slow. SIGHUP opens the channel
 * anew, since libvirt speaks no more to an agent that has once sent what is no JSON.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODE_FILE  "/run/mode"
#define HUGE_BYTES (8 << 20)
#define HUGE_CPUS  100000
#define SLOW_S     3

#define INFO(name) "{\"enabled\":true,\"name\":\"" name "\",\"success-response\":true}"

/* Escape sequences, C0, C1, bidi, zero width, half a surrogate pair, and a NUL. */
#define EVIL "\\u001b[2J\\u001b[31mred\\u001b]0;title\\u0007\\u001bP+q\\u001b\\\\" \
	     "\\r\\n\\t\\b\\u007f\\u009b1m\\u202egnp.exe\\u2066\\u200b\\ufeff\\ud800 \\u4f60a\\u0301\\u0000end"

struct reply {
	const char *mode, *command; /* NULL: any */
	const char *text;
};

static const struct reply replies[] = {
	{ NULL, "guest-ping", "{\"return\":{}}" },
	{ NULL, "guest-info",
	  "{\"return\":{\"version\":\"7.2.0\",\"supported_commands\":["
	  INFO("guest-sync-delimited") "," INFO("guest-sync") "," INFO("guest-ping") ","
	  INFO("guest-info") "," INFO("guest-get-cpustats") "," INFO("guest-get-diskstats") ","
	  INFO("guest-get-vcpus") "," INFO("guest-get-load") "," INFO("guest-get-osinfo") ","
	  INFO("guest-get-host-name") "," INFO("guest-network-get-interfaces") ","
	  INFO("guest-file-open") "," INFO("guest-file-close") "," INFO("guest-file-read") ","
	  INFO("guest-file-seek") "]}}" },

	{ "escapes", "guest-get-cpustats",
	  "{\"return\":[{\"type\":\"linux\",\"cpu\":0,\"user\":1,\"system\":2,\"idle\":3,\"" EVIL "\":4},"
	  "{\"type\":\"" EVIL "\",\"cpu\":1,\"user\":1,\"system\":2,\"idle\":3}]}" },
	{ "escapes", "guest-get-diskstats",
	  "{\"return\":[{\"name\":\"" EVIL "\",\"major\":8,\"minor\":0,\"stats\":{\"read-ios\":1}}]}" },
	{ "escapes", "guest-network-get-interfaces",
	  "{\"return\":[{\"name\":\"" EVIL "\",\"hardware-address\":\"" EVIL "\"}]}" },
	{ "escapes", "guest-get-host-name", "{\"return\":{\"host-name\":\"" EVIL "\"}}" },
	{ "escapes", "guest-get-osinfo",
	  "{\"return\":{\"id\":\"" EVIL "\",\"name\":\"" EVIL "\",\"kernel-release\":\"" EVIL "\"}}" },
	{ "escapes", "guest-file-open", "{\"return\":1000}" },
	{ "escapes", "guest-file-read", /* "cpu  ESC[31m 1 2\x9b\xff\xfe\0 3 RLO\n" */
	  "{\"return\":{\"count\":25,\"eof\":true,\"buf-b64\":\"Y3B1ICAbWzMxbSAxIDKb//4AIDMg4oCuCg==\"}}" },
	{ "escapes", NULL, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"" EVIL "\"}}" },

	{ "wrong", "guest-get-cpustats",
	  "{\"return\":[{\"type\":\"linux\",\"cpu\":-1,\"user\":-5,\"system\":1e308,\"idle\":\"many\"},"
	  "{\"type\":\"linux\",\"cpu\":4294967296,\"user\":18446744073709551615,\"system\":0.5},"
	  "{\"type\":\"linux\",\"cpu\":99999999,\"user\":null,\"system\":[],\"idle\":{},\"steal\":true},"
	  "{\"type\":\"linux\"},{\"type\":7,\"cpu\":0},{},null,\"text\",[[]],"
	  "{\"type\":\"linux\",\"cpu\":0,\"user\":1,\"system\":1,\"idle\":1},"
	  "{\"type\":\"linux\",\"cpu\":0,\"user\":9,\"system\":9,\"idle\":9}]}" },
	{ "wrong", "guest-get-diskstats",
	  "{\"return\":{\"name\":[],\"stats\":-1,\"major\":\"x\",\"minor\":1e308}}" },
	{ "wrong", "guest-network-get-interfaces",
	  "{\"return\":[{\"name\":5,\"statistics\":{\"rx-bytes\":-1,\"tx-bytes\":\"x\",\"rx-errs\":1e308}}]}" },
	{ "wrong", "guest-get-vcpus",
	  "{\"return\":[{\"logical-id\":-1,\"online\":\"yes\"},{\"online\":1e308},7]}" },
	{ "wrong", "guest-get-load", "{\"return\":{\"load1m\":\"x\",\"load5m\":-1e308,\"load15m\":null}}" },
	{ "wrong", "guest-file-open", "{\"return\":-1}" },
	{ "wrong", "guest-file-read", "{\"return\":{\"count\":-7,\"eof\":\"no\",\"buf-b64\":\"***\"}}" },
	{ "wrong", "guest-get-host-name", "{\"return\":[\"host-name\"]}" },
	{ "wrong", NULL, "{\"return\":true}" },

	{ NULL, "guest-get-cpustats",
	  "{\"return\":[{\"type\":\"linux\",\"cpu\":0,\"user\":100,\"nice\":0,\"system\":50,\"idle\":900,"
	  "\"iowait\":0,\"irq\":0,\"softirq\":1,\"steal\":0,\"guest\":0,\"guestnice\":0},"
	  "{\"type\":\"linux\",\"cpu\":1,\"user\":200,\"nice\":0,\"system\":60,\"idle\":800,"
	  "\"iowait\":0,\"irq\":0,\"softirq\":1,\"steal\":0,\"guest\":0,\"guestnice\":0}]}" },
	{ NULL, "guest-get-diskstats",
	  "{\"return\":[{\"name\":\"vda\",\"major\":252,\"minor\":0,\"stats\":{\"read-sectors\":8,"
	  "\"read-ios\":1,\"read-ticks\":1,\"write-sectors\":8,\"write-ios\":1,\"write-ticks\":1,"
	  "\"ios-pgr\":0,\"total-ticks\":2,\"weight-ticks\":2}}]}" },
	{ NULL, "guest-get-vcpus",
	  "{\"return\":[{\"logical-id\":0,\"online\":true,\"can-offline\":false},"
	  "{\"logical-id\":1,\"online\":true,\"can-offline\":true}]}" },
	{ NULL, "guest-get-load", "{\"return\":{\"load1m\":2.0,\"load5m\":1.5,\"load15m\":1.0}}" },
	{ NULL, "guest-get-osinfo",
	  "{\"return\":{\"id\":\"lab\",\"name\":\"Lab\",\"kernel-release\":\"6.1\",\"machine\":\"x86_64\"}}" },
	{ NULL, "guest-get-host-name", "{\"return\":{\"host-name\":\"lab\"}}" },
	{ NULL, "guest-network-get-interfaces",
	  "{\"return\":[{\"name\":\"lo\",\"statistics\":{\"rx-bytes\":0,\"rx-packets\":0,\"rx-errs\":0,"
	  "\"rx-dropped\":0,\"tx-bytes\":0,\"tx-packets\":0,\"tx-errs\":0,\"tx-dropped\":0}}]}" },
	{ NULL, "guest-file-open", "{\"return\":1000}" },
	{ NULL, "guest-file-close", "{\"return\":{}}" },
	{ NULL, "guest-file-seek", "{\"return\":{\"position\":0,\"eof\":false}}" },
	{ NULL, "guest-file-read", /* "cpu  300 0 110 1700 0 0 2 0 0 0\n" */
	  "{\"return\":{\"count\":32,\"eof\":true,"
	  "\"buf-b64\":\"Y3B1ICAzMDAgMCAxMTAgMTcwMCAwIDAgMiAwIDAgMAo=\"}}" },
	{ NULL, NULL,
	  "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command has not been found\"}}" },
};

static FILE *channel;

static int always_right(const char *command)
{
	return !strcmp(command, "guest-info") || !strcmp(command, "guest-ping");
}

static const char *reply_find(const char *mode, const char *command)
{
	const struct reply *r = replies;

	while ((r->mode && strcmp(r->mode, mode)) || (r->command && strcmp(r->command, command)))
		r++;
	return r->text;
}

/* cpustats of very many CPUs in what libvirt still passes on (4 MiB), else more than it does. */
static void answer_huge(const char *command)
{
	if (strcmp(command, "guest-get-cpustats")) {
		fputs("{\"return\":\"", channel);
		for (int i = 0; i < HUGE_BYTES; i++)
			putc('x', channel);
		fputs("\"}\n", channel);
		return;
	}
	fputs("{\"return\":[", channel);
	for (int i = 0; i < HUGE_CPUS; i++)
		fprintf(channel, "%s{\"type\":\"linux\",\"cpu\":%d,\"user\":1}", i ? "," : "", i);
	fputs("]}\n", channel);
}

static void answer(const char *mode, const char *command)
{
	const char *text;

	if (always_right(command))
		mode = "good";
	text = reply_find(mode, command);
	if (!strcmp(mode, "huge"))
		answer_huge(command);
	else if (!strcmp(mode, "broken"))
		fprintf(channel, "%.*s\n", (int)strlen(text) / 2, text);
	else if (!strcmp(mode, "slow") && !sleep(SLOW_S))
		fprintf(channel, "%s\n", text);
	else if (strcmp(mode, "silent"))
		fprintf(channel, "%s\n", text);
}

static void read_mode(char *mode, size_t size)
{
	FILE *file = fopen(MODE_FILE, "re");

	if (!file || !fgets(mode, (int)size, file))
		strcpy(mode, "good");
	mode[strcspn(mode, "\n")] = '\0';
	if (file)
		fclose(file);
}

static void serve(const char *request)
{
	const char *execute = strstr(request, "\"execute\""), *id = strstr(request, "\"id\"");
	char command[64] = "", mode[32];

	if (!execute || sscanf(execute + 9, " : \"%63[^\"]", command) != 1)
		return;
	read_mode(mode, sizeof(mode));
	if (!strncmp(command, "guest-sync", 10))
		fprintf(channel, "%s{\"return\":%llu}\n", command[10] ? "\xff" : "",
			id ? strtoull(id + 4 + strspn(id + 4, " :"), NULL, 10) : 0);
	else
		answer(mode, command);
	fflush(channel);
}

static void hung_up(int signal)
{
	(void)signal;
}

static int channel_open(const char *path)
{
	int fd;

	if (channel) {
		fclose(channel);
		usleep(1500000); /* QEMU tells of a channel once a second, and then only the last */
	}
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 || !(channel = fdopen(fd, "w")))
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	static char request[1 << 16];
	size_t used = 0;
	int fd;

	if (argc != 2)
		errx(2, "usage: evilagent DEVICE");
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = hung_up }, NULL);
	fd = channel_open(argv[1]);
	for (;;) {
		ssize_t got = read(fd, request + used, 1);

		if (got < 0) {
			fd = channel_open(argv[1]);
			used = 0;
		} else if (got == 0) { /* nobody listens on the host */
			usleep(100000);
		} else if (request[used] != '\n' && used < sizeof(request) - 1) {
			used++;
		} else {
			request[used] = '\0';
			serve(request);
			used = 0;
		}
	}
}
