#!/usr/bin/env bash
# demo.sh - a private httpd with the configuration of chatws.conf. Called by
# bootstrap.sh with the folder of the build, and then nothing (runs until
# Ctrl-C), --detach (returns when it answers) or stop.
# PORT in the environment is the port, 8080 without it.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=$(cd "$1" && pwd)
mode=${2-}
port=${PORT:-8080}
url=http://127.0.0.1:$port/chat/lobby
compare=http://127.0.0.1:$port/chat/_chatws/compare.html
note=$build_dir/demo.folder # names the folder of a detached demo
answer_seconds=15

fail() {
    echo "demo: $*" >&2
    exit 1
}

from_makefile() {
    sed -n "s/^$1 = //p" "$build_dir/Makefile"
}

# The first line that the port answers to a GET of the room.
answer() {
    (
        exec 3<>"/dev/tcp/127.0.0.1/$port"
        printf 'GET /chat/lobby HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n' "$port" >&3
        printf 'Accept: text/html\r\n\r\n' >&3
        head -n 1 <&3
    ) 2>&1 || true
}

# stop_in FOLDER: ends the httpd of a folder, waits, removes the folder.
stop_in() {
    local pid deadline=$((SECONDS + 20))
    if pid=$(cat "$1/httpd.pid" 2>&1) && kill -TERM "$pid" 2>&1; then
        while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
            sleep 0.1
        done
    fi
    rm -rf "$1"
}

# Everything the server reads is copied to where its user can read it: the clone
# may be in a home that is closed to others.
make_root() {
    local parent=${TMPDIR:-/tmp} user='' modules
    [ "$(id -u)" != 0 ] || parent=/tmp
    root=$(mktemp -d "$parent/chatws-demo.XXXXXX")
    chmod 755 "$root"
    mkdir -p "$root/site"
    cp -R "$source_dir/htdocs" "$root/htdocs"
    chmod -R u+rwX,go+rX "$root/htdocs"
    cp "$build_dir/.libs/mod_chatws.so" "$root/mod_chatws.so"
    grep -v '^LogLevel ' "$source_dir/conf/chatws.conf" >"$root/chatws.conf"
    if [ "$(id -u)" = 0 ]; then
        user=nobody
        ! getent passwd www-data >/dev/null || user=www-data
        user="User $user\nGroup $(id -gn "$user")"
    fi
    modules=$(from_makefile HTTPD_MODULEDIR)
    sed -e "s|@ROOT@|$root|g; s|@PORT@|$port|g; s|@MODULES@|$modules|g" \
        -e "s|@MODULE@|$root/mod_chatws.so|g; s|@USER@|$user|" \
        "$source_dir/conf/demo.conf.in" >"$root/httpd.conf"
}

wait_for_answer() {
    local deadline=$((SECONDS + answer_seconds))
    until [[ $(answer) == *" 200 "* ]]; do
        if ! kill -0 "$httpd_pid" 2>/dev/null ||
            [ "$SECONDS" -ge "$deadline" ]; then
            echo "demo: the page does not answer; the end of the log is:" >&2
            tail -n 5 "$root/error.log" "$root/start.log" >&2 || true
            return 1
        fi
        sleep 0.1
    done
}

if [ "$mode" = stop ]; then
    [ -e "$note" ] || fail "no demo was started with --detach."
    stop_in "$(cat "$note")"
    rm -f "$note"
    exit 0
fi
[ -z "$mode" ] || [ "$mode" = --detach ] || fail "$mode is not known."
[ ! -e "$note" ] || [ ! -e "$(cat "$note")/httpd.pid" ] ||
    fail "a demo is running: end it with ./bootstrap.sh stop."
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "port $port is busy: choose another one," \
        "PORT=8081 ./bootstrap.sh demo."
fi

make_root
trap 'stop_in "$root"' EXIT
trap 'exit 0' INT TERM HUP
# Not in our process group: Ctrl-C reaches only this script, which stops it.
setsid "$(from_makefile HTTPD)" -d "$root" -f "$root/httpd.conf" \
    -DFOREGROUND </dev/null >"$root/start.log" 2>&1 &
httpd_pid=$!
wait_for_answer || exit 1

if [ "$mode" = --detach ]; then
    echo "$root" >"$note"
    trap - EXIT
    echo "mod_chatws is ready: open $url in two windows and chat;" \
        "$compare shows what that costs. Stop it with ./bootstrap.sh stop."
    exit 0
fi
echo "mod_chatws is ready: open $url in two windows and chat;" \
    "$compare shows what that costs. Stop it with Ctrl-C."
wait "$httpd_pid" || true
fail "httpd ended by itself; the end of its log is:" \
    "$(tail -n 3 "$root/error.log")"
