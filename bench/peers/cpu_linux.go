package peers

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// tick is the unit of CPU times in /proc, in ns: USER_HZ is 100 wherever Go runs.
const tick = 10e6

// cpuOf is the CPU time of a process so far in ns, in whole ticks; NaN if it
// has ended.
func cpuOf(pid int) float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return math.NaN()
	}
	// The name in parentheses may hold blanks and parentheses; field 3 follows it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 15-2 {
		return math.NaN()
	}
	user, _ := strconv.ParseFloat(fields[14-3], 64)
	system, _ := strconv.ParseFloat(fields[15-3], 64)
	return (user + system) * tick
}
