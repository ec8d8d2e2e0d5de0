// SPDX-License-Identifier: GPL-2.0-or-later
/* The frameworks as a table. */
#include "lib/frameworks.h"

#include <string.h>

static const struct framework_traits traits[] = {
	[FRAMEWORK_NONE] = { .name = "" },
	[FRAMEWORK_GEVENT] = { "gevent", RUNTIME_CPYTHON, "/gevent/", NULL, NULL, "gevent/" },
	[FRAMEWORK_EVENTLET] = { "eventlet", RUNTIME_CPYTHON, NULL, NULL, NULL, "eventlet/" },
	[FRAMEWORK_CELERY] = { "Celery", RUNTIME_CPYTHON, "/_billiard.", "celery", NULL,
			       "celery/" },
	[FRAMEWORK_TORNADO] = { "Tornado", RUNTIME_CPYTHON, "/tornado/", NULL, NULL, "tornado/" },
	[FRAMEWORK_TWISTED] = { "Twisted", RUNTIME_CPYTHON, "/twisted/", "twistd", NULL,
				"twisted/" },
	[FRAMEWORK_SYNC_TO_ASYNC] = { "sync_to_async", RUNTIME_CPYTHON, NULL, NULL, NULL,
				      "asgiref/sync.py" },
	[FRAMEWORK_UVICORN] = { "uvicorn", RUNTIME_CPYTHON, NULL, "uvicorn", NULL, "uvicorn/" },
	[FRAMEWORK_GUNICORN] = { "gunicorn", RUNTIME_CPYTHON, NULL, "gunicorn", NULL, "gunicorn/" },
	[FRAMEWORK_UVLOOP] = { "uvloop", RUNTIME_CPYTHON, "/uvloop/", NULL, NULL, NULL },
	[FRAMEWORK_TOKIO] = { "tokio", RUNTIME_NATIVE, NULL, NULL, "tokio-runtime", NULL },
	[FRAMEWORK_FORK_JOIN] = { "ForkJoinPool", RUNTIME_JAVA, NULL, NULL, "ForkJoinPool", NULL },
	[FRAMEWORK_PUMA] = { "Puma", RUNTIME_RUBY, NULL, "puma", "puma ", NULL },
	[FRAMEWORK_PHP_FPM] = { "PHP-FPM", RUNTIME_PHP, NULL, "php-fpm", NULL, NULL },
	[FRAMEWORK_NGINX] = { "nginx", RUNTIME_NATIVE, NULL, "nginx", NULL, NULL },
	[FRAMEWORK_REDIS] = { "Redis", RUNTIME_NATIVE, NULL, "redis-server", "valkey-server",
			      NULL },
	[FRAMEWORK_POSTGRESQL] = { "PostgreSQL", RUNTIME_NATIVE, NULL, "postgres", NULL, NULL },
	[FRAMEWORK_MYSQL] = { "MySQL", RUNTIME_NATIVE, NULL, "mysqld", "mariadbd", NULL },
};
_Static_assert(sizeof(traits) / sizeof(traits[0]) == NR_FRAMEWORKS,
	       "each framework needs a row here");
_Static_assert(NR_FRAMEWORKS <= 64, "a bit each in record_process.frameworks");

const struct framework_traits *framework_traits(enum framework_id id)
{
	return &traits[id < NR_FRAMEWORKS ? id : FRAMEWORK_NONE];
}

uint64_t framework_of_module(const char *path)
{
	int i;

	for (i = FRAMEWORK_NONE + 1; i < NR_FRAMEWORKS; i++)
		if (traits[i].module && strstr(path, traits[i].module))
			return 1ULL << i;
	return 0;
}
