#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Keymap files as a C table: name and text of each, so that the defaults need no file.
echo "#include \"keymaps/builtin.h\""
echo "const struct keymap_file keymap_files[] = {"
for file; do
	printf "\t{ \"%s\",\n" "$(basename "$file" .keys)"
	sed "s/[\\\\\"]/\\\\&/g; s/.*/\t  \"&\\\\n\"/" "$file"
	echo "\t},"
done
echo "\t{ 0 },"
echo "};"
