#!/usr/bin/env python3
"""Checks what bash, zsh and fish complete with the scripts that the launcher makes for them.

    apt-get install zsh fish
    check_completion.py [LAUNCHER]

LAUNCHER is the program, `.build/debug/launcher` unless given. In a folder with a configuration, a model,
a hostfile and texts, types the beginning of a line and TAB into bash and zsh, and asks fish, which can
say what it would propose. Prints a table of shells and cases, and exits with 1 if one fails.
"""
import os
import pty
import select
import subprocess
import sys
import tempfile
import time

LAUNCHER = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/debug/launcher")
# What is typed, and what may stand in place of its last word.
CASES = [
    ("launcher tr", ["train", "translate"]),
    ("launcher train con", ["config.yaml"]),
    ("launcher translate mod", ["model/"]),
    ("launcher train config.yaml --from mod", ["model/"]),
    ("launcher train --from model con", ["config.yaml"]),
    ("launcher train config.yaml --ranks 2 --hosts ho", ["hosts"]),
    ("launcher train config.yaml --ov", ["--overwrite"]),
    ("launcher evaluate model --source te", ["test.en"]),
    ("launcher evaluate --tokenize ch", ["char"]),
]
# In bash and zsh, Ctrl-T writes the line to a file.
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source ../script\n"
             "dump() { printf %s \"$READLINE_LINE\" >../line.new; mv ../line.new ../line; }\n"
             "bind -x '\"\\C-t\": dump'\n"),
    "zsh": (["zsh", "-f", "-i"], "fpath=($PWD/../functions $fpath); autoload -U compinit; compinit -u -D\n"
            "dump() { printf %s \"$BUFFER\" >../line.new; mv ../line.new ../line }\n"
            "zle -N dump; bindkey '^T' dump\n"),
}


class Shell:
    """A shell in a terminal, with the launcher's completion."""

    def __init__(self, name, folder):
        self.folder = folder
        words, start = START[name]
        process, self.terminal = pty.fork()
        if process == 0:
            os.chdir(os.path.join(folder, "work"))
            os.execvp(words[0], words)
        self.process = process
        self.type(start + "echo rea''dy\n")
        self.seen("\nready", 20)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def seen(self, end=None, seconds=0.3):
        """What the shell writes, until `end` or until it is silent."""
        text, last = "", time.monotonic() + seconds
        while (end or "\0") not in text and select.select(
                [self.terminal], [], [], last - time.monotonic() if end else seconds)[0]:
            text += os.read(self.terminal, 1 << 16).decode(errors="replace")
        return text

    def completed(self, line):
        """The line after TAB, and what is shown after two more."""
        path = os.path.join(self.folder, "line")
        if os.path.exists(path):
            os.remove(path)
        self.seen()
        self.type(line + "\t")
        self.seen()
        self.type("\x14")
        end = time.monotonic() + 10
        while not os.path.exists(path) and time.monotonic() < end:
            self.seen()
        result = ""  # of a shell that does not answer
        if os.path.exists(path):
            with open(path) as file:
                result = file.read()
        self.type("\t\t")
        shown = self.seen()
        self.type("\x03")  # Ctrl-C: a new line
        return result, shown


def holds(shell, line, proposals):
    result, shown = shell.completed(line)
    begin, word = line.rsplit(" ", 1)
    if len(proposals) == 1:
        return result.rstrip() == f"{begin} {proposals[0]}", result
    common = os.path.commonprefix(proposals)
    return result == f"{begin} {common}" and all(p in shown for p in proposals), result + " " + repr(shown)


def fish(folder, line, proposals):
    script = f"source {folder}/script; complete -C '{line}'"
    result = subprocess.run(["fish", "--no-config", "-c", script], cwd=f"{folder}/work", text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return [x.split("\t")[0] for x in result.splitlines()] == proposals, result


def make_folder(folder):
    for name in ["work/model", "functions"]:
        os.makedirs(os.path.join(folder, name))
    # The others must not be proposed in their places.
    for name in ["config.yaml", "config.txt", "model.txt", "hosts", "test.en", "train.en"]:
        open(os.path.join(folder, "work", name), "w").close()


def main():
    os.environ["PATH"] = os.path.dirname(LAUNCHER) + ":" + os.environ["PATH"]
    os.environ["TERM"] = "dumb"
    failed = False
    rows = {line: [] for line, _ in CASES}
    for name in ["bash", "zsh", "fish"]:
        with tempfile.TemporaryDirectory() as folder:
            make_folder(folder)
            script = subprocess.run([LAUNCHER, "--generate-completion-script", name], check=True,
                                    stdout=subprocess.PIPE).stdout
            for path in ["script", "functions/_launcher"]:
                with open(os.path.join(folder, path), "wb") as file:
                    file.write(script)
            shell = Shell(name, folder) if name in START else None
            for line, proposals in CASES:
                good, result = (holds(shell, line, proposals) if shell else fish(folder, line, proposals))
                rows[line].append("yes" if good else "NO")
                if not good:
                    failed = True
                    print(f"{name}: {line}<TAB> gives {result!r}, not {' '.join(proposals)}")
            if shell:
                shell.close()
    width = max(map(len, rows)) + 7
    print("".ljust(width) + "bash  zsh   fish")
    for line, cells in rows.items():
        print((line + "<TAB>").ljust(width) + "".join(c.ljust(6) for c in cells).rstrip())
    sys.exit(1 if failed else 0)


main()
