package redisd

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// birth identifies the process that has the pid now: the boot it belongs to
// and the clock tick of that boot in which it was started, field 22 of
// /proc/<pid>/stat.
func birth(pid int) (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// Field 2 is the name in parentheses and may hold blanks and parentheses;
	// field 3 follows its last one.
	rest := stat[strings.LastIndexByte(string(stat), ')')+1:]
	fields := strings.Fields(string(rest))
	if len(fields) < 20 {
		return "", errors.New("short /proc/<pid>/stat")
	}
	return strings.TrimSpace(string(boot)) + ":" + fields[22-3], nil
}
