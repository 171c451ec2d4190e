"""Answers the questions of `sam deploy --guided` in a pseudo-terminal, as somebody at a keyboard would.

guided.py ANSWERS PROGRAM ARGUMENT…   ANSWERS: JSON, from what a question begins with to its answer; Enter for the rest.
"""

import json
import os
import pty
import re
import sys

QUESTION = re.compile(r"(?:^|\n)\s*((?:\x1b\[[0-9;]*m)*[^\n]*\[[^\]\n]*\]: ?(?:\x1b\[[0-9;]*m)*)$")


def main():
    answers = json.loads(sys.argv[1])
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    pending = ""
    while True:
        try:
            part = os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            break
        if part == "":
            break
        sys.stdout.write(part)
        sys.stdout.flush()
        pending = (pending + part.replace("\r", ""))[-2000:]
        question = QUESTION.search(pending)
        if question:
            asked = re.sub(r"\x1b\[[0-9;]*m", "", question.group(1)).strip()
            answer = next((answers[start] for start in answers if asked.startswith(start)), "")
            os.write(terminal, f"{answer}\n".encode())
            pending = ""
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
