# parallax: `make run` and `make check` are all you need; V=1 shows commands, DEVELOPER=1 is strict.
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
VERSION := 0.1.0
PREFIX  ?= /usr/local
O       ?= build
CC      ?= gcc
PKGS    := ncursesw libvirt libvirt-qemu libxml-2.0 jansson
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $(1) $(2:$(O)/%=%)")

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
           $(if $(DEVELOPER),-Werror -Wformat=2 -Wundef -Wwrite-strings)
FLAGS    = -std=gnu11 -D_GNU_SOURCE -DPARALLAX_VERSION='"$(VERSION)"' -DPARALLAX_KEYS='"$(PREFIX)/share/parallax"' \
           -I. -pthread -fPIE $(WARN) $(SANITIZE) $(shell pkg-config --cflags $(PKGS))
LIBS     = -pthread -lm $(shell pkg-config --libs $(PKGS))

SOURCES := $(filter-out %.bpf.c tui/main.c,$(wildcard probes/*.c panes/*.c keymaps/*.c tui/*.c))
OBJECTS  = $(SOURCES:%.c=$(O)/%.o) $(O)/keymaps/builtin.o
CTESTS   = $(patsubst %.c,$(O)/%,$(wildcard tests/*/*-t.c))
TESTS    = $(CTESTS) $(wildcard tests/*-t tests/man/*-t tests/tty/*-t)
LIVE     = $(wildcard tests/lab/*-t tests/live/*-t)
TOOLS    = $(patsubst %.c,$(O)/%,$(wildcard tests/tools/*.c))
PAGES   := $(patsubst man/%.in,%,$(wildcard man/*.in))
PROVE   := prove --timer -v --merge
RUNTEST := tests/runtest $(O)

.PHONY: all deps run check check-live bench asan tsan fuzz man install uninstall clean format headers
all: $(O)/parallax man

$(O)/%.o: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/keymaps/builtin.c: keymaps/builtin.sh $(wildcard keymaps/*.keys)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)keymaps/builtin.sh keymaps/*.keys >$@
$(O)/keymaps/builtin.o: $(O)/keymaps/builtin.c
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/libparallax.a: $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(O)/parallax: $(O)/tui/main.o $(O)/libparallax.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -pie -o $@ $^ $(LIBS)
$(O)/tests/%: $(O)/tests/%.o $(O)/libparallax.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -pie -o $@ $^ $(LIBS) -lcmocka -lvterm -lutil
-include $(shell find $(O) -name '*.d' 2>/dev/null)
