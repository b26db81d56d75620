# SPDX-License-Identifier: GPL-2.0-or-later
# parallax: `make run` and `make check` are all you need. V=1 shows commands, DEVELOPER=1 is strict.
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules $(if $(filter 0,$(MAKELEVEL)),-j$(shell nproc))
VERSION := 0.1.0
PREFIX  ?= /usr/local
O       ?= build
CC       = gcc
CFLAGS  ?= -O2 -g
PKGS    := ncursesw libvirt libvirt-qemu libxml-2.0 jansson libzstd libbpf numa
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	   $(if $(DEVELOPER),-Werror -Wformat=2 -Wundef -Wwrite-strings)
FLAGS    = -std=gnu11 -D_GNU_SOURCE -DPARALLAX_VERSION='"$(VERSION)"' -I. -I$(O) -pthread -fPIE $(WARN) \
	   $(SANITIZE) $(shell pkg-config --cflags $(PKGS))
# BPF: one object a probe, of x.bpf.c and its parts x_*.bpf.c; its skeleton is x.skel.h.
BPFCC   := clang -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -I. \
	   -idirafter /usr/include/$(shell $(CC) -print-multiarch)
LIBS     = -pthread -lm $(shell pkg-config --libs $(PKGS))
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $(1)	$(2)")

BPF     := $(wildcard probes/*.bpf.c)
SKELS   := $(patsubst %.bpf.c,$(O)/%.skel.h,$(filter-out $(wildcard probes/*_*.bpf.c),$(BPF)))
SOURCES := $(filter-out %.bpf.c tui/main.c,$(wildcard probes/*.c panes/*.c keymaps/*.c lessons/*.c tui/*.c))
OBJECTS := $(SOURCES:%.c=$(O)/%.o) $(O)/keymaps/builtin.o
PAGES   := $(patsubst man/%.in,$(O)/man/%,$(wildcard man/*.in))
LESSONS := $(wildcard lessons/*.lesson lessons/*.plx)
CTESTS  := $(patsubst %.c,$(O)/%,$(wildcard tests/*/*-t.c))
TOOLS   := $(patsubst %.c,$(O)/%,$(wildcard tests/tools/*.c))
FUZZERS := $(patsubst %.c,$(O)/%,$(wildcard tests/fuzz/*-fuzz.c))
SCRIPTS := $(wildcard tests/*-t tests/fuzz/*-t tests/tty/*-t)
LIVE    := $(wildcard tests/lab/*-t tests/live/*-t)
ASAN    := O=$(O)/asan SANITIZE='-fsanitize=address,undefined -fno-omit-frame-pointer' CFLAGS='-O1 -g'
TSAN    := O=$(O)/tsan SANITIZE=-fsanitize=thread CFLAGS='-O1 -g'
THREADS := $(addprefix $(O)/tsan/tests/probes/,core-t slow-t workers-t roster-t libvirt-t sched-t reel-t player-t recorder-t saver-t)
PROVE   := tests/prove
SUB     := $(MAKE) --no-print-directory
LABS    := $(patsubst tests/lab/experiments/%.sh,lab-%,$(wildcard tests/lab/experiments/*.sh))

.PHONY: all deps run check check-live bench asan tsan fuzz man tests tools fuzzers install uninstall clean \
	$(LABS)
all: $(O)/parallax man
man: $(PAGES)
tests: tools $(CTESTS)
tools: $(O)/parallax $(TOOLS)
fuzzers: $(FUZZERS)
deps:
	$(Q)tests/deps
run: deps
	+$(Q)$(SUB) $(O)/parallax
	$(Q)tests/lab/lab run $(O)/parallax $(ARGS)
$(LABS): deps
	+$(Q)$(SUB) $(O)/parallax $(O)/tests/tools/flood
	$(Q)O=$(O) tests/lab/experiment $(@:lab-%=%)
check: deps
	+$(Q)$(SUB) all tools DEVELOPER=1
	+$(Q)$(SUB) $(ASAN) tests DEVELOPER=1
	+$(Q)$(SUB) $(TSAN) $(O)/tsan/parallax $(THREADS)
	+$(Q)$(SUB) O=$(O)/fuzz CC=clang SANITIZE='-fsanitize=address,undefined,fuzzer-no-link' fuzzers
	$(Q)O=$(O) $(PROVE) -j2 $(SCRIPTS)
	$(Q)O=$(O) $(PROVE) $(CTESTS:$(O)/%=$(O)/asan/%) $(THREADS) $(LIVE)
check-live: deps
	+$(Q)$(SUB) tools
	$(Q)O=$(O) $(PROVE) $(LIVE)
asan tsan: deps
	+$(Q)$(SUB) $(if $(filter asan,$@),$(ASAN),$(TSAN)) tests
	$(Q)O=$(O)/$@ $(PROVE) $(CTESTS:$(O)/%=$(O)/$@/%) $(wildcard tests/tty/*-t)
fuzz: deps
	+$(Q)$(SUB) O=$(O)/fuzz CC=clang SANITIZE='-fsanitize=address,undefined,fuzzer-no-link' fuzzers
	$(Q)O=$(O) FUZZ_SECONDS=60 $(PROVE) tests/fuzz/fuzz-t
bench: deps
	+$(Q)$(SUB) tools
	$(Q)O=$(O) tests/bench/bench

$(O)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(OBJECTS): | $(SKELS)
$(O)/%.bpf.o: %.bpf.c
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(BPFCC) -MMD -MP -c -o $@ $<
.SECONDEXPANSION:
$(O)/%.skel.h: $$(addprefix $(O)/,$$(addsuffix .o,$$(basename $$(wildcard $$*.bpf.c $$*_*.bpf.c))))
	$(Q)bpftool gen object $(O)/$*.bpf $^ && bpftool gen skeleton $(O)/$*.bpf name $(*F)_bpf >$@
$(O)/keymaps/builtin.o: $(O)/keymaps/builtin.c
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(O)/keymaps/builtin.c: keymaps/builtin.sh $(wildcard keymaps/*.keys)
	@mkdir -p $(@D)
	$(Q)keymaps/builtin.sh $(sort $(filter %.keys,$^)) >$@
$(O)/libparallax.a: $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(O)/parallax: $(O)/tui/main.o $(O)/libparallax.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -pie -o $@ $^ $(LIBS)
$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(O)/libparallax.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=address,undefined,fuzzer -pie -o $@ $^ $(LIBS)
$(O)/tests/%: $(O)/tests/%.o $(O)/libparallax.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -pie -o $@ $^ $(LIBS) -lcmocka -lvterm -lutil
$(O)/man/docgen: $(O)/man/docgen.o $(O)/libparallax.a
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -pie -o $@ $^ $(LIBS)
$(O)/man/%: man/%.in man/expand $(O)/man/docgen
	$(call say,MAN,$@)
	$(Q)man/expand $(O)/man/docgen $< >$@
.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)

install: all
	install -D -m 755 $(O)/parallax $(DESTDIR)$(PREFIX)/bin/parallax
	for page in $(PAGES); do install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	for map in keymaps/*.keys; do install -D -m 644 $$map \
		$(DESTDIR)$(PREFIX)/share/parallax/$${map##*/}; done
	for part in $(LESSONS); do install -D -m 644 $$part \
		$(DESTDIR)$(PREFIX)/share/parallax/$$part; done
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/parallax
	for page in $(PAGES); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(PREFIX)/share/parallax
clean:
	rm -rf $(O)
