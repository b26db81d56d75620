/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TIME_PAGE_H
#define PARALLAX_TIME_PAGE_H

#include "tui/app.h"

/* When findings began and ended, as far as there is anything to be seen: a row each. */
void time_page_build(struct app *app, struct page *page);

#endif
