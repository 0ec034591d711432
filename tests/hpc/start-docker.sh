#!/bin/bash
# A Docker daemon for tests (Debian/Ubuntu, root), with a data folder of its own and no bridge: containers have no network.
#
#   start-docker.sh start DIR     install docker.io if missing, start dockerd, wait until it answers
#   start-docker.sh stop DIR      stop the daemon that `start` started
set -euo pipefail

die() { echo "start-docker: $*" >&2; exit 1; }
DIR=${2:?a folder for its data}

install() {
  command -v dockerd >/dev/null && return 0
  command -v apt-get >/dev/null || die "no dockerd, and no apt-get to install it with"
  export DEBIAN_FRONTEND=noninteractive
  # The package must not start a daemon of its own.
  local policy=/usr/sbin/policy-rc.d made=0
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made=1; fi
  local ok=1
  apt-get install -y -qq --no-install-recommends docker.io >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io >/dev/null; } || ok=0
  [ $made = 0 ] || rm -f $policy
  [ $ok = 1 ] || die "apt-get could not install docker.io"
}

start() {
  [ "$(id -u)" = 0 ] || die "needs root"
  install
  mkdir -p "$DIR/data"
  setsid dockerd --data-root "$DIR/data" --pidfile "$DIR/dockerd.pid" --iptables=false --bridge=none \
    >"$DIR/dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 60); do
    docker info >/dev/null 2>&1 && return 0
    sleep 0.5
  done
  tail -5 "$DIR/dockerd.log" >&2
  die "dockerd did not answer within 30 s"
}

stop() {
  local pid
  pid=$(cat "$DIR/dockerd.pid" 2>/dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
  kill "$pid"
  for _ in $(seq 150); do [ -e "/proc/$pid" ] || return 0; sleep 0.1; done
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  *) sed -n '2,/^set -e/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac
