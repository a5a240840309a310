#!/bin/sh
# Makes sure of a Redis or Valkey server, version 7.0 or later, that redisduel
# can start. Silent if there is one; a line about what it installs; exit 4 and
# the ways out if it cannot be had.
#
#   scripts/ensure-redis.sh            a server on PATH, else the one that REDIS_URL
#                                      or REDIS_HOST names, else Docker, else a package
#   scripts/ensure-redis.sh --native   a server on PATH, else a package, for the tests
set -eu

oldest=7

say() { printf 'ensure-redis: %s\n' "$*" >&2; }

fail() {
	say "$*"
	say "ways out: install Redis $oldest or later (or Valkey) and put it on PATH, start Docker," \
		"build Redis from source and name it with --redis-server, or use a running server with --url or REDIS_URL"
	exit 4
}

usage() {
	say "usage: $0 [--native]"
	exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# bounded COMMAND...: kills the command if it takes longer than five seconds.
# The timeout command would do, but macOS has none.
bounded() {
	"$@" </dev/null &
	pid=$!
	fifths=25
	while kill -0 "$pid" 2>/dev/null; do
		if [ "$fifths" -le 0 ]; then
			kill -9 "$pid" 2>/dev/null || :
		fi
		fifths=$((fifths - 1))
		# POSIX's sleep knows whole seconds only; nearly every other one more.
		sleep 0.2 2>/dev/null || {
			sleep 1
			fifths=$((fifths - 4))
		}
	done
	wait "$pid" 2>/dev/null
}

# usable PROGRAM: is it on PATH and new enough? Valkey 7.2 calls itself "Server".
usable() {
	have "$1" || return 1
	major=$(bounded "$1" --version 2>/dev/null |
		sed -n 's/^[A-Za-z ]*[Ss]erver v=\([0-9][0-9]*\)\..*/\1/p')
	[ "${major:-0}" -ge "$oldest" ]
}

native() { usable redis-server || usable valkey-server; }

docker_works() { have docker && bounded docker info >/dev/null 2>&1; }

# remote: has the user named a server to measure?
remote() { [ -n "${REDIS_URL-}${REDIS_HOST-}" ]; }

# as_root COMMAND...: runs it as root, by sudo if need be. sudo may ask for a
# password only if somebody is there to give it.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	elif have sudo && [ -t 0 ]; then
		sudo "$@"
	else
		echo "this needs root, and sudo is missing or asks for a password"
		return 1
	fi
}

# quietly COMMAND...: shows what it said only if it failed.
quietly() {
	said=$("$@" 2>&1) || {
		printf '%s\n' "$said" | tail -n 5 >&2
		return 1
	}
}

announce() {
	say "no Redis $oldest or later found: installing $1 with $2" \
		"(if the package starts a service on port 6379, redisduel does not use it)"
}

# candidate PACKAGE: the major version that apt-get would install, or 0.
candidate() {
	version=$(apt-cache policy "$1" 2>/dev/null |
		sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9][0-9]*\)\..*/\2/p')
	echo "${version:-0}"
}

# apt_choice prints the first package that is new enough.
apt_choice() {
	for package in redis-server valkey-server; do
		if [ "$(candidate "$package")" -ge "$oldest" ]; then
			echo "$package"
			return
		fi
	done
	return 1
}

# RUNLEVEL=1 asks Debian's maintainer scripts not to start the service; not
# every init system listens. Installing first and updating the lists only if
# that fails spares most users the update.
install_apt() {
	set -- as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y
	package=$(apt_choice) || {
		say "updating the package lists with apt-get"
		quietly "$@" update || return 1
		package=$(apt_choice) || {
			say "this release's packages of Redis and Valkey are older than $oldest.0"
			return 1
		}
	}
	announce "$package" apt-get
	quietly "$@" install --no-install-recommends "$package" && return
	say "that failed: updating the package lists and trying once more"
	quietly "$@" update && quietly "$@" install --no-install-recommends "$package"
}

# Fedora and RHEL 10 have Valkey; their redis, where there is one, may be 6.
install_dnf() {
	announce "valkey or redis" dnf
	quietly as_root dnf -q -y install valkey ||
		quietly as_root dnf -q -y install redis
}

install_apk() {
	announce "redis or valkey" apk
	quietly as_root apk add -q --no-cache redis ||
		quietly as_root apk add -q --no-cache valkey
}

# Homebrew refuses to run as root.
install_brew() {
	announce redis brew
	quietly env HOMEBREW_NO_AUTO_UPDATE=1 brew install -q redis
}

install_package() {
	for manager in apt-get dnf apk brew none; do
		if have "$manager"; then break; fi
	done
	case $manager in
	apt-get) install_apt ;;
	dnf) install_dnf ;;
	apk) install_apk ;;
	brew) install_brew ;;
	*) fail "no redis-server or valkey-server $oldest.0 or later on PATH, and none of apt-get, dnf, apk and brew to install one" ;;
	esac || fail "$manager could not install a server"
}

case $#,${1-} in
0,) if native || remote || docker_works; then exit 0; fi ;;
1,--native) if native; then exit 0; fi ;;
*) usage ;;
esac
install_package
native || fail "what was installed is older than $oldest.0, or not on PATH"
