package verilator

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	assertion = regexp.MustCompile(`assertion failed at line (\d+) in \S*`)
	errorText = regexp.MustCompile(`\$error\("((?:[^"\\]|\\.)*)"\)`)
	noteText  = regexp.MustCompile(`// (\S+:\d+)$`)
)

// explain replaces the line number of a failed assertion by the Go line and
// the text of the requirement that sv states there.
func explain(fault, sv string) string {
	found := assertion.FindStringSubmatchIndex(fault)
	if found == nil {
		return fault
	}
	line, err := strconv.Atoi(fault[found[2]:found[3]])
	lines := strings.Split(sv, "\n")
	if err != nil || line < 2 || line > len(lines) {
		return fault
	}
	text := errorText.FindStringSubmatch(lines[line-1])
	note := noteText.FindStringSubmatch(lines[line-2])
	if text == nil || note == nil {
		return fault
	}
	message, err := strconv.Unquote(`"` + text[1] + `"`)
	if err != nil {
		return fault
	}
	module, what, _ := strings.Cut(message, ": ")
	return fault[:found[0]] + note[1] + ": module " + module + ": requirement failed: " + strings.ReplaceAll(what, "%%", "%") + fault[found[1]:]
}
