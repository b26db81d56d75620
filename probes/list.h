/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line a probe, in the order of enum section. Only probes.c includes this. */
PROBE(host)
PROBE(topology)
PROBE(kvm)
PROBE(procvm)
PROBE(account)
PROBE(exits)
PROBE(sched)
PROBE(affinity)
PROBE(libvirt)
PROBE(balloon)
PROBE(agent)
