// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

/* Each probes/NAME.c defines `const struct probe probe_NAME`. */
#define PROBE(name) extern const struct probe probe_##name;
#include "probes/list.h"
#undef PROBE

#define PROBE(name) &probe_##name,
const struct probe *const probes[SECTION_COUNT] = {
#include "probes/list.h"
};
#undef PROBE
