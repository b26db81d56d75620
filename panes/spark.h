/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SPARK_H
#define PARALLAX_SPARK_H

#include <stddef.h>

#include "panes/canvas.h"

/*
 * The newest points that fit into width columns, one a column, as blocks of an eighth of
 * scale each; unknown is blank.
 */
void spark_draw(struct canvas *canvas, int row, int col, int width, uint8_t style,
	const double *points, size_t n, double scale);
/* The next of 10, 20, 50, 100, 200 ... that holds all points. */
double spark_scale(const double *points, size_t n);

/* A bar of value out of scale, in eighths of a column; nothing when unknown. */
void bar_draw(struct canvas *canvas, int row, int col, int width, uint8_t style, double value,
	double scale);

#endif
