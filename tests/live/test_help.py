# SPDX-License-Identifier: GPL-2.0-or-later
"""What boundby says of its own use: help agrees with the parser, the manual page is one for man, the
completions complete in the shells that they are for."""
import os
import re
import subprocess
import tempfile

import live

CALM = True  # none of these measures time: see run.py

VALUES = {"PID[,PID]": "1", "TID[,TID]": "1", "COMM": "x", "PATH": "/x", "TIME": "1", "FILE": "x",
          "FORMAT": "csv", "WHEN": "14:03", "DEPTH": "sched", "RULE=VALUE": "io-ratio=1",
          "CLASS[,CLASS]": "idle", "PERCENT": "1%", "DIR": "x", "SIZE": "1G", "ADDRESS": "9464",
          "FILE.prom": "x.prom", "LIST": "on-cpu", "KIND": "unit", "COMMAND": "true",
          "USER": "x"}


def options_of(text):
    """{--name: argument} of a help text."""
    section = text.partition("\noptions")[2].partition("\n\n")[0]
    rows = re.findall(r"^  (?:-\w,|   ) (--[a-z-]+)(\[=TIME\])?(?: (\S+))?(?=  +)", section, re.M)
    live.expect(rows, lambda: f"no options in {text!r}")
    return {name: argument for name, _, argument in rows}


def commands():
    section = live.run("--help").out.partition("\ncommands\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\w+)", section, re.M)


def test_help_agrees_with_the_parser():
    """Of each command: an option that its help shows is known to it, another is refused."""
    everything = options_of(live.run("--help").out)
    live.expect(len(commands()) >= 12, f"commands: {commands()}")
    problems = live.Problems()
    for command in commands():
        result = live.run("help", command)
        problems.case(command, live.expect,
                      result.status == 0 and result.out == live.run(command, "--help").out,
                      f"help {command} and {command} --help differ: {result!r}")
        problems.case(command, live.expect, f"usage: boundby {command}" in result.out and
                      "\nexamples\n" in result.out, f"no usage or no example: {result!r}")
        own = options_of(result.out)
        for name, argument in everything.items():
            if name in ("--help", "--version"):
                continue
            # a value that no option takes, so that nothing is started: '' is refused everywhere
            words = [name, VALUES[argument]] if argument else [name]
            refusal = live.run(command, *words, "--no-such-option").err
            problems.case(f"{command} {name}", live.expect, "'--no-such-option'" in refusal,
                          f"not parsed: {refusal!r}")
            if name not in own:
                other = live.run(command, *words)
                problems.case(f"{command} {name}", live.expect, other.status == 2 and
                              (f"{name} is not for `boundby {command}`" in other.err or
                               f"not for `boundby {command}`" in other.err),
                              f"its help does not show it, it is taken: {other!r}")
    problems.end()


def test_abbreviations_are_refused():
    """--max is not --max-size: an option means what it says."""
    for words, meant in ((("watch", "-a", "--max", "100"), "--max-size"),
                         (("attach", "-p", "1", "--dur=3"), "--duration"),
                         (("atach", "-p", "1"), "boundby attach")):
        live.run(*words).expect_error(2, f"did you mean {meant}" if meant[0] == "-" else meant)


def test_manual_page():
    """man takes it without a warning and shows every command and option."""
    page = live.run("help", "--man").out
    with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
        file.write(page)
        file.flush()
        done = subprocess.run(["man", "--warnings=all", "-l", file.name], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=dict(os.environ, MANPAGER="cat", MANWIDTH="200", LC_ALL="C"))
    live.expect(done.returncode == 0 and not done.stderr, lambda: f"man: {done.stderr!r}")
    shown = re.sub(".\b", "", done.stdout)
    for word in [*options_of(live.run("--help").out), *(f"boundby {name}" for name in commands())]:
        live.expect(word in shown, f"the manual page does not show {word}")


def test_install():
    """make install puts program, manual page and completions where they are looked for."""
    with tempfile.TemporaryDirectory(prefix="boundby-install-") as folder:
        # what is built is installed as it is, whatever flags it was built with
        done = subprocess.run(["make", "-s", "-o", live.BOUNDBY, "install",
                               f"B={os.path.dirname(live.BOUNDBY)}", f"DESTDIR={folder}",
                               "PREFIX=/usr"],
                              cwd=live.ROOT, text=True, timeout=120, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        live.expect(done.returncode == 0, lambda: f"make install: {done.stdout[-1000:]}")
        for path in ("bin/boundby", "share/man/man1/boundby.1",
                     "share/bash-completion/completions/boundby",
                     "share/zsh/site-functions/_boundby",
                     "share/fish/vendor_completions.d/boundby.fish"):
            live.expect(os.path.getsize(os.path.join(folder, "usr", path)) > 500, path)


# ---- completions --------------------------------------------------------------------------------
# What is typed, and words that are offered (the last one may be what the line becomes).
CASES = (("re", {"record", "report"}),
         ("attach --de", {"--depth"}),
         ("attach --depth s", {"sched", "syscalls"}),
         ("42 --jso", {"--json"}),
         ("explain loop", {"loop-blocked"}),
         ("export -F c", {"csv", "chrome"}),
         ("watch --bud", {"--budget"}),
         ("help wat", {"watch"}),
         ("completion f", {"fish"}))


def shell(*command, text=""):
    done = subprocess.run([*command], input=text, text=True, timeout=60, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    live.expect(done.returncode == 0 and not done.stderr,
                lambda: f"{command[0]}: {done.returncode} {done.stderr!r}")
    return done.stdout


def script(name, folder):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(live.run("completion", name).out)
    return path


def test_completion_bash():
    with tempfile.TemporaryDirectory() as folder:
        path = script("bash", folder)
        for typed, offered in CASES:
            words = ["boundby", *typed.split(" ")]
            out = shell("bash", "-c", 'source "$1"; shift; COMP_WORDS=("$@"); '
                        "COMP_CWORD=$(($# - 1)); _boundby; printf '%s\\n' \"${COMPREPLY[@]}\"",
                        "_", path, *words)
            live.expect(set(out.split()) == offered, f"{typed!r}: {out.split()}")
        out = shell("bash", "-c", 'source "$1"; COMP_WORDS=(boundby attach --depth = sy); '
                    'COMP_CWORD=4; _boundby; echo "${COMPREPLY[@]}"', "_", path)
        live.expect(out == "syscalls\n", f"--depth=sy: {out!r}")
        out = shell("bash", "-c", 'source "$1"; COMP_WORDS=(boundby attach -p ""); COMP_CWORD=3; '
                    '_boundby; echo "${COMPREPLY[@]}"', "_", path)
        live.expect("1" in out.split(), f"-p offers {out.split()[:9]}")


def test_completion_fish():
    with tempfile.TemporaryDirectory() as folder:
        path = script("fish", folder)
        for typed, offered in CASES:
            out = shell("fish", "--no-config", "-c",
                        f"source {path}; complete -C 'boundby {typed}'")
            words = {line.split("\t")[0] for line in out.splitlines()}
            live.expect({word for word in words if not word.endswith("/")} == offered,
                        f"{typed!r}: {words}")


ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -U compinit; compinit -u -d $1/dump; source $1/zsh; PS1=; bindkey '^I' complete-word"
zpty -w shell "print re''ady"
zpty -r shell line '*ready*'
zpty -n -w shell $'boundby attach --dep\\tsy\\t'
zpty -r shell line '*syscalls*' && print -r -- completed
"""


def test_completion_zsh():
    """zsh completes only on a terminal: it gets a pseudo terminal."""
    with tempfile.TemporaryDirectory() as folder:
        path = script("zsh", folder)
        shell("zsh", "-n", path)
        out = shell("timeout", "30", "zsh", "-c", ZSH, "_", folder)
        live.expect("completed" in out, f"--dep TAB sy TAB: {out!r}")
