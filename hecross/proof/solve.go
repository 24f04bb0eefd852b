package proof

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"lockstep/tool"
)

// Solve has z3 read SMT-LIB text and returns its answers to every (check-sat) in
// it: "sat", "unsat" or "unknown".
func Solve(ctx context.Context, text string) ([]string, error) {
	z3, err := tool.Find("z3")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, z3.Path, "-smt2", "-in")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("proof: z3: %w", ctx.Err())
	}
	answers := strings.Fields(string(out))
	for _, a := range answers {
		if a != "sat" && a != "unsat" && a != "unknown" {
			return nil, fmt.Errorf("proof: z3 says %q, want sat, unsat or unknown", strings.TrimSpace(string(out)))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("proof: z3: %w", err)
	}
	return answers, nil
}
