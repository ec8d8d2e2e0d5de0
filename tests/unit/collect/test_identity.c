// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a process is to its administrator: by its control group, and by its arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/procfs/cgroup_identity.h"
#include "collect/runtimes/script.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UUID "12345678-9abc-def0-1234-56789abcdef0"
#define UUID_ "12345678_9abc_def0_1234_56789abcdef0"

static void test_groups(void **state)
{
	static const struct {
		const char *path, *unit, *container, *pod;
	} cases[] = {
		{ "/", "", "", "" },
		{ "/init.scope", "", "", "" },
		{ "/system.slice/nginx.service", "nginx.service", "", "" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service",
		  "app-x.service", "", "" },
		{ "/user.slice/user-0.slice/session-3.scope", "session-3.scope", "", "" },
		{ "/system.slice/docker-" ID ".scope", "", "docker 0123456789ab", "" },
		{ "/docker/" ID, "", "docker 0123456789ab", "" },
		{ "/machine.slice/libpod-" ID ".scope/container", "", "podman 0123456789ab", "" },
		{ "/system.slice/docker-" ID ".scope/system.slice/cron.service", "cron.service",
		  "docker 0123456789ab", "" },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UUID_
		  ".slice/cri-containerd-" ID ".scope",
		  "", "containerd 0123456789ab", UUID },
		{ "/kubepods.slice/kubepods-pod" UUID_ ".slice/crio-" ID ".scope", "",
		  "cri-o 0123456789ab", UUID },
		{ "/kubepods/besteffort/pod" UUID "/" ID, "", "container 0123456789ab", UUID },
		{ "/a.slice/deadbeef", "", "", "" },
		/* numbers that no engine has given */
		{ "/jobs/" ID, "", "", "" },
		{ "/jobs/0123456789abcdef0123456789abcdef", "", "", "" },
		{ "/system.slice/job-0123456789abcdef.scope", "job-0123456789abcdef.scope", "",
		  "" },
		{ "/docker/0123456789abcdef", "", "", "" },
	};
	struct record_label label;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cgroup_identity_of(cases[i].path, &label);
		assert_string_equal(label.unit, cases[i].unit);
		assert_string_equal(label.container, cases[i].container);
		assert_string_equal(label.pod, cases[i].pod);
	}
}

#define ARGUMENTS(text) text, sizeof(text)

static void test_scripts(void **state)
{
	static const struct {
		const char *arguments;
		size_t length;
		const char *script;
	} cases[] = {
		{ ARGUMENTS("/usr/bin/python3\0-u\0/srv/app/manage.py\0runserver"), "manage.py" },
		{ ARGUMENTS("python3.11\0-X\0dev\0-m\0http.server\08000"), "http.server" },
		{ ARGUMENTS("python3\0-mhttp.server\08000"), "http.server" },
		{ ARGUMENTS("python3\0-Bc\0import secret"), "" },
		{ ARGUMENTS("python3\0-cimport secret"), "" },
		{ ARGUMENTS("python3\0-"), "" },
		{ ARGUMENTS("/usr/bin/python3\0/usr/bin/gunicorn\0app:app"), "gunicorn" },
		{ ARGUMENTS("node\0--max-old-space-size=64\0-r\0dotenv/config\0dist/server.js"),
		  "server.js" },
		{ ARGUMENTS("node\0-e\0secret()"), "" },
		{ ARGUMENTS("node\0--some-port\08080\0x.js"), "" },
		{ ARGUMENTS("java\0-Xmx1g\0-Dkey=secret\0-cp\0/a:/b\0org.example.Main\0secret"),
		  "org.example.Main" },
		{ ARGUMENTS("/usr/lib/jvm/bin/java\0-jar\0/opt/app.jar\0--password=x"), "app.jar" },
		{ ARGUMENTS("bash\0-c\0echo secret"), "" },
		{ ARGUMENTS("/bin/sh\0-eu\0/etc/init.d/thing\0start"), "thing" },
		{ ARGUMENTS("perl\0-lane\0print secret"), "" },
		{ ARGUMENTS("-bash"), "" },
		{ ARGUMENTS("postgres: writer"), "" },
		{ ARGUMENTS("redis-server *:6379\0"), "" },
		{ "python3\0cut off", 15, "" },
		{ "", 0, "" },
	};
	char script[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		script_of(cases[i].arguments, cases[i].length, script, sizeof(script));
		assert_string_equal(script, cases[i].script);
	}
	script_of(ARGUMENTS("sh\0a-name-that-is-long"), script, 8);
	assert_string_equal(script, "a-name-");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
