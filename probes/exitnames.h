/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_EXITNAMES_H
#define PARALLAX_EXITNAMES_H

#include <stdint.h>

#include "probes/arena.h"

/*
 * What kvm_exit's reason is called, as in the kernel's headers and so in perf kvm stat: "HLT",
 * "npf"; "reason 123" when they have no name for it. isa: KVM's number (exits.h). The name is
 * valid as long as arena.
 */
const char *exit_name(uint32_t isa, uint32_t reason, struct arena *arena);

#endif
