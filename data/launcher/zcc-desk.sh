#!/bin/sh
# Runs a desk and says the terminal's farewell for it: no process can do that for itself after SIGKILL, or when the
# window is frozen while it ends. Usage: zcc-desk.sh COMMAND [ARGUMENT ...]. Keeps the command's exit code.
#
# SIGHUP is ignored here, so that the farewell is still said; the desk sets its own handler and watches the line.
# The desk runs in the background of this shell (not of the terminal), so that a SIGTERM sent here reaches it.
trap '' HUP
desk=
trap 'kill -TERM "$desk" 2>/dev/null' TERM
trap 'kill -INT "$desk" 2>/dev/null' INT
exec 3<&0
"$@" <&3 3<&- &
desk=$!
while :; do
    wait "$desk"
    code=$?
    kill -0 "$desk" 2>/dev/null || break # else it was a signal that ended the waiting
done
trap - TERM INT
# CAN ends a sequence that was cut off. Then: frames, paste, wrap, kitty's keys, mouse, focus. The cursor is saved before
# the alternate screen is left, so that leaving it twice does not bring back an old place. Last: cursor, colours.
printf '\030\033[?2026l\033[?2004l\033[?7h\033[<u\033[?1000l\033[?1003l\033[?1006l\033[?1004l\0337\033[?1049l\033[?25h\033[0m' \
    >&2 2>/dev/null
stty sane <&3 2>/dev/null
exit "$code"
