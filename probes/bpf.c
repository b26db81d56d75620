// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/bpf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/arena.h"

enum {
	MODULES_MAX = 4,
	TYPE_NAME_MAX = 64,
	ITER_BYTES = 64 * 1024,
	MAP_BATCH = 64,
	RESTS_MOST = 1000
};

struct bpf_types {
	struct btf *kernel;
	struct {
		const char *name;
		struct btf *btf; /* NULL: it has none, or is built in, or is not loaded */
	} module[MODULES_MAX];
	size_t n_module;
};

/* What libbpf complained of first on this thread. */
static _Thread_local char complaint[160];

static int note_complaint(enum libbpf_print_level level, const char *fmt, va_list args)
{
	static const char prefix[] = "libbpf: ";
	char line[sizeof(complaint) + sizeof(prefix)];
	const char *text = line;

	if (level != LIBBPF_WARN || complaint[0])
		return 0;
	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	snprintf(complaint, sizeof(complaint), "%.*s", (int)sizeof(complaint) - 1, text);
	return 0;
}

static void set_print(void)
{
	libbpf_set_print(note_complaint);
}

static void listen(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_print);
	complaint[0] = '\0';
}

/* Locked down for integrity, as with Secure Boot, a kernel may still be read. */
static bool is_confidential(const struct sysroot *root)
{
	char modes[64];

	return sysroot_read(root, modes, sizeof(modes), "sys/kernel/security/lockdown") > 0 &&
	       strstr(modes, "[confidentiality]");
}

/* BPF knows threads by the numbers that the first PID namespace gives; so must /proc. */
static bool is_in_pid_namespace(const struct sysroot *root)
{
	char target[32]; /* 0xEFFFFFFC is PROC_PID_INIT_INO */

	return sysroot_readlink(root, target, sizeof(target), "proc/self/ns/pid") >= 0 &&
	       strcmp(target, "pid:[4026531836]") != 0;
}

int bpf_need_kvm(const struct sysroot *root, struct err *err)
{
	char target[16];

	if (sysroot_readlink(root, target, sizeof(target), "sys/module/kvm") != -ENOENT)
		return 0;
	return err_set(err, -ENOENT, "KVM is not loaded on this host");
}

int bpf_no_kvm_types(struct err *err)
{
	return err_set(err, -ENOENT,
		"this kernel does not tell the types of KVM: is its module loaded, and built with "
		"CONFIG_DEBUG_INFO_BTF_MODULES?");
}

/*
 * The kernel's own types, which every opener needs at the same time: read once, whoever comes first,
 * and only looked at afterwards.
 */
static struct {
	pthread_mutex_t lock;
	struct btf *btf;
	unsigned users;
} kernel_types = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct btf *kernel_types_get(void)
{
	struct btf *btf;

	pthread_mutex_lock(&kernel_types.lock);
	if (!kernel_types.users)
		kernel_types.btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	btf = kernel_types.btf;
	kernel_types.users += btf != NULL;
	pthread_mutex_unlock(&kernel_types.lock);
	return btf;
}

static void kernel_types_put(void)
{
	pthread_mutex_lock(&kernel_types.lock);
	if (--kernel_types.users == 0) {
		btf__free(kernel_types.btf);
		kernel_types.btf = NULL;
	}
	pthread_mutex_unlock(&kernel_types.lock);
}

int bpf_types_open(struct bpf_types **out, const struct sysroot *root, struct err *err)
{
	struct bpf_types *types;
	struct btf *kernel;

	if (!root->live)
		return err_set(err, -EOPNOTSUPP,
			"BPF programs run in a kernel, and this is a captured tree");
	if (is_confidential(root))
		return err_set(err, -EPERM,
			"the kernel is locked down for confidentiality, so that no BPF program may "
			"read it; boot with lockdown=integrity");
	if (is_in_pid_namespace(root))
		return err_set(err, -EOPNOTSUPP,
			"this is a PID namespace, in which threads have other numbers than the "
			"kernel's; run in that of the host (hostPID)");
	listen();
	kernel = kernel_types_get();
	if (!kernel)
		return err_set(err, -errno,
			"this kernel does not tell its types in /sys/kernel/btf/vmlinux; use one "
			"built with CONFIG_DEBUG_INFO_BTF");
	types = xcalloc(1, sizeof(*types));
	types->kernel = kernel;
	*out = types;
	return 0;
}

void bpf_types_close(struct bpf_types *types)
{
	if (!types)
		return;
	for (size_t i = 0; i < types->n_module; i++)
		btf__free(types->module[i].btf);
	kernel_types_put();
	free(types);
	malloc_trim(0); /* the types of a kernel are dozens of megabytes */
}

/* Read once and kept; the types of a module build upon those of the kernel. */
static const struct btf *module_btf(struct bpf_types *types, const char *name)
{
	char path[64];
	size_t i = 0;

	while (i < types->n_module && strcmp(types->module[i].name, name) != 0)
		i++;
	if (i == MODULES_MAX)
		return NULL;
	if (i == types->n_module) {
		snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
		types->module[i].name = name;
		types->module[i].btf = btf__parse_split(path, types->kernel);
		types->n_module++;
	}
	return types->module[i].btf;
}

/* The type's number and, in *btf, whose numbers these are. Negative: there is none. */
static int find_type(struct bpf_types *types, const char *module, const char *name, unsigned kind,
	const struct btf **btf)
{
	int id = btf__find_by_name_kind(types->kernel, name, kind);

	*btf = types->kernel;
	if (id >= 0 || !module)
		return id;
	*btf = module_btf(types, module);
	return *btf ? btf__find_by_name_kind(*btf, name, kind) : -ENOENT;
}

static const struct btf_type *resolve(const struct btf *btf, unsigned id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

/* Bits to a member, also to one in a struct without a name inside; its type in *id. */
static long member_bits(const struct btf *btf, const struct btf_type *type, const char *name,
	size_t len, unsigned *id)
{
	const struct btf_member *member = btf_members(type);

	for (unsigned i = 0; i < btf_vlen(type); i++) {
		const char *its = btf__name_by_offset(btf, member[i].name_off);
		const struct btf_type *inner = resolve(btf, member[i].type);
		long at = btf_member_bit_offset(type, i), deeper;

		if (its && strlen(its) == len && strncmp(its, name, len) == 0) {
			*id = member[i].type;
			return at;
		}
		if ((its && *its) || !inner || !btf_is_composite(inner))
			continue;
		deeper = member_bits(btf, inner, name, len, id);
		if (deeper >= 0)
			return at + deeper;
	}
	return -ENOENT;
}

int bpf_offset(struct bpf_types *types, const char *module, const char *name, const char *path)
{
	const struct btf *btf;
	int found = find_type(types, module, name, BTF_KIND_STRUCT, &btf);
	unsigned id = (unsigned)found;
	long bits = 0;

	if (found < 0)
		return -ENOENT;
	for (;;) {
		const struct btf_type *type = resolve(btf, id);
		size_t len = strcspn(path, ".");
		long at = type && btf_is_composite(type) ? member_bits(btf, type, path, len, &id)
							 : -ENOENT;

		if (at < 0)
			return -ENOENT;
		bits += at;
		if (!path[len])
			return (int)(bits / 8);
		path += len + 1;
	}
}

int bpf_tracepoint_args(struct bpf_types *types, const char *module, const char *name)
{
	char typedef_name[TYPE_NAME_MAX];
	const struct btf_type *type;
	const struct btf *btf;
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = find_type(types, module, typedef_name, BTF_KIND_TYPEDEF, &btf);
	type = id < 0 ? NULL : resolve(btf, (unsigned)id);
	if (type && btf_is_ptr(type))
		type = resolve(btf, type->type);
	if (!type || !btf_is_func_proto(type))
		return -ENOENT;
	return btf_vlen(type) - 1; /* the first is the program's own */
}

int bpf_function_args(struct bpf_types *types, const char *module, const char *name)
{
	const struct btf *btf;
	int id = find_type(types, module, name, BTF_KIND_FUNC, &btf);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (unsigned)id);

	if (type)
		type = resolve(btf, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) : -ENOENT;
}

int bpf_size(struct bpf_types *types, const char *module, const char *name)
{
	const struct btf *btf;
	int id = find_type(types, module, name, BTF_KIND_STRUCT, &btf);

	return id < 0 ? -ENOENT : (int)btf__type_by_id(btf, (unsigned)id)->size;
}

int bpf_enum_names(struct bpf_types *types, const char *module, const char *name,
	void (*found)(void *arg, const char *name, unsigned value), void *arg)
{
	const struct btf *btf;
	int id = find_type(types, module, name, BTF_KIND_ENUM, &btf);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (unsigned)id);

	if (!type)
		return -ENOENT;
	for (unsigned i = 0; i < btf_vlen(type); i++)
		found(arg, btf__name_by_offset(btf, btf_enum(type)[i].name_off),
			(unsigned)btf_enum(type)[i].val);
	return 0;
}

/* EACCES is also what the verifier says to a program; then libbpf has more to say. */
static int explain(int code, const char *doing, const char *what, struct err *err)
{
	if (code == -EPERM || (code == -EACCES && !complaint[0]))
		return err_set(err, code,
			"cannot %s %s: not permitted; run as root or grant CAP_BPF and CAP_PERFMON",
			doing, what);
	return err_set(err, code, "cannot %s %s: %s%s%s", doing, what, strerror(-code),
		complaint[0] ? ": " : "", complaint);
}

int bpf_start(struct bpf_object_skeleton *skeleton, const char *what, struct err *err)
{
	int code;

	listen();
	code = bpf_object__load_skeleton(skeleton);
	if (code < 0)
		return explain(code, "load", what, err);
	malloc_trim(0); /* libbpf had read the types itself */
	code = bpf_object__attach_skeleton(skeleton);
	return code < 0 ? explain(code, "attach", what, err) : 0;
}

/* After each million of objects without a record the kernel lets its reader rest. */
static bool goes_on(unsigned *rests)
{
	return errno == EINTR || (errno == EAGAIN && ++*rests < RESTS_MOST);
}

ssize_t bpf_iterate(const struct bpf_link *link, size_t size,
	void (*found)(void *arg, const void *record), void *arg)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	unsigned rests = 0;
	size_t have = 0;
	ssize_t n = 0, len;
	char *buf;

	if (fd < 0)
		return -errno;
	buf = xcalloc(ITER_BYTES, 1);
	while ((len = read(fd, buf + have, ITER_BYTES - have)) > 0 || (len < 0 && goes_on(&rests))) {
		size_t at = 0;

		have += len > 0 ? (size_t)len : 0;
		for (; have - at >= size; at += size, n++)
			found(arg, buf + at);
		have -= at;
		memmove(buf, buf + at, have);
	}
	if (len < 0)
		n = -errno;
	free(buf);
	close(fd);
	return n;
}

ssize_t bpf_iterate_process(const struct bpf_program *program, pid_t pid, size_t size,
	void (*found)(void *arg, const void *record), void *arg)
{
	union bpf_iter_link_info info = { .task.pid = (__u32)pid };
	DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info,
		.link_info_len = sizeof(info));
	struct bpf_link *link;
	ssize_t n;

	listen();
	link = bpf_program__attach_iter(program, &opts);
	if (!link)
		return errno == E2BIG || errno == EINVAL ? -EOPNOTSUPP : -errno;
	n = bpf_iterate(link, size, found, arg);
	bpf_link__destroy(link);
	return n;
}

struct bpf_link *bpf_attach_to_map(const struct bpf_program *program, const struct bpf_map *map)
{
	union bpf_iter_link_info info = { .map.map_fd = (__u32)bpf_map__fd(map) };
	DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info,
		.link_info_len = sizeof(info.map));

	listen();
	return bpf_program__attach_iter(program, &opts);
}

static int read_batches(const struct bpf_map *map, char *key, char *value,
	void (*found)(void *arg, const void *key, const void *value), void *arg)
{
	const size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	__u32 token, n;
	void *from = NULL;
	int code;

	do {
		n = MAP_BATCH;
		code = bpf_map_lookup_batch(
			bpf_map__fd(map), from, &token, key, value, &n, NULL);
		if (code < 0 && errno != ENOENT) /* which says that these are the last */
			return -errno;
		for (size_t i = 0; i < n; i++)
			found(arg, key + i * key_size, value + i * value_size);
		from = &token;
	} while (code == 0);
	return 0;
}

int bpf_read_map(const struct bpf_map *map,
	void (*found)(void *arg, const void *key, const void *value), void *arg)
{
	char *key = xcalloc(MAP_BATCH, bpf_map__key_size(map));
	char *value = xcalloc(MAP_BATCH, bpf_map__value_size(map));
	int code = read_batches(map, key, value, found, arg);

	free(key);
	free(value);
	return code;
}

int bpf_cpus(void)
{
	return libbpf_num_possible_cpus();
}
