// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/style.h"

uint8_t severity_style(enum severity severity, uint8_t normal)
{
	switch (severity) {
	case SEVERITY_NONE:
	case SEVERITY_INFO:
		return normal;
	case SEVERITY_WATCH:
		return STYLE_WATCH;
	case SEVERITY_WARN:
		return STYLE_WARN;
	case SEVERITY_CRITICAL:
		return STYLE_CRITICAL;
	}
	return normal;
}

const char *severity_mark(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NONE:
		return "";
	case SEVERITY_INFO:
		return "-";
	case SEVERITY_WATCH:
		return "~";
	case SEVERITY_WARN:
		return "!";
	case SEVERITY_CRITICAL:
		return "!!";
	}
	return "";
}

uint8_t source_style(enum source_state state)
{
	switch (state) {
	case SOURCE_UNAVAILABLE:
		return STYLE_WATCH;
	case SOURCE_OFF:
		return STYLE_DIM;
	case SOURCE_STALE:
		return STYLE_STALE;
	case SOURCE_OK:
		return STYLE_NORMAL;
	}
	return STYLE_NORMAL;
}

bool verdict_disagrees(enum verdict verdict)
{
	return verdict == VERDICT_HIDDEN || verdict == VERDICT_PHANTOM;
}
