#!/bin/sh
# Makes the passwords and the users for redis.conf and docker-compose.yml, once:
#
#   secrets/users.acl       the users, with SHA-256 hashes of their passwords
#   secrets/NAME.password   the password of each user
#
# The directory is closed to others (0700). The files in it are readable (0444),
# because a container reads them under a user id that is not yours; nobody else
# gets past the directory. None of it belongs into git.
set -eu
umask 077
cd "$(dirname "$0")/.."

if [ -e secrets ]; then
	echo "make-secrets: secrets/ is there already; remove it to get new passwords" >&2
	exit 0
fi

hash() {
	if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

# A directory of its own that becomes secrets/ only when it is complete.
new=$(mktemp -d secrets.XXXXXX)
trap 'rm -rf "$new"' EXIT

# user NAME RULES: 128 random bits for a password; the rules go to users.acl.
# printf is built into the shell, so that no password is in a process list.
user() {
	password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	[ "${#password}" -eq 32 ]
	printf '%s' "$password" >"$new/$1.password"
	printf 'user %s on #%s %s\n' "$1" "$(printf '%s' "$password" | hash)" "$2" >>"$new/users.acl"
}

# An ACL file cannot hold comments, so the reasons stand here. Order matters:
# later rules win.
#
# What redisduel's load needs: its own keys and channels, and all commands but
# those for administrators and the dangerous ones (KEYS, FLUSHALL, CLIENT KILL,
# CONFIG, DEBUG, SHUTDOWN and so on, some of which @connection would grant).
# Scripts and functions of others must not be thrown away. INFO, SLOWLOG GET and
# LATENCY count as dangerous because they show what others do; they are the
# evidence, and change nothing.
keys='resetkeys ~redisduel:* resetchannels &redisduel:*'
load='+@all -@admin -@dangerous -script|flush -script|kill -function|flush -function|kill -function|delete -function|restore'
evidence='+info +slowlog|get +slowlog|len +latency|latest +latency|history +latency|histogram'

# Nobody is let in without a name and a password.
echo 'user default reset off' >"$new/users.acl"
# The patterns, and the anti-patterns that need no more than they do.
user bench "$keys -@all $load $evidence"
# The anti-patterns: KEYS too, which stops the server for all its clients.
user anti "$keys -@all $load $evidence +keys"
# The health check: PING, and nothing to read.
user health 'resetkeys resetchannels -@all +ping'
# Forms the cluster of docker-compose.yml; of no use on a single server.
user setup 'resetkeys resetchannels -@all +ping +info +cluster|info +cluster|nodes +cluster|addslots +cluster|set-config-epoch +cluster|meet'

chmod 0444 "$new"/*
mv "$new" secrets
trap - EXIT
echo "make-secrets: wrote secrets/; use it as in REDIS_URL=redis://bench:\$(cat secrets/bench.password)@127.0.0.1:6379" >&2
