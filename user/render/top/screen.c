// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes the terminal, gives it back however the process ends, and translates keys. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "render/top/draw.h"
#include "render/top/top.h"
#include "render/top/view.h"

#define ESCAPE_WAIT_MS 25 /* for the rest of a key's sequence */
#define KEPT_ERRORS 4096 /* bytes of what was printed on standard error */

struct top {
	SCREEN *screen;
	struct top_history history;
	struct top_view view;
	struct top_style style;
	int errors, saved_errors; /* standard error is kept in errors meanwhile; -1: it is not */
};

/* ---- the terminal is restored also after a crash --------------------------------------------- */
static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
static struct termios before;

/* Only calls that a signal handler may use: leave the alternate screen, show the cursor. */
static void on_crash(int number)
{
	static const char leave[] = "\033[?1049l\033[?25h\033[?1l\033>\033[0m\r\n";
	ssize_t written = write(STDOUT_FILENO, leave, sizeof(leave) - 1);

	(void)written;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	/* SA_RESETHAND: this time it ends the process */
	raise(number);
}

static void catch_crashes(bool on)
{
	struct sigaction action = { .sa_handler = on ? on_crash : SIG_DFL,
				    .sa_flags = (int)SA_RESETHAND };
	size_t i;

	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
}

/* ---- standard error -------------------------------------------------------------------------- */
static void keep_errors(struct top *top)
{
	top->errors = top->saved_errors = -1;
	if (!isatty(STDERR_FILENO))
		return;
	top->errors = memfd_create("errors", MFD_CLOEXEC);
	top->saved_errors = top->errors < 0 ? -1 : dup(STDERR_FILENO);
	if (top->saved_errors >= 0)
		dup2(top->errors, STDERR_FILENO);
}

/* The last of what was printed is printed now. */
static void give_errors(struct top *top)
{
	char text[KEPT_ERRORS];
	off_t end;
	ssize_t got = 0;

	if (top->saved_errors >= 0) {
		dup2(top->saved_errors, STDERR_FILENO);
		close(top->saved_errors);
		end = lseek(top->errors, 0, SEEK_END);
		got = pread(top->errors, text, sizeof(text),
			    end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0);
		if (got > 0)
			got = write(STDERR_FILENO, text, (size_t)got);
	}
	if (top->errors >= 0)
		close(top->errors);
}

/* ---- open and close -------------------------------------------------------------------------- */
static void set_up(const struct top_config *config, struct top *top)
{
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_WAIT_MS);
	curs_set(0);
	top->style.colour = config->colour && top_draw_colours();
	top->style.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	top->view.plays = config->plays;
}

int top_open(const struct top_config *config, struct top **ret, struct err *e)
{
	struct top *top = calloc(1, sizeof(*top));

	if (!top)
		return err_set(e, ERR_FAILED, "out of memory");
	setlocale(LC_CTYPE, "");
	tcgetattr(STDIN_FILENO, &before);
	/* unlike initscr() it does not end the process when the terminal is not known */
	top->screen = newterm(NULL, stdout, stdin);
	if (!top->screen) {
		free(top);
		return err_set(e, ERR_FAILED,
			       "the terminal type is not known here; set TERM, for example to "
			       "xterm or vt100");
	}
	keep_errors(top);
	catch_crashes(true);
	set_up(config, top);
	top_draw(&top->view, &top->history, &top->style);
	*ret = top;
	return 0;
}

void top_close(struct top *top)
{
	if (!top)
		return;
	/* a terminal without a second screen keeps the tables, not the line of keys */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	catch_crashes(false);
	delscreen(top->screen);
	give_errors(top);
	top_view_free(&top->view);
	top_history_free(&top->history);
	free(top);
}

/* ---- windows and keys ------------------------------------------------------------------------ */
static void redraw(struct top *top)
{
	if (!top_view_select(&top->view, top->history.shown))
		top_draw(&top->view, &top->history, &top->style);
}

int top_add(struct top *top, const struct report *report)
{
	struct top_frame *frame = top_frame_new(report, top->history.count + 1);

	if (!frame)
		return -ENOMEM;
	top_history_add(&top->history, frame);
	redraw(top);
	return 0;
}

void top_forget(struct top *top)
{
	bool held = top->history.held;

	top_view_free(&top->view);
	top_history_free(&top->history);
	top->history.held = held;
}

static int translate(int key)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{ KEY_UP, TOP_KEY_UP },
		{ KEY_DOWN, TOP_KEY_DOWN },
		{ KEY_LEFT, TOP_KEY_LEFT },
		{ KEY_RIGHT, TOP_KEY_RIGHT },
		{ KEY_PPAGE, TOP_KEY_PAGE_UP },
		{ KEY_NPAGE, TOP_KEY_PAGE_DOWN },
		{ KEY_HOME, TOP_KEY_HOME },
		{ KEY_END, TOP_KEY_END },
		{ KEY_ENTER, '\n' },
		{ KEY_BACKSPACE, TOP_KEY_BACKSPACE },
		{ 0x7f, TOP_KEY_BACKSPACE },
		{ '\b', TOP_KEY_BACKSPACE },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (key == keys[i].theirs)
			return keys[i].ours;
	return key > 0x7f ? TOP_KEY_OTHER : key;
}

enum top_action top_keys(struct top *top)
{
	enum top_action action = TOP_NOTHING;
	bool changed = false;
	int key;

	while (action == TOP_NOTHING && (key = getch()) != ERR) {
		changed = true;
		if (key == KEY_RESIZE)
			continue;
		action = top_view_key(&top->view, &top->history, translate(key));
		/* the next key is about what this one chose */
		if (action == TOP_NOTHING && top_view_select(&top->view, top->history.shown))
			break;
	}
	if (changed)
		redraw(top);
	return action;
}

unsigned long top_steps(const struct top *top)
{
	return top->view.steps;
}

uint64_t top_number(const struct top *top)
{
	return top->history.shown ? top->history.shown->number : 0;
}

void top_hold(struct top *top, bool hold)
{
	top_history_hold(&top->history, hold);
}

bool top_is_held(const struct top *top)
{
	return top->history.held;
}

void top_say(struct top *top, const char *text)
{
	snprintf(top->view.message, sizeof(top->view.message), "%s", text);
	redraw(top);
}
