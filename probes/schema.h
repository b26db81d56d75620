/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SCHEMA_H
#define PARALLAX_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The shape of a snapshot as data: one row a field. The JSON writer, the JSON reader, the
 * rounding of values and parallax-snapshot.5 all read these rows, so they cannot disagree.
 */
enum field_kind {
	FIELD_F64,    /* double; NAN is null */
	FIELD_U64,    /* uint64_t; UNKNOWN_U64 is null */
	FIELD_STR,    /* const char *; NULL is null */
	FIELD_BOOL,   /* bool */
	FIELD_ENUM,   /* an enum of the size of int, by words; "" in words is null */
	FIELD_OBJECT, /* a struct inside the struct */
	FIELD_ARRAY,  /* a pointer and a size_t count */
	FIELD_KEYED,  /* the same, written as an object: the first field (a string) is the key */
	FIELD_MAP,    /* the same, of two fields: written as an object, the second by the first */
	FIELD_PLAIN   /* FIELD_ARRAY of one field: written as an array of that alone */
};

/* Whom a string may give away: what is put in its place when a snapshot is made anonymous. */
enum identity {
	IDENTITY_UNDECIDED, /* no string's */
	IDENTITY_NONE,	    /* a word of ours, the kernel or the VMM; numbers; lists of CPUs */
	IDENTITY_TEXT,	    /* a sentence, in which any of the others may stand */
	IDENTITY_FINDING,   /* that of a finding */
	IDENTITY_SUBJECT,   /* part of a VM: vda, vda w, vcpu 3, CPUs 0-3 */
	IDENTITY_HOST,
	IDENTITY_VM,
	IDENTITY_TITLE,
	IDENTITY_UUID, /* or another key of a VM */
	IDENTITY_PROCESS,
	IDENTITY_WHO,	/* a VM or a process */
	IDENTITY_THIEF, /* the same of a struct thief, whose kind says which */
	IDENTITY_IMAGE, /* a file, a device or an address */
	IDENTITY_LAYER, /* what lies below a disk, in words */
	IDENTITY_CGROUP,
	IDENTITY_DISK,
	IDENTITY_DEVICE,
	IDENTITY_NIC,
	IDENTITY_BRIDGE,
	IDENTITY_MAC,
	IDENTITY_SERIAL
};

struct schema;

struct field {
	const char *name; /* in JSON */
	enum field_kind kind;
	size_t offset, count_offset;
	const char *const *words; /* FIELD_ENUM: by value, ended by NULL */
	const struct schema *of;  /* FIELD_OBJECT, and of the lists the items */
	enum identity identity;	  /* FIELD_STR */
	size_t most;		  /* FIELD_ARRAY and FIELD_PLAIN: as many items; 0: any number */
	const char *doc;	  /* meaning and unit, one sentence for the manual */
};

struct schema {
	const char *name; /* "vm", as headed in the manual */
	const char *doc;
	size_t size; /* of the struct */
	const struct field *field;
	size_t n_field;
};

extern const struct schema schema_snapshot, schema_vm, schema_vcpu, schema_nic, schema_disk,
	schema_block_device, schema_op_minute;

/* The words of the shared enums (vm.h), by value, for the screen as well. */
extern const char *const words_source_state[], *const words_vm_accel[], *const words_vm_state[],
	*const words_verdict[], *const words_severity[], *const words_steal_clock[],
	*const words_gap_kind[], *const words_thief_kind[], *const words_helper_kind[],
	*const words_modes_found[], *const words_numa_span[], *const words_exhausted_of[],
	*const words_stall_kind[], *const words_pinned_kind[], *const words_isolation[],
	*const words_nic_kind[], *const words_nic_datapath[], *const words_nic_cause[],
	*const words_disk_layer[];

/* A pointer and a count, however it is written. */
bool field_is_list(const struct field *field);
/* Its items are written as objects, not as the value of their last field alone. */
bool field_has_objects(const struct field *field);
/* Its items have keys, their first field: it is written as an object. */
bool field_has_keys(const struct field *field);

/* Set every field of one object to unknown (arrays to empty). */
void schema_init(const struct schema *schema, void *object);
/*
 * Round every F64 below object to six decimals, from 2^32 on to none. What JSON cannot carry
 * exactly, an infinite number or an integer of 2^63 and more, becomes unknown.
 */
void schema_round(const struct schema *schema, void *object);

#endif
