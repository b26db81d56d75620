// SPDX-License-Identifier: GPL-2.0-or-later
#include "keymaps/actions.h"

#define ACTION(id, name, group, help) [ACTION_##id] = { name, help, GROUP_##group },
const struct action_info action_info[ACTION_COUNT] = {
	[ACTION_NONE] = { "none", "nothing: takes a binding away", GROUP_RUN }, ACTION_LIST(ACTION)
};
#undef ACTION
