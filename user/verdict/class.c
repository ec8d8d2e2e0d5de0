// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of classes and confidence. */
#include "verdict/class.h"

#include <string.h>

#define CLASS_NAME(ident, name) [VERDICT_##ident] = (name),
static const char *const class_names[NR_VERDICTS] = { VERDICT_CLASSES(CLASS_NAME) };
#undef CLASS_NAME

const char *verdict_class_name(enum verdict_class class)
{
	return class < NR_VERDICTS ? class_names[class] : "unknown";
}

int verdict_class_parse(const char *name)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++)
		if (!strcmp(name, class_names[i]))
			return i;
	return -1;
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = { "low", "medium", "high" };

	return names[confidence];
}
