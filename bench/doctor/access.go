package doctor

// everyone is the user of each client that names none.
const everyone = "default"

func openServer(l *look) string {
	if !l.open {
		return ""
	}
	return "a client without a password was served"
}

func configOpen(l *look) string {
	if l.user != everyone || l.settings == nil {
		return ""
	}
	return "the user default, which every client is that names none, may run CONFIG"
}

func debugOpen(l *look) string {
	allowed := l.settings["enable-debug-command"]
	if l.user != everyone || allowed != "yes" && allowed != "local" {
		return ""
	}
	return "the user default may run DEBUG: enable-debug-command is " + allowed
}
