// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/spark.h"

#include <math.h>

enum { BLOCK_LOWEST = 0x2581, BLOCK_FULL = 0x2588, EIGHTHS = 8 };

double spark_scale(const double *points, size_t n)
{
	static const double step[] = { 2, 2.5, 2 };
	double most = 0, scale = 10;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(points[i])); /* fmax passes over NAN */
	for (size_t i = 0; scale < most && !isinf(scale); i++)
		scale *= step[i % 3];
	return scale;
}

void spark_draw(struct canvas *canvas, int row, int col, int width, uint8_t style,
	const double *points, size_t n, double scale)
{
	size_t shown = width < 0 ? 0 : n < (size_t)width ? n : (size_t)width;

	col += width - (int)shown;
	for (size_t i = n - shown; i < n; i++, col++) {
		double eighths = ceil(fabs(points[i]) / scale * EIGHTHS);

		if (isnan(eighths))
			continue;
		eighths = fmin(fmax(eighths, 1), EIGHTHS);
		canvas_fill(canvas, row, col, 1, style, BLOCK_LOWEST + (uint32_t)eighths - 1);
	}
}

void bar_draw(struct canvas *canvas, int row, int col, int width, uint8_t style, double value,
	double scale)
{
	int eighths;

	if (isnan(value) || width <= 0)
		return;
	eighths = (int)lround(fmin(fmax(value / scale, 0), 1) * width * EIGHTHS);
	canvas_fill(canvas, row, col, eighths / EIGHTHS, style, BLOCK_FULL);
	if (eighths % EIGHTHS)
		canvas_fill(canvas, row, col + eighths / EIGHTHS, 1, style,
			BLOCK_FULL + EIGHTHS - (uint32_t)(eighths % EIGHTHS));
}
