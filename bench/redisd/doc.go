// Package redisd starts Redis servers and clusters that live as long as their
// owner and not a moment longer.
//
// A server is a child process, never a daemon. Its configuration travels over
// its standard input, so that the random password is in no file and in no
// process list. It listens on loopback alone, keeps nothing on disk, and is
// handed out only after it has proved to be the process that was started: a
// stranger that happens to listen on the port is asked for its name and sent
// nothing else.
//
// Nothing is left behind. [Server.Close] kills the server, waits for it and
// removes its directory. Should the owner be killed instead, Linux kills the
// server with it (PR_SET_PDEATHSIG); and each Start sweeps away what earlier
// owners left: a directory whose lock nobody holds belongs to a dead owner, and
// its server is killed if its pid and its moment of birth are those on record.
// macOS has no such signal, so that there the sweep does all of it; on other
// Unix systems, where redisd cannot tell when a process was born, a leftover
// server is not killed, for its pid may be an innocent process's by now.
//
// Where no server is installed a Docker engine may stand in; see [Find]. That
// way was verified only with a docker command that runs the container's command
// on the host, not with an engine.
//
// The package neither connects to servers it did not start nor looks at what
// they hold.
package redisd
